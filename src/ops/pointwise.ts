/** Ops on each element by itself, with broadcasting. */
import { broadcast, type Shape, sameShape, sizeOf, stridesOf } from "../core/shape.ts";
import { scalar, tensorFor } from "../graph/from.ts";
import { defineOp, type Op, type OpDefinition, type Output } from "../graph/op.ts";
import { Tensor } from "../graph/tensor.ts";
import type { Kernel } from "../wasm/kernel.ts";
import { type CoreName, type KernelName, type Operands, specialKernels } from "../wasm/kernels.gen.ts";
import type { Emitted, Program, Ref } from "../wasm/program.ts";
import { zeros } from "./create.ts";
import { sumTo } from "./reduce.ts";
import { expand, reshape } from "./shape.ts";

/** Nanoseconds an element takes: a few instructions, or one of the transcendental functions. */
export const SIMPLE_NS = 0.25;
export const FUNCTION_NS = 1.2;

type Names<Shape> = {
  [K in KernelName]: Operands<Ref>[K] extends Shape ? (Shape extends Operands<Ref>[K] ? K : never) : never;
}[KernelName];
/** Kernels that map x to y. */
type Unary = Names<{ x: Ref; y: Ref }>;
/** Kernels on two operands that stretch along rows or columns. */
type Binary = Names<{ a: Ref; b: Ref; y: Ref; rows: number; cols: number; aRow: number; aCol: number; bRow: number; bCol: number }>;

/** A kernel by its name; where a family outside the core has it, a function that gives it, so that bundlers can leave it out. */
type Given<K extends KernelName> = (K & CoreName) | (() => Kernel<K>);

type UnaryGrad = NonNullable<OpDefinition<[Tensor], undefined>["grad"]>;

function named<K extends KernelName>(given: Given<K>): { kernel: Emitted<K>; name: string } {
  const kernel = typeof given === "function" ? given() : given;
  return { kernel, name: typeof kernel === "string" ? kernel : kernel.name };
}

/** An op of one tensor, element by element. */
export function unary(given: Given<Unary>, nanoseconds: number, grad?: UnaryGrad): (x: Tensor) => Tensor {
  const { kernel, name } = named(given);
  const op = defineOp<[x: Tensor]>({
    name,
    names: ["x"],
    shape: ([x]) => [x.shape],
    lower: (program, [x], [y]) => program.emit(kernel, { x: x.ref, y: y!.ref }, x.size, x.size * nanoseconds),
    ...(grad && { grad }),
  });
  return (x) => op([x], undefined)[0];
}

const nothing: UnaryGrad = () => [() => null];

/** −x. */
export const neg: (x: Tensor) => Tensor = unary("neg", SIMPLE_NS, ([dy]) => [() => neg(dy!)]);
/** |x|; its derivative at 0 is 0. */
export const abs: (x: Tensor) => Tensor = unary("abs", SIMPLE_NS, ([dy], [x]) => [() => mul(dy!, sign(x))]);
/** −1, 0 or 1. */
export const sign: (x: Tensor) => Tensor = unary("sign", SIMPLE_NS, nothing);
/** x². */
export const square: (x: Tensor) => Tensor = unary("square", SIMPLE_NS, ([dy], [x]) => [() => mul(mul(dy!, 2), x)]);
/** √x; NaN below 0. */
export const sqrt: (x: Tensor) => Tensor = unary("sqrt", SIMPLE_NS, ([dy], _, [y]) => [() => div(dy!, mul(y!, 2))]);
/** 1 / x. */
export const reciprocal: (x: Tensor) => Tensor = unary("reciprocal", SIMPLE_NS, ([dy], _, [y]) => [
  () => mul(dy!, neg(square(y!))),
]);
/** eˣ. */
export const exp: (x: Tensor) => Tensor = unary("exp", FUNCTION_NS, ([dy], _, [y]) => [() => mul(dy!, y!)]);
/** Natural logarithm; −∞ at 0, NaN below. */
export const log: (x: Tensor) => Tensor = unary("log", FUNCTION_NS, ([dy], [x]) => [() => div(dy!, x)]);
/** Sine, x in radians. */
export const sin: (x: Tensor) => Tensor = unary("sin", FUNCTION_NS, ([dy], [x]) => [() => mul(dy!, cos(x))]);
/** Cosine, x in radians. */
export const cos: (x: Tensor) => Tensor = unary("cos", FUNCTION_NS, ([dy], [x]) => [() => neg(mul(dy!, sin(x)))]);
/** Arc tangent, from −π/2 to π/2. */
export const atan: (x: Tensor) => Tensor = unary(
  () => specialKernels.atan,
  FUNCTION_NS,
  ([dy], [x]) => [() => div(dy!, add(square(x), 1))],
);
/** Hyperbolic tangent. */
export const tanh: (x: Tensor) => Tensor = unary("tanh", FUNCTION_NS, ([dy], _, [y]) => [() => tanhGrad(y!, dy!)]);
/** Logistic function 1 / (1 + e⁻ˣ). */
export const sigmoid: (x: Tensor) => Tensor = unary("sigmoid", FUNCTION_NS, ([dy], _, [y]) => [() => sigmoidGrad(y!, dy!)]);
/** max(x, 0); its derivative at 0 is 0. */
export const relu: (x: Tensor) => Tensor = unary("relu", SIMPLE_NS, ([dy], _, [y]) => [() => reluGrad(y!, dy!)]);
/** The largest whole number ≤ x. */
export const floor: (x: Tensor) => Tensor = unary("floor", SIMPLE_NS, nothing);
/** The smallest whole number ≥ x. */
export const ceil: (x: Tensor) => Tensor = unary("ceil", SIMPLE_NS, nothing);
/** The nearest whole number; of two equally near the even one. */
export const round: (x: Tensor) => Tensor = unary("round", SIMPLE_NS, nothing);

