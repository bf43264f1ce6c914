/** Further functions of each element, made of the ops in pointwise.ts. */
import { LOG2E, LOG10E, PI } from "../core/math.ts";
import { scalar } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { customGradient } from "./custom.ts";
import {
  abs,
  add,
  atan,
  cos,
  div,
  equal,
  exp,
  floor,
  less,
  log,
  mul,
  neg,
  notEqual,
  reciprocal,
  sign,
  sin,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from "./pointwise.ts";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

/** 1 / √x. */
export const rsqrt: Unary = (x) => reciprocal(sqrt(x));

/** log(1 + x) without loss near 0: what rounding took from 1 + x is put back as a ratio (Goldberg 1991, theorem 4). */
export const log1p: Unary = customGradient(
  "log1p",
  (x) => {
    const u = add(x, 1);
    const rest = sub(u, 1);
    const exact = where(equal(u, Infinity), log(u), div(mul(log(u), x), rest));
    return where(equal(rest, 0), x, exact);
  },
  (dy, _, x) => [div(dy, add(x, 1))],
);

/** eˣ − 1 without loss near 0, where it is 2t / (1 − t), t = tanh(x/2). */
export const expm1: Unary = customGradient(
  "expm1",
  (x) => {
    const t = tanh(mul(x, 0.5));
    return where(less(abs(x), 1), div(add(t, t), sub(scalar(1), t)), sub(exp(x), 1));
  },
  (dy, _, x) => [mul(dy, exp(x))],
);

/** Logarithm to base 2. */
export const log2: Unary = (x) => mul(log(x), LOG2E);
/** Logarithm to base 10. */
export const log10: Unary = (x) => mul(log(x), LOG10E);
/** Tangent, x in radians. */
export const tan: Unary = (x) => div(sin(x), cos(x));
/** Arc sine, from −π/2 to π/2; NaN beyond ±1. */
export const asin: Unary = (x) => atan(div(x, sqrt(mul(sub(scalar(1), x), add(x, 1)))));
/** Arc cosine, from 0 to π; NaN beyond ±1. */
export const acos: Unary = (x) => mul(atan(sqrt(div(sub(scalar(1), x), add(x, 1)))), 2);
/** Hyperbolic sine, without loss near 0. */
export const sinh: Unary = customGradient(
  "sinh",
  (x) => {
    const e = expm1(abs(x));
    const half = mul(where(equal(e, Infinity), e, add(e, div(e, add(e, 1)))), 0.5);
    return mul(sign(x), half);
  },
  (dy, _, x) => [mul(dy, cosh(x))],
);
/** Hyperbolic cosine. */
export const cosh: Unary = (x) => mul(add(exp(x), exp(neg(x))), 0.5);

/** Without the fraction: towards 0. */
export const trunc: Unary = (x) => mul(sign(x), floor(abs(x)));

/** The angle of the point (x, y), from −π to π. @param y [...]  @param x [...], of the same shape or stretched to it */
export const atan2: Binary = customGradient(
  "atan2",
  (y: Tensor, x: Tensor) => {
    const angle = atan(div(y, x));
    const turned = add(angle, mul(where(less(y, 0), -1, 1), mul(less(x, 0), PI)));
    return where(mul(equal(x, 0), equal(y, 0)), 0, turned);
  },
  (dy, _, y, x) => {
    const scaled = div(dy, add(square(x), square(y)));
    return [mul(scaled, x), neg(mul(scaled, y))];
  },
);

/** a − b·⌊a/b⌋: the remainder with the sign of b, as in Python. */
export const remainder: (a: Tensor, b: Tensor | number) => Tensor = (a, b) => sub(a, mul(floor(div(a, b)), b));
/** a − b·trunc(a/b): the remainder with the sign of a, as in C and JavaScript. */
export const fmod: (a: Tensor, b: Tensor | number) => Tensor = (a, b) => sub(a, mul(trunc(div(a, b)), b));

/** 1 where x is NaN, else 0. */
export const isnan: Unary = (x) => notEqual(x, x);
/** 1 where x is ±∞, else 0. */
export const isinf: Unary = (x) => equal(abs(x), Infinity);
/** 1 where x is a number, neither NaN nor ±∞, else 0. */
export const isfinite: Unary = (x) => less(abs(x), Infinity);

/** 1 where both are not 0, else 0. */
export const logicalAnd: Binary = (a, b) => mul(notEqual(a, 0), notEqual(b, 0));
/** 1 where one or both are not 0, else 0. */
export const logicalOr: Binary = (a, b) => sub(scalar(1), mul(equal(a, 0), equal(b, 0)));
/** 1 where exactly one is not 0, else 0. */
export const logicalXor: Binary = (a, b) => notEqual(notEqual(a, 0), notEqual(b, 0));
/** 1 where x is 0, else 0. */
export const logicalNot: Unary = (x) => equal(x, 0);
