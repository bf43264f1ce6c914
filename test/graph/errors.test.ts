/** The texts of errors in compiled functions and in the use of optimizers. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Linear } from "../../src/nn/layers.ts";
import { add, mul, sum, zeros } from "../../src/ops/index.ts";
import { gradients } from "../../src/optim/gradients.ts";
import { sgd } from "../../src/optim/rules.ts";

describe("compiling", () => {
  const reading = (read: (x: Tensor) => unknown) => () => compile((x: Tensor) => void read(x))(tensor([1]));
  test("item", () =>
    expect(reading((x) => x.item())).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: item: reads a value while compiling: there are no numbers yet — try returning the tensor, and reading what the compiled function returns]`,
    ));
  test("data", () =>
    expect(reading((x) => x.data())).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: data: reads a value while compiling: there are no numbers yet — try returning the tensor, and reading what the compiled function returns]`,
    ));
  test("toArray", () =>
    expect(reading((x) => x.toArray())).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: toArray: reads a value while compiling: there are no numbers yet — try returning the tensor, and reading what the compiled function returns]`,
    ));
  test("an argument of another kind", () =>
    expect(() => compile((x: unknown) => x)({})).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: compile: arguments are tensors, arrays of numbers, numbers, booleans or strings; got [object Object] — try capturing it in the function instead of passing it]`,
    ));
  test("a result of another kind", () =>
    expect(() => compile(() => new Map())()).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: compile: a compiled function returns tensors, or arrays and plain objects of them; got [object Map]]`,
    ));
  test("a tensor that leaked, used eagerly", () => {
    let leaked = tensor([1]);
    compile((x: Tensor) => (leaked = mul(x, 2)))(tensor([1]));
    expect(() => add(leaked, 1)).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: tensor: belongs to a compiled function's trace and has no numbers — try returning it from the function]`,
    );
    expect(() => leaked.item()).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: item: reads a value while compiling: there are no numbers yet — try returning the tensor, and reading what the compiled function returns]`,
    );
  });
  test("a tensor that leaked, used in another compiled function", () => {
    let leaked = tensor([1]);
    compile((x: Tensor) => (leaked = mul(x, 2)))(tensor([1]));
    expect(() => compile((x: Tensor) => add(x, leaked))(tensor([1]))).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: add: uses a tensor that another compiled function made — try passing it as an argument]`,
    );
    expect(() => compile(() => leaked)()).toThrowErrorMatchingInlineSnapshot(
      `[CompileError: compile: uses a tensor that another compiled function made — try passing it as an argument]`,
    );
  });
});

describe("optimizers", () => {
  test("differentiating through a changed parameter", () => {
    const model = new Linear(2, 1);
    const optimizer = sgd({ lr: 0.1 }).for(model);
    const loss = sum(model.forward(tensor([[1, 2]])));
    optimizer.minimize(loss);
    expect(() => gradients(loss, model)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: add: was computed before a parameter or buffer it reads was changed, so its gradient would be wrong — try computing the loss again after the update]`,
    );
  });
  test("a gradient of a path that the model does not have", () => {
    const optimizer = sgd({ lr: 0.1 }).for(new Linear(2, 1));
    expect(() => optimizer.apply({ "layers.0.weight": zeros([2, 1]) })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: apply: a gradient must belong to a parameter of this optimizer's model; got 'layers.0.weight' where there are weight, bias]`,
    );
    expect(() => optimizer.apply({ weight: zeros([1, 2]) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: apply: the gradient of 'weight' has another shape; got parameter: [2, 1], gradient: [1, 2]]`,
    );
  });
  test("a loss of another model", () => {
    const [one, other] = [new Linear(2, 1), new Linear(2, 1)];
    const optimizer = sgd({ lr: 0.1 }).for(one);
    expect(() => optimizer.minimize(sum(other.forward(zeros([1, 2]))))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: minimize: the loss depends on no parameter of this optimizer's model — try computing it with that model, outside noGrad]`,
    );
  });
  test("an optimizer made later takes over", () => {
    const model = new Linear(2, 1);
    const [first, second] = [sgd({ lr: 0.1 }).for(model), sgd({ lr: 0.1 }).for(model)];
    expect(() => first.minimize(sum(model.forward(tensor([[1, 2]]))))).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: sgd: 'weight' belongs to an optimizer that was made later — try using that one, or making this one anew]`,
    );
    second.minimize(sum(model.forward(tensor([[1, 2]]))));
    expect(second.step).toBe(1);
  });
  test("no parameters", () =>
    expect(() => sgd().for({})).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: sgd: found no parameters in the model's fields — try keeping layers in public fields: #private ones cannot be seen]`,
    ));
  test("a negative rate", () =>
    expect(() => sgd({ lr: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: sgd: lr is a number ≥ 0 or a schedule; got -1]`,
    ));
});