const leakyReluOp = defineOp<[x: Tensor], { slope: number }>({
  name: "leakyRelu",
  names: ["x"],
  shape: ([x]) => [x.shape],
  lower: (program, [x], [y], { slope }) => program.emit("leakyRelu", { x: x.ref, y: y!.ref, slope }, x.size, x.size * SIMPLE_NS),
  // y is above 0 where x is, unless the slope is negative; x need not be kept for it.
  grad: ([dy], [x], [y], { slope }) => [() => leakyReluGradOp([slope >= 0 ? y! : x, dy!], { slope })[0]],
});

/** x above 0, slope·x elsewhere; its derivative at 0 is the slope. @param slope default 0.01 */
export const leakyRelu: (x: Tensor, slope?: number) => Tensor = (x, slope = 0.01) => leakyReluOp([x], { slope })[0];

const clampOp = defineOp<[x: Tensor], { low: number; high: number }>({
  name: "clamp",
  names: ["x"],
  shape: ([x]) => [x.shape],
  lower: (program, [x], [y], { low, high }) =>
    program.emit("clamp", { x: x.ref, y: y!.ref, low, high }, x.size, x.size * SIMPLE_NS),
  grad: ([dy], [x], _, { low, high }) => [() => mul(dy!, mul(lessEqual(scalar(low), x), lessEqual(x, high)))],
});

/** x, but at least `low` and at most `high`; the derivative at both bounds is 1. */
export const clamp: (x: Tensor, low: number, high: number) => Tensor = (x, low, high) => clampOp([x], { low, high })[0];

const powScalarOp: Op<[x: Tensor], { exponent: number }> = defineOp({
  name: "powScalar",
  names: ["x"],
  shape: ([x]) => [x.shape],
  lower: (program, [x], [y], { exponent }) =>
    program.emit("powScalar", { x: x.ref, y: y!.ref, exponent }, x.size, x.size * 2 * FUNCTION_NS),
  grad: ([dy], [x], _, { exponent }) => [
    () => (exponent === 0 ? null : mul(dy!, mul(powScalarOp([x], { exponent: exponent - 1 })[0], exponent))),
  ],
});

/** [rows, cols] with a row and a column stride for each operand; null where two dimensions do not do. */
type Layout = { rows: number; cols: number; aRow: number; aCol: number; bRow: number; bCol: number };

function stridesIn(own: Shape, shape: Shape): number[] {
  const strides = stridesOf(own);
  return shape.map((extent, axis) => {
    const at = axis - (shape.length - own.length);
    return at < 0 || (own[at] === 1 && extent !== 1) ? 0 : strides[at]!;
  });
}

function layoutOf(a: Shape, b: Shape, shape: Shape): Layout | null {
  const size = sizeOf(shape);
  if (sameShape(a, b)) return { rows: 1, cols: size, aRow: size, aCol: 1, bRow: size, bCol: 1 };
  if (sizeOf(b) === 1 && sizeOf(a) === size) return { rows: 1, cols: size, aRow: size, aCol: 1, bRow: 0, bCol: 0 };
  if (sizeOf(a) === 1 && sizeOf(b) === size) return { rows: 1, cols: size, aRow: 0, aCol: 0, bRow: size, bCol: 1 };
  const [aStrides, bStrides] = [stridesIn(a, shape), stridesIn(b, shape)];
  const axes: { n: number; a: number; b: number }[] = [];
  for (const [axis, n] of shape.entries()) {
    if (n === 1) continue;
    const next = { n, a: aStrides[axis]!, b: bStrides[axis]! };
    const last = axes.at(-1);
    if (last && last.a === next.a * n && last.b === next.b * n) axes[axes.length - 1] = { n: last.n * n, a: next.a, b: next.b };
    else axes.push(next);
  }
  if (axes.length > 2) return null;
  const [row, col] = axes.length === 2 ? axes : [{ n: 1, a: 0, b: 0 }, axes[0] ?? { n: size, a: 0, b: 0 }];
  if (col!.a > 1 || col!.b > 1) return null;
  return { rows: row!.n, cols: col!.n, aRow: row!.a, aCol: col!.a, bRow: row!.b, bCol: col!.b };
}

