/** Gradients brought under a bound, as functions; rules do the same by their options `clipNorm` and `clipValue`, in the step itself. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full } from "../ops/create.ts";
import { add, clamp, div, minimum, mul } from "../ops/pointwise.ts";
import { norm } from "../ops/reduce.ts";
import { stack } from "../ops/shape.ts";

/** Gradients by their parameters' paths, as `gradients(loss, model)` gives them. */
type Gradients = Readonly<Record<string, Tensor>>;

/** Added to a norm that gradients are divided by. */
const EPS = 1e-6;

/**
 * One norm over all gradients together.
 *
 * @param p kind of norm, see `norm`; default 2
 * @throws ValueError when there are none
 * @example gradientNorm(gradients(loss, model)).item()
 */
export function gradientNorm(gradients: Gradients, { p = 2 }: { p?: number } = {}): Tensor {
  const each = Object.values(gradients).map((gradient) => norm(gradient, undefined, { p }));
  if (each.length === 0) throw new ValueError("gradientNorm", "needs at least one gradient");
  return norm(stack(each), undefined, { p });
}

/**
 * All gradients times min(1, maxNorm / (norm + 10⁻⁶)), where norm is that of all of them together.
 *
 * @param p kind of norm, see `norm`; default 2
 * @returns the gradients, and their norm before
 * @throws ValueError when maxNorm is not above 0, or there are no gradients
 * @source Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, Algorithm 1, as PyTorch's clip_grad_norm_ has it
 * @example optimizer.apply(clipGradNorm(gradients(loss, model), 1).gradients)
 */
export function clipGradNorm<G extends Gradients>(
  gradients: G,
  maxNorm: number,
  options: { p?: number } = {},
): { gradients: { [Path in keyof G]: Tensor }; norm: Tensor } {
  if (!(maxNorm > 0)) throw new ValueError("clipGradNorm", "maxNorm is a number > 0", String(maxNorm));
  const total = gradientNorm(gradients, options);
  const scale = minimum(div(full([], maxNorm), add(total, EPS)), 1);
  return { gradients: each(gradients, (gradient) => mul(gradient, scale)), norm: total };
}

/**
 * Every element brought between −clipValue and clipValue.
 *
 * @throws ValueError when clipValue is not above 0
 * @example optimizer.apply(clipGradValue(gradients(loss, model), 0.5))
 */
export function clipGradValue<G extends Gradients>(gradients: G, clipValue: number): { [Path in keyof G]: Tensor } {
  if (!(clipValue > 0)) throw new ValueError("clipGradValue", "clipValue is a number > 0", String(clipValue));
  return each(gradients, (gradient) => clamp(gradient, -clipValue, clipValue));
}

function each<G extends Gradients>(gradients: G, f: (gradient: Tensor) => Tensor): { [Path in keyof G]: Tensor } {
  return Object.fromEntries(Object.entries(gradients).map(([path, gradient]) => [path, f(gradient)])) as {
    [Path in keyof G]: Tensor;
  };
}
