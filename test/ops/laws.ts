/** The laws that every row of the table of ops is held to. */
import { expect, test } from "vitest";
import type { PlainType } from "../../src/core/dtype.ts";
import type { Shape } from "../../src/core/shape.ts";
import { grad } from "../../src/graph/backward.ts";
import { compile } from "../../src/graph/compile.ts";
import { tensor } from "../../src/graph/from.ts";
import { watching } from "../../src/graph/op.ts";
import type { Nested, Tensor } from "../../src/graph/tensor.ts";
import { add, mul, sum } from "../../src/ops/index.ts";
import { curvature, slope, someOf } from "../support/gradcheck.ts";
import { expectClose, expectSame } from "../support/match.ts";
import { numbers, type Range } from "../support/random.ts";
import { type Array64, array64, dot } from "../support/reference.ts";
import { checkShares } from "../support/shares.ts";

/** An argument: its numbers are seeded. Constants, and whole numbers of i32 or u8, are not differentiated by. */
export type Input = Range & { readonly shape: Shape; readonly dtype?: PlainType; readonly constant?: boolean };

/** Given numbers, and what must come out: the value, and the gradients of its sum. */
export type Case = { readonly x: readonly Nested[]; readonly y: Nested; readonly slopes?: readonly Nested[] };

export type Row = {
  readonly name: string;
  /** Ops that the row computes, forwards or backwards. Default: the one of its name. */
  readonly covers?: readonly string[];
  /** The public function. */
  readonly f: (...xs: Tensor[]) => Tensor;
  /** The same in f64. */
  readonly reference: (...xs: Array64[]) => Array64;
  readonly inputs: readonly (readonly Input[])[];
  /** Error allowed, in units of 2⁻²⁴ of the largest number; derived from the length of sums, or the kernel's bound. Default 4. */
  readonly ulps?: number | ((...xs: Array64[]) => number);
  /** Derivatives that are checked. Default 2. */
  readonly order?: 0 | 1 | 2;
  /** Kinks, NaN and ±∞, as PyTorch has them. */
  readonly cases?: readonly Case[];
};

const UNIT = 2 ** -24;
/** A gradient goes through a handful of ops, its own gradient through a handful for each of those. */
const GROWTH = [1, 4, 32] as const;
/** What central differences may be off by, of the largest derivative. */
const DIFFERENCING = [0, 2 ** -30, 2 ** -19] as const;
const CHECKED = [0, 12, 6] as const;

const largest = (values: Iterable<number>): number => {
  let top = 1;
  for (const value of values) if (Number.isFinite(value)) top = Math.max(top, Math.abs(value));
  return top;
};

export function toTensor(x: Array64, dtype: PlainType = "f32"): Tensor {
  return tensor(Float64Array.from(x.data), { shape: x.shape, dtype });
}

type Derived = { value: Tensor; slopes: Tensor[]; curvatures: Tensor[] };

/** Value, gradients of L = Σ f·v, and gradients of Σ gradient·w, all in the library: arguments are the inputs, v, and a w for each of `wanted`. */
function derived(f: Row["f"], arity: number, wanted: readonly number[], order: number): (...all: Tensor[]) => Derived {
  return (...all) => {
    const xs = all.slice(0, arity);
    const v = all[arity]!;
    const ws = all.slice(arity + 1);
    const slopeAt = (i: number, given: Tensor[]): Tensor => grad((x: Tensor) => sum(mul(f(...given.with(i, x)), v)))(given[i]!);
    const along = (given: Tensor[]): Tensor =>
      wanted.map((i, k) => sum(mul(slopeAt(i, given), ws[k]!))).reduce((a, b) => add(a, b));
    return {
      value: f(...xs),
      slopes: order > 0 ? wanted.map((i) => slopeAt(i, xs)) : [],
      curvatures: order > 1 ? wanted.map((i) => grad((x: Tensor) => along(xs.with(i, x)))(xs[i]!)) : [],
    };
  };
}

function expectDerivative(what: string, order: 1 | 2, got: Tensor, ulps: number, difference: (element: number) => number): void {
  const data = got.data();
  const places = someOf(data.length, CHECKED[order]);
  const expected = places.map(difference);
  const scale = largest(expected);
  const tolerance = (ulps * GROWTH[order] * UNIT + DIFFERENCING[order]) * scale;
  expect(tolerance, "tolerance").toBeLessThan(scale / 500);
  expectClose(
    `${what}, elements ${places}`,
    tensor(places.map((place) => data[place]!)),
    array64([places.length], expected),
    tolerance,
  );
}

