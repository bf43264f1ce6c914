/** Recompute instead of store: the same gradients, the same dropout, state changed once. */
import { describe, expect, test } from "vitest";
import { stateTensor } from "../../src/graph/state.ts";
import {
  assign,
  checkpoint,
  compile,
  dropout,
  grad,
  hessian,
  hessianVectorProduct,
  init,
  jacobian,
  jacobianVectorProduct,
  Linear,
  mul,
  random,
  relu,
  Sequential,
  sum,
  type Tensor,
  tanh,
  tensor,
  vectorJacobianProduct,
} from "../../src/index.ts";
import { gradients } from "../../src/optim/gradients.ts";
import { expectSame } from "../support/match.ts";

const model = init(new Sequential(new Linear(3, 5), tanh, new Linear(5, 2)), { seed: 3 });
const x = tensor([
  [1, -2, 3],
  [0, 0.5, -1],
]);

describe("checkpoint", () => {
  const plain = (): Record<string, Tensor> => gradients(sum(model.forward(x).square()), model);
  const saved = (): Record<string, Tensor> => gradients(sum(checkpoint((z: Tensor) => model.forward(z), x).square()), model);

  test("gives the gradients of parameters and of inputs", () => {
    for (const [path, gradient] of Object.entries(saved())) expectSame(path, gradient, plain()[path]!);
    const [a, b] = [
      grad((z: Tensor) => sum(checkpoint((w: Tensor) => model.forward(w), z)))(x),
      grad((z: Tensor) => sum(model.forward(z)))(x),
    ];
    expectSame("input", a, b);
  });

  test("does so compiled", () => {
    for (const [path, gradient] of Object.entries(compile(saved)())) expectSame(path, gradient, plain()[path]!);
  });

  test("a value that was computed outside counts as given", () => {
    const f = (w: Tensor): Tensor => {
      const h = w.mul(2);
      return sum(checkpoint((z: Tensor) => mul(z, w).add(h), h));
    };
    expect(grad(f)(tensor([3])).item()).toBe(14); // 2w² + 2w
  });

  test("drops the same, and draws on", () => {
    const stream = random(5);
    const gradient = grad((z: Tensor) => sum(checkpoint((w: Tensor) => dropout(w, 0.5, stream).mul(w), z)))(
      tensor([1, 1, 1, 1, 1, 1, 1, 1]),
    );
    const again = random(5);
    const same = grad((z: Tensor) => sum(dropout(z, 0.5, again).mul(z)))(tensor([1, 1, 1, 1, 1, 1, 1, 1]));
    expectSame("dropout", gradient, same);
    expectSame("the next draw", stream.uniform([4]), again.uniform([4]));
  });

  test("changes state once", () => {
    const count = stateTensor(Float32Array.of(0));
    const f = (w: Tensor): Tensor => {
      assign(count, count.add(1));
      return relu(w);
    };
    grad((z: Tensor) => sum(checkpoint(f, z)))(x);
    expect(count.item()).toBe(1);
  });
});

describe("derivatives of vectors", () => {
  const f = (z: Tensor): Tensor => mul(z, z).mul(z);
  const p = tensor([1, 2]);
  test("jacobian", () =>
    expect(jacobian(f)(p).toArray()).toEqual([
      [3, 0],
      [0, 12],
    ]));
  test("hessian", () =>
    expect(hessian((z: Tensor) => sum(f(z)))(p).toArray()).toEqual([
      [6, 0],
      [0, 12],
    ]));
  test("H·v", () => expect(hessianVectorProduct((z: Tensor) => sum(f(z)), p, tensor([1, -1])).toArray()).toEqual([6, -12]));
  test("v·J", () => expect(vectorJacobianProduct(f, p, tensor([1, -1])).toArray()).toEqual([3, -12]));
  test("J·v", () => expect(jacobianVectorProduct(f, p, tensor([1, -1])).toArray()).toEqual([3, -12]));
});
