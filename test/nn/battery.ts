/** The checks that every layer is held to, from one row of a table. */
import { describe, expect, test } from "vitest";
import type { Shape } from "../../src/core/shape.ts";
import {
  buffers,
  compile,
  decodeModel,
  encodeModel,
  grad,
  gradients,
  init,
  Linear,
  type Mode,
  mul,
  noGrad,
  parameters,
  Sequential,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { toTensor } from "../ops/laws.ts";
import { expectSame } from "../support/match.ts";
import { numbers } from "../support/random.ts";

type Layer = { readonly kind: string; forward(x: Tensor, mode: Mode): Tensor };

export type LayerRow = {
  readonly name: string;
  make(): Layer;
  /** Of a batch, and what comes out. */
  readonly input: Shape;
  readonly output: Shape;
  /** Shapes by path; `init` draws them. */
  readonly parameters?: Readonly<Record<string, Shape>>;
  readonly buffers?: readonly string[];
  /** Whole numbers below this, i32, instead of numbers. */
  readonly classes?: number;
  /** Numbers further apart, and from 0, than the differences reach: for what chooses the largest, or has a kink. Default false. */
  readonly distinct?: boolean;
  /** A batch it must refuse, and what it says; default: the last extent one more, with its name. Null: it takes all. */
  readonly refuses?: { readonly input: Shape; readonly text: RegExp } | null;
  /** The mode in which gradients are compared with differences. Default "train". */
  readonly smooth?: Mode;
  /** How far differences reach. Default 2⁻⁶; less where a layer bends more. */
  readonly step?: number;
  /** Whether a batch of none is taken. Default true. */
  readonly empty?: boolean;
  /** Whether files hold it. Default true. */
  readonly saved?: boolean;
};

/** Differences of f32 values: rounding over the step, and curvature times its square. */
const WITHIN = 0.02;

function inputOf({ classes, distinct }: LayerRow, shape: Shape, seed = 7): Tensor {
  const x = numbers(shape, seed);
  if (distinct)
    return tensor(
      Float32Array.from(x.data, (_, i) => ((i * 7919) % 1009) / 8 - 63.0625),
      { shape },
    );
  if (!classes) return toTensor(x);
  return tensor(
    Int32Array.from(x.data, (value) => Math.floor(Math.abs(value) * 1000) % classes),
    { shape },
  );
}

/** Σ y·seed in f64. */
function total(y: Tensor, seed: Tensor): number {
  const weights = seed.data();
  let found = 0;
  for (const [i, value] of y.data().entries()) found += value * weights[i]!;
  return found;
}

/** How a number changes along a direction, at most `WITHIN` of the larger of 1 and itself off. */
function expectSlope(what: string, gradient: Tensor, x: Tensor, step: number, evaluate: (at: Tensor) => number): void {
  const direction = toTensor(numbers(x.shape, 31));
  const moved = (by: number): number => evaluate(noGrad(() => x.add(direction.mul(by))));
  const expected = (moved(step) - moved(-step)) / (2 * step);
  const got = total(gradient, direction);
  expect(Math.abs(got - expected), `${what}: ${got}, not ${expected}`).toBeLessThan(WITHIN * Math.max(1, Math.abs(expected)));
}

export function holdLayer(row: LayerRow): void {
  const { name, input, output, smooth = "train", step = 2 ** -6 } = row;
  describe(name, () => {
    const ready = (): Layer => init(new Sequential(row.make()), { seed: 4 }).layers[0] as Layer;
    const made = (): Layer => (Object.keys(row.parameters ?? {}).length > 0 ? ready() : row.make());

    test("shapes, and a batch of none", () => {
      const layer = made();
      expect(layer.forward(inputOf(row, input), "train").shape).toEqual(output);
      expect(layer.forward(inputOf(row, input), "eval").shape).toEqual(output);
      if (row.empty === false) return;
      expect(layer.forward(inputOf(row, input.with(0, 0)), "eval").shape).toEqual(output.with(0, 0));
    });

    test("parameters and buffers by path", () => {
      const layer = made();
      const found = Object.fromEntries([...parameters(layer)].map(([path, { shape }]) => [path, shape]));
      expect(found).toEqual(row.parameters ?? {});
      expect([...buffers(layer).keys()]).toEqual(row.buffers ?? []);
    });

    test("gradients by parameters and input", () => {
      const layer = made();
      const x = inputOf(row, input);
      const seed = toTensor(numbers(output, 11));
      const loss = (at: Tensor): Tensor => sum(mul(layer.forward(at, smooth), seed));
      for (const [path, gradient] of Object.entries(gradients(loss(x), layer))) {
        const parameter = parameters(layer).get(path)!;
        const before = parameter.data();
        const value = tensor(before, { shape: parameter.shape });
        expectSlope(path, gradient, value, step, (at) => {
          parameter.set(at);
          return total(layer.forward(x, smooth), seed);
        });
        parameter.set(before);
      }
      if (!row.classes) expectSlope("input", grad(loss)(x), x, step, (at) => total(layer.forward(at, smooth), seed));
    });

    test("compiled to the same bits", () => {
      const [one, other] = [made(), made()];
      const x = inputOf(row, input);
      const run = (layer: Layer) => (at: Tensor) => {
        const y = layer.forward(at, "train");
        return { y, ...gradients(sum(mul(y, y)), layer) };
      };
      const hasParameters = parameters(one).size > 0;
      const f = (layer: Layer) => (hasParameters ? run(layer) : (at: Tensor) => ({ y: layer.forward(at, "train") }));
      const [eager, compiled] = [f(one)(x), compile(f(other))(x)];
      for (const [what, value] of Object.entries(eager)) expectSame(what, (compiled as typeof eager)[what as "y"], value);
      for (const [path, buffer] of buffers(one)) expectSame(path, buffers(other).get(path)!, buffer);
    });

    if (row.refuses !== null)
      test("refuses what does not fit, by name", () => {
        const usual = { input: input.with(-1, input.at(-1)! + 1), text: new RegExp(name.split(" ")[0]!) };
        const { input: wrong, text } = row.refuses ?? usual;
        expect(() => made().forward(inputOf(row, wrong), "eval")).toThrow(text);
      });

    if (row.saved !== false)
      test("files hold it", () => {
        const features = output.at(-1)!;
        const model = init(new Sequential(row.make(), new Linear(features, 2)), { seed: 9 });
        const x = inputOf(row, input);
        model.forward(x, "train"); // running statistics move
        const loaded = decodeModel(encodeModel(model));
        expectSame("after loading", loaded.forward(x, "eval"), model.forward(x, "eval"));
      });
  });
}
