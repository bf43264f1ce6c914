/** The loss of sequences that are labelled, but not aligned. */
import { ShapeError, ValueError } from "../../core/errors.ts";
import { tensorFor } from "../../graph/from.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { cast } from "../../ops/cast.ts";
import { full } from "../../ops/create.ts";
import { ctcLosses } from "../../ops/ctc.ts";
import { div, equal, maximum, where } from "../../ops/pointwise.ts";
import { type LossOptions, reduced } from "./reduction.ts";

type Lengths = Tensor | readonly number[];

export type CtcOptions = LossOptions & {
  /** Steps of each sequence that count, [n]; a tensor's are held within t. Default all. */
  inputLengths?: Lengths;
  /** Labels of each sequence that count, [n]; a tensor's are held within s. Default all. */
  targetLengths?: Lengths;
  /** The class that stands for "no label". Default 0. */
  blank?: number;
  /** Makes the loss of a sequence that is too short for its labels 0 instead of ∞. Default false. */
  zeroInfinity?: boolean;
};

/** Lengths as i32 [n]. */
function lengthsOf(name: string, lengths: Lengths | undefined, n: number, most: number): Tensor {
  if (lengths === undefined) return full([n], most, "i32");
  const found = tensorFor("ctc", lengths);
  if (found.rank !== 1 || found.shape[0] !== n) throw new ShapeError("ctc", `needs ${n} ${name}`, { [name]: found });
  if (Array.isArray(lengths)) {
    const bad = lengths.find((length) => !(Number.isInteger(length) && length >= 0 && length <= most));
    if (bad !== undefined) throw new ValueError("ctc", `${name} are whole numbers from 0 to ${most}`, String(bad));
  }
  return cast(found, "i32");
}

function checkShapes(logProbabilities: Tensor, target: Tensor, blank: number): void {
  const [, n, classes] = logProbabilities.shape;
  if (logProbabilities.rank !== 3) throw new ShapeError("ctc", "expects log-probabilities [t, n, classes]", { logProbabilities });
  if (target.rank !== 2 || target.shape[0] !== n)
    throw new ShapeError(
      "ctc",
      "expects labels [n, s], padded to the longest",
      { logProbabilities, target },
      "permute(x, [1, 0, 2]), where the batch comes first",
    );
  if (!(Number.isInteger(blank) && blank >= 0 && blank < classes!))
    throw new ValueError("ctc", `blank is a class from 0 to ${classes! - 1}`, String(blank));
}

/**
 * Connectionist temporal classification: −log of the probability that a sequence says its labels, over all ways to spread them in
 * time with blanks in between. For speech and handwriting, where nobody knows which step belongs to which label.
 *
 * @param logProbabilities [t, n, classes], as logSoftmax gives them; time first, as in PyTorch
 * @param target  [n, s] class numbers other than blank; what lies beyond a target's length may be anything
 * @param options inputLengths, targetLengths; blank, default 0; zeroInfinity, default false. Reduction "mean" (the default) divides
 *   each loss by its number of labels before the mean over the batch
 * @throws ShapeError on other ranks, or lengths that are not n  @throws ValueError on a class or a length out of range
 * @source Graves et al. 2006, ICML, 369–376, in logarithms
 * @example ctc(logSoftmax(model.forward(x)).permute([1, 0, 2]), labels, { targetLengths: [5, 3] })
 */
export const ctc = (
  logProbabilities: Tensor,
  target: Tensor,
  { inputLengths, targetLengths, blank = 0, zeroInfinity = false, ...options }: CtcOptions = {},
): Tensor => {
  checkShapes(logProbabilities, target, blank);
  const [t, n] = logProbabilities.shape as [number, number, number];
  const counts = lengthsOf("targetLengths", targetLengths, n, target.shape[1]!);
  const found = ctcLosses(logProbabilities, cast(target, "i32"), lengthsOf("inputLengths", inputLengths, n, t), counts, blank);
  const losses = zeroInfinity ? where(equal(found, Infinity), 0, found) : found;
  const { reduction = "mean" } = options;
  return reduced("ctc", reduction === "mean" ? div(losses, maximum(cast(counts, "f32"), full([], 1))) : losses, options);
};
