import { ValueError } from "../core/errors.ts";
import { power } from "../core/math.ts";
import type { Dataset } from "../data/dataset.ts";
import { cast } from "../ops/cast.ts";
import { gather, oneHot } from "../ops/gather.ts";
import { add, mul } from "../ops/pointwise.ts";
import type { Stream } from "../ops/random.ts";

export type MixupOptions = {
  /** How far rows are mixed: near 0 hardly, 1 evenly. Default 0.2. */
  alpha?: number;
  /** How many classes there are, where y are class numbers. */
  classes?: number;
  /** Where the draws come from: `random(seed)`. */
  stream: Stream;
};

/** A draw from Beta(α, α): Jöhnk 1964, Metrika 8. */
function beta(alpha: number, stream: Stream): number {
  for (;;) {
    const [u, v] = stream.uniform([2]).data();
    const [a, b] = [power(u!, 1 / alpha), power(v!, 1 / alpha)];
    if (a + b > 0 && a + b <= 1) return a / (a + b);
  }
}

/**
 * Mixes each row of a batch with another of it: x and y become λ·own + (1 − λ)·other, with one λ a batch, drawn from Beta(α, α). Class
 * numbers become probabilities first.
 *
 * @throws ValueError unless alpha is above 0, and where class numbers come without `classes`
 * @source H. Zhang, M. Cisse, Y. Dauphin, D. Lopez-Paz 2018, arXiv:1710.09412
 * @example const mixed = mixup(batch, { alpha: 0.4, classes: 10, stream });
 */
export function mixup(
  { x, y }: Pick<Dataset, "x" | "y">,
  { alpha = 0.2, classes, stream }: MixupOptions,
): { x: Dataset["x"]; y: Dataset["y"] } {
  if (!(alpha > 0 && alpha < Infinity)) throw new ValueError("mixup", "alpha is above 0", String(alpha));
  const numbers = y.rank === 1 || y.dtype === "i32";
  if (numbers && !(Number.isInteger(classes) && classes! > 0))
    throw new ValueError("mixup", "class numbers become probabilities", `classes: ${classes}`, "classes: how many there are");
  const share = beta(alpha, stream);
  const others = stream.permutation(x.shape[0]!);
  const mixed = (own: Dataset["x"]): Dataset["x"] => add(mul(own, share), mul(gather(own, others), 1 - share));
  const target = numbers ? oneHot(cast(y, "i32"), classes!) : y;
  return { x: mixed(x.dtype === "u8" ? cast(x, "f32") : x), y: mixed(target) };
}
