/** The loss of sequences that are labelled, but not aligned. */
import { ShapeError, ValueError } from "../../core/errors.ts";
import { tensorFor } from "../../graph/from.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { takeAlong } from "../../ops/along.ts";
import { cast } from "../../ops/cast.ts";
import { full } from "../../ops/create.ts";
import { add, clamp, div, exp, greater, less, log, maximum, mul, neg, notEqual, sub, where } from "../../ops/pointwise.ts";
import { pad } from "../../ops/rearrange.ts";
import { concat, detach, expand, reshape, sections, slice, stack, unsqueeze } from "../../ops/shape.ts";
import { type LossOptions, reduced } from "./reduction.ts";

/** Stands for log 0: finite, so that differences of two of them are numbers, and so far away that no sum of logarithms reaches it. */
const NEVER = -1e30;
/** What is below this has no path. */
const IMPOSSIBLE = NEVER / 10;

type Lengths = Tensor | readonly number[];

export type CtcOptions = LossOptions & {
  /** Steps of each sequence that count, [n]. Default all. */
  inputLengths?: Lengths;
  /** Labels of each sequence that count, [n]. Default all. */
  targetLengths?: Lengths;
  /** The class that stands for "no label". Default 0. */
  blank?: number;
  /** Makes the loss of a sequence that is too short for its labels 0 instead of ∞. Default false. */
  zeroInfinity?: boolean;
};

/** Lengths as f32 [n, 1]; null where all count. */
function lengthsOf(name: string, lengths: Lengths | undefined, n: number, most: number): Tensor | null {
  if (lengths === undefined) return null;
  const found = tensorFor("ctc", lengths);
  if (found.rank !== 1 || found.shape[0] !== n) throw new ShapeError("ctc", `needs ${n} ${name}`, { [name]: found });
  if (Array.isArray(lengths)) {
    const bad = lengths.find((length) => !(Number.isInteger(length) && length >= 0 && length <= most));
    if (bad !== undefined) throw new ValueError("ctc", `${name} are whole numbers from 0 to ${most}`, String(bad));
  }
  return reshape(cast(found, "f32"), [n, 1]);
}

/** log(eᵃ + eᵇ + …) of a few tensors. */
function logSum(first: Tensor, ...rest: readonly Tensor[]): Tensor {
  const top = detach(rest.reduce((most, x) => maximum(most, x), first));
  const total = rest.reduce((sum, x) => add(sum, exp(sub(x, top))), exp(sub(first, top)));
  return add(log(total), top);
}

/** Labels with a blank before, between and behind them, [n, 2·s + 1], as f32; those beyond a sequence's length are blank. */
function extended(target: Tensor, lengths: Tensor | null, blank: number): Tensor {
  const [n, s] = target.shape as [number, number];
  const numbers = cast(target, "f32");
  const positions = tensorFor(
    "ctc",
    Float32Array.from({ length: s }, (_, i) => i),
  );
  const labels = lengths ? where(less(positions, lengths), numbers, blank) : numbers;
  const pairs = reshape(stack([full([n, s], blank), labels], 2), [n, 2 * s]);
  return concat([pairs, full([n, 1], blank)], 1);
}

/** Per step, what the states of `extended` labels emit, [t, n, states]. */
function emissionsOf(logProbabilities: Tensor, states: Tensor): Tensor {
  const t = logProbabilities.shape[0]!;
  const index = expand(unsqueeze(cast(states, "i32"), 0), [t, ...states.shape]);
  return clamp(takeAlong(logProbabilities, index, 2), NEVER, Infinity);
}

/** log-probability of all paths that end in each state, [n, states] behind two columns that nothing reaches. Graves' α. */
function forwards(emissions: Tensor, states: Tensor, blank: number, lengths: Tensor | null): Tensor {
  const [t, n, size] = emissions.shape as [number, number, number];
  // Two states may be passed at once unless the one between is a blank that parts equal labels.
  const before = slice(pad(states, [[2, 0]], { value: -1 }), 0, size, 1);
  const passes = mul(notEqual(states, before), notEqual(states, blank));
  const barrier = mul(sub(passes, 1), -NEVER);
  const start = concat([full([n, 1], NEVER), full([n, 1], 0), full([n, size], NEVER)], 1);
  let paths = start;
  const each = sections(emissions, new Array(t).fill(1));
  for (const [step, emission] of each.entries()) {
    const stay = slice(paths, 2, size + 2, 1);
    const follow = slice(paths, 1, size + 1, 1);
    const pass = add(slice(paths, 0, size, 1), barrier);
    const reached = add(logSum(stay, follow, pass), reshape(emission, [n, size]));
    const own = lengths ? where(greater(lengths, step), reached, stay) : reached;
    paths = pad(own, [[2, 0]], { value: NEVER });
  }
  return paths;
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
  const s = target.shape[1]!;
  const steps = lengthsOf("inputLengths", inputLengths, n, t);
  const labels = lengthsOf("targetLengths", targetLengths, n, s);
  const count = labels ?? full([n, 1], s);
  const states = extended(target, labels, blank);
  const paths = forwards(emissionsOf(logProbabilities, states), states, blank, steps);
  // The last blank stands in column 2·count + 2, the last label before it; where there is none, that column is never reached but at
  // the start, before the first step.
  const end = add(mul(count, 2), 2);
  const last = takeAlong(paths, cast(end, "i32"), 1);
  const label = where(greater(count, 0), takeAlong(paths, cast(sub(end, 1), "i32"), 1), NEVER);
  const found = reshape(logSum(last, label), [n]);
  const losses = where(less(found, IMPOSSIBLE), zeroInfinity ? 0 : Infinity, neg(found));
  const { reduction = "mean" } = options;
  return reduced("ctc", reduction === "mean" ? div(losses, reshape(maximum(count, 1), [n])) : losses, options);
};