type Pair = readonly [a: Tensor, b: Tensor];
type BinaryGrad = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [() => Tensor | null, () => Tensor | null];
type BinaryOptions = { nanoseconds?: number; names?: readonly [string, string]; integers?: Binary & CoreName };

/** Broadcasting is settled here, once: operands the kernel cannot stretch itself are stretched, gradients are summed back. */
export function binary(
  given: Given<Binary>,
  grad: BinaryGrad | null,
  { nanoseconds = SIMPLE_NS, names = ["a", "b"], integers }: BinaryOptions = {},
): (a: Tensor | number, b: Tensor | number) => Tensor {
  const { kernel, name } = named(given);
  const emit =
    (kernel: Emitted<Binary>) =>
    (program: Program, [a, b]: Pair, [y]: readonly Tensor[]) => {
      const layout = layoutOf(a.shape, b.shape, y!.shape)!;
      program.emit(kernel, { a: a.ref, b: b.ref, y: y!.ref, ...layout }, y!.size, y!.size * nanoseconds);
    };
  const shape = ([a, b]: Pair): readonly Output[] => [broadcast(name, a.shape, b.shape)];
  const op = defineOp<Pair>({
    name,
    names,
    shape,
    lower: emit(kernel),
    ...(grad && {
      grad: ([dy]: readonly Tensor[], [a, b]: Pair, [y]: readonly Tensor[]) => {
        const [da, db] = grad(dy!, a, b, y!);
        const back = (thunk: () => Tensor | null, x: Tensor) => () => {
          const dx = thunk();
          return dx && sumTo(dx, x.shape);
        };
        return [back(da, a), back(db, b)];
      },
    }),
  });
  const integerOp = integers && defineOp<Pair>({ name: integers, names, dtypes: ["i32"], shape, lower: emit(integers) });
  return (x, y) => {
    const a = typeof x === "number" ? scalarLike(x, y) : x;
    const b = typeof y === "number" ? scalarLike(y, a) : y;
    const apply = integerOp && a.dtype === "i32" && b.dtype === "i32" ? integerOp : op;
    if (sameShape(a.shape, b.shape)) return apply([a, b], undefined)[0];
    const out = broadcast(name, a.shape, b.shape);
    const direct = layoutOf(a.shape, b.shape, out) !== null;
    return apply(direct ? [a, b] : [expand(a, out), expand(b, out)], undefined)[0];
  };
}

/** A number beside whole numbers is one too, where it can be. */
function scalarLike(value: number, other: Tensor | number): Tensor {
  const whole = other instanceof Tensor && other.dtype === "i32" && Number.isInteger(value);
  return whole ? tensorFor("scalar", value, [], "i32") : scalar(value);
}

type BinaryOp = (a: Tensor, b: Tensor | number) => Tensor;

/** a + b, stretched to a common shape. @throws ShapeError where extents differ and none is 1 */
export const add: BinaryOp = binary("add", (dy) => [() => dy, () => dy]);
/** a − b, stretched to a common shape. */
export const sub: BinaryOp = binary("sub", (dy) => [() => dy, () => neg(dy)]);
/** a · b element by element, stretched to a common shape. */
export const mul: BinaryOp = binary("mul", (dy, a, b) => [() => mul(dy, b), () => mul(dy, a)]);
/** a / b element by element, stretched to a common shape. */
export const div: BinaryOp = binary("div", (dy, _, b, y) => [() => div(dy, b), () => neg(div(mul(dy, y), b))]);
/** The larger of two; of equals each has half the gradient; NaN if either is. */
export const maximum: BinaryOp = binary("maximum", (dy, a, b) => [() => mul(dy, shareOf(a, b)), () => mul(dy, shareOf(b, a))]);
/** The smaller of two; of equals each has half the gradient; NaN if either is. */
export const minimum: BinaryOp = binary("minimum", (dy, a, b) => [() => mul(dy, shareOf(b, a)), () => mul(dy, shareOf(a, b))]);

/** 1 where a > b, a half where they are equal. */
function shareOf(a: Tensor, b: Tensor): Tensor {
  return mul(add(less(b, a), lessEqual(b, a)), 0.5);
}

