/** What came of training, in words. */
import { ln } from "../core/math.ts";
import type { Rows } from "../data/rows.ts";
import { Tensor } from "../graph/tensor.ts";
import type { History } from "./history.ts";

/** A loss this near to guessing, relatively, is one. */
const NEAR = 0.02;
/** Rise of the validation loss over its best, relatively, that is called over-fitting. */
const RISE = 0.03;
/** Validation loss over training loss that is called so too. */
const GAP = 2;
/** What the loss loses an epoch while it still falls, relatively. */
const FALL = 0.05;

/** The loss of guessing every class equally often, where the targets are classes. */
function guessing(targets: Tensor): { loss: number; classes: number } | null {
  if (targets.dtype !== "i32") return null;
  const classes = new Set(targets.data()).size;
  return classes > 1 ? { loss: ln(classes), classes } : null;
}

/** Losses of a step of one's own: what is good for one may be bad for another. */
function shown(metrics: History["metrics"], epochs: number): string {
  const last = Object.entries(metrics).flatMap(([name, values]) => {
    const value = values.at(-1);
    return typeof value === "number" ? [`${name} ${value.toFixed(4)}`] : [];
  });
  return `trained for ${epochs} ${epochs === 1 ? "epoch" : "epochs"}${last.length > 0 ? `: ${last.join(", ")}` : ""}`;
}

/** How validation went, where that is what to say. */
function generalisation({ loss, validationLoss }: History): string | null {
  const last = validationLoss.at(-1);
  if (last === undefined || validationLoss.length < 3) return null;
  const best = Math.min(...validationLoss);
  const at = validationLoss.indexOf(best);
  if (last > best * (1 + RISE) && at < validationLoss.length - 2)
    return `validation loss rises since epoch ${at + 1}: over-fitting`;
  const times = last / loss.at(-1)!;
  if (times > GAP && loss.at(-1)! > 0)
    return `validation loss ${last.toFixed(4)} is ${times.toFixed(1)} times that of training: over-fitting; try more data, Dropout, or weightDecay`;
  return null;
}

/**
 * What came of training: guessing, over-fitting, divergence, or how far the loss fell and whether it still does.
 *
 * @param hasLoss false where a step of one's own names its losses
 */
export function verdict(history: History, targets: Rows | undefined, hasLoss = true): string {
  const { loss } = history;
  const last = loss.at(-1);
  if (last === undefined) return "nothing was trained";
  if (!hasLoss) return shown(history.metrics, loss.length);
  const guess = targets instanceof Tensor ? guessing(targets) : null;
  if (guess && Math.abs(last - guess.loss) < NEAR * guess.loss) {
    return `loss stays at ${last.toFixed(2)} = guessing among ${guess.classes} classes: try another learning rate, or look at the data`;
  }
  const words = generalisation(history);
  if (words) return words;
  if (loss.length === 1) return `loss ${last.toFixed(4)} after one epoch`;
  if (last > loss[0]!) return "loss rose: try a smaller learning rate";
  const falls = loss.length > 2 && last < loss.at(-2)! * (1 - FALL) && loss.at(-2)! < loss.at(-3)! * (1 - FALL);
  return `loss fell from ${loss[0]!.toFixed(4)} to ${last.toFixed(4)}${falls ? ", and still falls: more epochs would help" : ""}`;
}
