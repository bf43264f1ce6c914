/** What came of training, in words. */
import { ln } from "../core/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { History } from "./history.ts";

/** A loss this near to guessing, relatively, is one. */
const NEAR = 0.02;
/** Rise of the validation loss over its best, relatively, that is called over-fitting. */
const RISE = 0.03;

/** The loss of guessing every class equally often, where the targets are classes. */
function guessing(targets: Tensor): { loss: number; classes: number } | null {
  if (targets.dtype !== "i32") return null;
  const classes = new Set(targets.data()).size;
  return classes > 1 ? { loss: ln(classes), classes } : null;
}

export function verdict({ loss, validationLoss }: History, targets: Tensor): string {
  const last = loss.at(-1);
  if (last === undefined) return "nothing was trained";
  const guess = guessing(targets);
  if (guess && Math.abs(last - guess.loss) < NEAR * guess.loss) {
    return `loss stays at ${last.toFixed(2)} = guessing among ${guess.classes} classes: try another learning rate, or look at the data`;
  }
  const best = Math.min(...validationLoss);
  const at = validationLoss.indexOf(best);
  if (validationLoss.length > 2 && validationLoss.at(-1)! > best * (1 + RISE) && at < validationLoss.length - 2) {
    return `validation loss rises since epoch ${at + 1}: over-fitting`;
  }
  if (loss.length > 1 && last > loss[0]!) return "loss rose: try a smaller learning rate";
  if (loss.length === 1) return `loss ${last.toFixed(4)} after one epoch`;
  return `loss fell from ${loss[0]!.toFixed(4)} to ${last.toFixed(4)}`;
}