function checkInputs(row: Row, inputs: readonly Input[], seed: number, held: Set<string>): void {
  const { name, f, reference, ulps: bound = 4, order = 2 } = row;
  const given = inputs.map((input, i) => numbers(input.shape, seed + i, input));
  const wanted = inputs.flatMap(({ dtype = "f32", constant = false }, i) => (dtype === "f32" && !constant ? [i] : []));
  const expected = reference(...given);
  const ulps = typeof bound === "number" ? bound : bound(...given);
  const v = numbers(expected.shape, seed + 100);
  const ws = wanted.map((i) => numbers(inputs[i]!.shape, seed + 200 + i));
  const directions = inputs.map((_, i) => ws[wanted.indexOf(i)] ?? null);
  const loss = (...xs: Array64[]): number => dot(reference(...xs), v);
  const program = derived(f, inputs.length, wanted, order);
  const all = [...given.map((x, i) => toTensor(x, inputs[i]!.dtype)), toTensor(v), ...ws.map((w) => toTensor(w))];

  const eager = program(...all);
  const scale = largest(expected.data);
  expect(ulps * UNIT, "tolerance").toBeLessThan(1e-3);
  expectClose(name, eager.value, expected, ulps * UNIT * scale);
  for (const [k, i] of wanted.entries()) {
    if (order > 0)
      expectDerivative(`gradient of ${name} by input ${i}`, 1, eager.slopes[k]!, ulps, (element) => slope(loss, given, i, element));
    if (order > 1) {
      expectDerivative(`second derivative of ${name} by input ${i}`, 2, eager.curvatures[k]!, ulps, (element) =>
        curvature(loss, given, directions, i, element),
      );
    }
  }

  // The smallest tiles: small programs have groups too, and these cut everything.
  checkShares((...xs) => Object.values(program(...xs)).flat(), all, held);
  const compiled = compile(program, { passes: { tile: 1 } })(...all);
  expectSame(`compiled ${name}`, compiled.value, eager.value);
  for (const k of wanted.keys()) {
    if (order > 0) expectSame(`compiled gradient of ${name}`, compiled.slopes[k]!, eager.slopes[k]!);
    if (order > 1) expectSame(`compiled second derivative of ${name}`, compiled.curvatures[k]!, eager.curvatures[k]!);
  }
}

const numbersIn = (nested: Nested): readonly number[] => (typeof nested === "number" ? [nested] : nested.flatMap(numbersIn));

/** Numbers of `nested` in order, and its shape. */
function flat(nested: Nested): Array64 {
  const shape: number[] = [];
  for (let level: Nested | undefined = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return array64(shape, numbersIn(nested));
}

function checkCase({ name, f, inputs, ulps = 4 }: Row, { x, y, slopes = [] }: Case): void {
  const xs = x.map((values, i) => toTensor(flat(values), inputs[0]?.[i]?.dtype));
  const within = (expected: Array64) => (i: number) => (typeof ulps === "number" ? ulps : 16) * UNIT * Math.abs(expected.data[i]!);
  const value = flat(y);
  expectClose(`${name}(${JSON.stringify(x)})`, f(...xs), value, within(value));
  for (const [i, values] of slopes.entries()) {
    const expected = flat(values);
    const gradient = grad((own: Tensor) => sum(f(...xs.with(i, own))))(xs[i]!);
    expectClose(`gradient of ${name} by input ${i}`, gradient, expected, within(expected));
  }
}

/** Makes the tests of one row; they add the ops that they have computed to `seen`, kernels that kept to their shares to `held`. */
export function holdToLaws(row: Row, seen: Set<string>, held = new Set<string>()): void {
  const watched = (check: () => void) => () => watching((op) => seen.add(op), check);
  for (const [set, inputs] of row.inputs.entries()) {
    const shapes = inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
    test(
      `${row.name} ${shapes}`,
      watched(() => checkInputs(row, inputs, 1000 * set + row.name.length, held)),
    );
  }
  for (const one of row.cases ?? [])
    test(
      `${row.name} of ${one.x.map((x) => printed(x)).join(", ")}`,
      watched(() => checkCase(row, one)),
    );
}

function printed(x: Nested): string {
  return typeof x === "number" ? (Object.is(x, -0) ? "-0" : String(x)) : `[${x.map(printed).join(", ")}]`;
}

/** A case from a list of [x, …, y, ∂y/∂x, …]; the slopes may be left out. */
export function points(arity: number, list: readonly (readonly number[])[]): Case {
  const column = (i: number) => list.map((point) => point[i]!);
  const slopes = list[0]!.length > arity + 1 ? Array.from({ length: arity }, (_, i) => column(arity + 1 + i)) : [];
  return { x: Array.from({ length: arity }, (_, i) => column(i)), y: column(arity), slopes };
}

/** The same kind of numbers in several shapes, for functions of one argument. */
export function shapes(list: readonly Shape[], range: Omit<Input, "shape"> = {}): Input[][] {
  return list.map((shape) => [{ shape, ...range }]);
}