const powTensor = binary(
  "pow",
  (dy, a, b, y) => [
    () => mul(dy, where(equal(b, 0), zeros(y.shape), mul(b, powTensor(a, sub(b, 1))))),
    // 0ᵇ does not depend on b where b ≥ 0
    () => mul(dy, where(mul(equal(a, 0), lessEqual(scalar(0), b)), zeros(y.shape), mul(y, log(a)))),
  ],
  { nanoseconds: 2 * FUNCTION_NS, names: ["base", "exponent"] },
);

/** aᵇ; NaN for a negative base with an exponent that is not whole. */
export const pow: BinaryOp = (a, b) => (typeof b === "number" ? powScalarOp([a], { exponent: b })[0] : powTensor(a, b));

/** 1 where a = b, else 0; NaN equals nothing. Also of two i32. */
export const equal: BinaryOp = binary("equal", null, { integers: "equalI32" });
/** 1 where a ≠ b, else 0. */
export const notEqual: BinaryOp = (a, b) => sub(scalar(1), equal(a, b));
const lessEither = binary("less", null, { integers: "lessI32" });
const lessEqualEither = binary("lessEqual", null);
/** 1 where a < b, else 0. Also of two i32. */
export const less: BinaryOp = lessEither;
/** 1 where a ≤ b, else 0. */
export const lessEqual: BinaryOp = lessEqualEither;
/** 1 where a > b, else 0. Also of two i32. */
export const greater: BinaryOp = (a, b) => lessEither(b, a);
/** 1 where a ≥ b, else 0. */
export const greaterEqual: BinaryOp = (a, b) => lessEqualEither(b, a);

/** dy where y > 0, and where it is NaN. */
const reluGrad = binary("reluGrad", (g, y) => [() => null, () => reluGrad(y, g)], { names: ["y", "dy"] });
/** dy·y·(1 − y) */
const sigmoidGrad = binary(
  "sigmoidGrad",
  (g, y, dy) => [() => mul(g, mul(dy, sub(scalar(1), mul(y, 2)))), () => sigmoidGrad(y, g)],
  { names: ["y", "dy"] },
);
/** dy·(1 − y²) */
const tanhGrad = binary("tanhGrad", (g, y, dy) => [() => mul(g, mul(mul(dy, y), -2)), () => tanhGrad(y, g)], {
  names: ["y", "dy"],
});

const leakyReluGradOp: Op<[x: Tensor, dy: Tensor], { slope: number }> = defineOp({
  name: "leakyReluGrad",
  names: ["x", "dy"],
  shape: ([x]) => [x.shape],
  lower(program, [x, dy], [dx], { slope }) {
    const n = x.size;
    program.emit(
      "leakyReluGrad",
      { a: x.ref, b: dy.ref, y: dx!.ref, rows: 1, cols: n, aRow: n, aCol: 1, bRow: n, bCol: 1, slope },
      n,
      n * SIMPLE_NS,
    );
  },
  grad: ([g], [x], _, { slope }) => [() => null, () => leakyReluGradOp([x, g!], { slope })[0]],
});

const whereOp = defineOp<[mask: Tensor, a: Tensor, b: Tensor]>({
  name: "where",
  names: ["mask", "a", "b"],
  shape: ([mask, a, b]) => [broadcast("where", broadcast("where", mask.shape, a.shape), b.shape)],
  lower(program, [mask, a, b], [y]) {
    const step = (x: Tensor) => (x.size === 1 ? 0 : 1);
    const steps = { maskStep: step(mask), aStep: step(a), bStep: step(b) };
    program.emit("where", { mask: mask.ref, a: a.ref, b: b.ref, y: y!.ref, ...steps }, y!.size, y!.size * SIMPLE_NS);
  },
  grad: ([dy], [mask, a, b]) => [() => null, () => sumTo(where(mask, dy!, 0), a.shape), () => sumTo(where(mask, 0, dy!), b.shape)],
});

/** a where the mask is not 0, b elsewhere, stretched to a common shape. */
export const where: (mask: Tensor, a: Tensor | number, b: Tensor | number) => Tensor = (mask, a, b) => {
  const inputs = [mask, typeof a === "number" ? scalar(a) : a, typeof b === "number" ? scalar(b) : b] as const;
  const shape = inputs.reduce<Shape>((common, x) => broadcast("where", common, x.shape), []);
  const stretch = (x: Tensor): Tensor => (x.size === 1 && sizeOf(shape) !== 1 ? reshape(x, []) : expand(x, shape));
  return whereOp([stretch(inputs[0]), stretch(inputs[1]), stretch(inputs[2])], undefined)[0];
};
