/** Activations with kernels of their own, so that each direction is one pass; and erf, which the first is made of. */
import { PI, sqrt } from "../core/math.ts";
import { scalar } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { specialKernels } from "../wasm/kernels.gen.ts";
import { add, binary, exp, FUNCTION_NS, mul, sigmoid, square, sub, tanh, unary } from "./pointwise.ts";

const GRADIENT = { nanoseconds: FUNCTION_NS, names: ["x", "dy"] } as const;

/** erf x = 2/√π·∫ e^(−t²) dt from 0 to x. */
export const erf: (x: Tensor) => Tensor = unary(
  () => specialKernels.erf,
  FUNCTION_NS,
  ([dy], [x]) => [() => mul(dy!, mul(exp(mul(square(x), -1)), 2 / sqrt(PI)))],
);

/** 1/√(2π), and the two constants of the tanh form: √(2/π) and 0.044715. */
const DENSITY = 1 / sqrt(2 * PI);
const STEEPNESS = sqrt(2 / PI);
const CUBIC = 0.044715;

/** dy·(Φ(x) + x·φ(x)); the second derivative of x·Φ(x) is φ(x)·(2 − x²). */
const geluGrad = binary(
  () => specialKernels.geluGrad,
  (g, x, dy) => [
    () => mul(mul(g, dy), mul(mul(exp(mul(square(x), -0.5)), DENSITY), sub(scalar(2), square(x)))),
    () => geluGrad(x, g),
  ],
  GRADIENT,
);
const exactGelu = unary(
  () => specialKernels.gelu,
  FUNCTION_NS,
  ([dy], [x]) => [() => geluGrad(x, dy!)],
);

/** The second derivative of ½x(1 + tanh u): (1 − tanh²u)·(u′ + ½·x·u″ − x·tanh u·u′²). */
function geluTanhCurvature(x: Tensor): Tensor {
  const squares = square(x);
  const t = tanh(mul(mul(x, add(mul(squares, CUBIC), 1)), STEEPNESS));
  const slope = mul(add(mul(squares, 3 * CUBIC), 1), STEEPNESS);
  const rest = add(slope, mul(squares, 3 * CUBIC * STEEPNESS));
  return mul(sub(scalar(1), square(t)), sub(rest, mul(mul(x, t), square(slope))));
}

const geluTanhGrad = binary(
  () => specialKernels.geluTanhGrad,
  (g, x, dy) => [() => mul(mul(g, dy), geluTanhCurvature(x)), () => geluTanhGrad(x, g)],
  GRADIENT,
);
const tanhGelu = unary(
  () => specialKernels.geluTanh,
  FUNCTION_NS,
  ([dy], [x]) => [() => geluTanhGrad(x, dy!)],
);

/**
 * x·Φ(x), Φ being the normal distribution's function.
 *
 * @param approximate "tanh" for ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), which GPT-2 and BERT use; default "none"
 * @source Hendrycks & Gimpel 2016, arXiv:1606.08415
 * @example gelu(tensor([-1, 0, 1])) // [-0.159, 0, 0.841]
 */
export function gelu(x: Tensor, approximate: "none" | "tanh" = "none"): Tensor {
  return approximate === "tanh" ? tanhGelu(x) : exactGelu(x);
}

/** dy·σ(x)·(1 + x·(1 − σ(x))) */
const siluGrad = binary(
  () => specialKernels.siluGrad,
  (g, x, dy) => [
    () => {
      const s = sigmoid(x);
      const rest = sub(scalar(1), s);
      return mul(mul(g, dy), mul(mul(s, rest), add(mul(x, sub(rest, s)), 2)));
    },
    () => siluGrad(x, g),
  ],
  GRADIENT,
);

/**
 * x·sigmoid(x), also called swish.
 *
 * @source Elfwing, Uchibe & Doya 2018, arXiv:1702.03118
 */
export const silu: (x: Tensor) => Tensor = unary(
  () => specialKernels.silu,
  FUNCTION_NS,
  ([dy], [x]) => [() => siluGrad(x, dy!)],
);
