/** Paths that say labels, summed: what the loss `ctc` is made of. */
import { ShapeError } from "../core/errors.ts";
import { differentiate } from "../graph/backward.ts";
import { defineOp, isTracked, type Op, withTracking } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ctcKernels } from "../wasm/kernels.gen.ts";
import { takeAlong } from "./along.ts";
import { cast } from "./cast.ts";
import { arange, full, zeros } from "./create.ts";
import { outOfRange } from "./gather.ts";
import { add, clamp, exp, greater, less, log, maximum, minimum, mul, neg, notEqual, sub, where } from "./pointwise.ts";
import { pad } from "./rearrange.ts";
import { alias, concat, detach, expand, reshape, sections, slice, stack, unsqueeze } from "./shape.ts";

/** Stands for log 0: finite, so that differences of two of them are numbers, and so far away that no sum of logarithms reaches it. */
const NEVER = -1e30;
/** What is below this has no path. */
const IMPOSSIBLE = NEVER / 10;
/** Three exponentials and a logarithm, four states at once. */
const STATE_NS = 3;

type Blank = { readonly blank: number };
type Sequences = [x: Tensor, target: Tensor, inputLengths: Tensor, targetLengths: Tensor];

/** log(eᵃ + eᵇ + …) of a few tensors. */
function logSum(first: Tensor, ...rest: readonly Tensor[]): Tensor {
  const top = detach(rest.reduce((most, x) => maximum(most, x), first));
  const total = rest.reduce((sum, x) => add(sum, exp(sub(x, top))), exp(sub(first, top)));
  return add(log(total), top);
}

/** Labels with a blank before, between and behind them, [n, 2·s + 1], as f32; those beyond a sequence's length are blank. */
function extended(target: Tensor, counts: Tensor, blank: number): Tensor {
  const [n, s] = target.shape as [number, number];
  const labels = where(less(cast(arange(s), "f32"), counts), cast(target, "f32"), blank);
  const pairs = reshape(stack([full([n, s], blank), labels], 2), [n, 2 * s]);
  return concat([pairs, full([n, 1], blank)], 1);
}

/** Per step, what the states of `extended` labels emit, [t, n, states]. */
function emissionsOf(x: Tensor, states: Tensor): Tensor {
  const index = expand(unsqueeze(cast(states, "i32"), 0), [x.shape[0]!, ...states.shape]);
  return clamp(takeAlong(x, index, 2), NEVER, Infinity);
}

/** log-probability of all paths that end in each state, [n, states] behind two columns that nothing reaches. Graves' α. */
function pathsOf(emissions: Tensor, states: Tensor, blank: number, lengths: Tensor): Tensor {
  const [t, n, size] = emissions.shape as [number, number, number];
  // Two states may be passed at once unless the one between is a blank that parts equal labels.
  const before = slice(pad(states, [[2, 0]], { value: -1 }), 0, size, 1);
  const passes = mul(notEqual(states, before), notEqual(states, blank));
  const barrier = mul(sub(passes, 1), -NEVER);
  let paths = concat([full([n, 1], NEVER), full([n, 1], 0), full([n, size], NEVER)], 1);
  const each = sections(emissions, new Array(t).fill(1));
  for (const [step, emission] of each.entries()) {
    const stay = slice(paths, 2, size + 2, 1);
    const follow = slice(paths, 1, size + 1, 1);
    const pass = add(slice(paths, 0, size, 1), barrier);
    const reached = add(logSum(stay, follow, pass), reshape(emission, [n, size]));
    paths = pad(where(greater(lengths, step), reached, stay), [[2, 0]], { value: NEVER });
  }
  return paths;
}

/** The loss of each sequence in simpler ops, step by step. */
function plainLosses([x, target, inputLengths, targetLengths]: Sequences, { blank }: Blank): Tensor {
  const [n, s] = target.shape as [number, number];
  const column = (lengths: Tensor): Tensor => reshape(cast(lengths, "f32"), [n, 1]);
  const counts = minimum(maximum(column(targetLengths), full([], 0)), full([], s));
  const states = extended(target, counts, blank);
  const paths = pathsOf(emissionsOf(x, states), states, blank, column(inputLengths));
  // The last blank stands in column 2·count + 2, the last label before it; where there is none, that column is never reached but at
  // the start, before the first step.
  const end = add(mul(counts, 2), 2);
  const last = takeAlong(paths, cast(end, "i32"), 1);
  const label = where(greater(counts, 0), takeAlong(paths, cast(sub(end, 1), "i32"), 1), NEVER);
  const found = reshape(logSum(last, label), [n]);
  return where(less(found, IMPOSSIBLE), Infinity, neg(found));
}

/** Elements of a row of states: whole vectors, and one more that nothing reaches. */
function widthOf(target: Tensor): number {
  return Math.ceil((2 * target.shape[1]! + 1) / 4) * 4 + 4;
}

function extentsOf(x: Tensor, target: Tensor, { blank }: Blank) {
  const [steps, n, classes] = x.shape as [number, number, number];
  return { steps, n, classes, s: target.shape[1]!, width: widthOf(target), blank };
}

type Saved = [...sequences: Sequences, loss: Tensor, reached: Tensor, g: Tensor];
const ctcGradOp: Op<Saved, Blank> = defineOp({
  name: "ctcGrad",
  dtypes: ["f32", "i32", "i32", "i32", "f32"],
  names: ["x", "target", "inputLengths", "targetLengths", "loss", "reached", "g"],
  shape: ([x]) => [x.shape],
  lower(program, [x, target, inputLengths, targetLengths, loss, reached, g], [dx], attributes) {
    const extents = extentsOf(x, target, attributes);
    const { n, width } = extents;
    const given = { x: x.ref, target: target.ref, inputLengths: inputLengths.ref, targetLengths: targetLengths.ref };
    const operands = { ...given, loss: loss.ref, reached: reached.ref, g: g.ref, dx: dx!.ref, work: program.temp(4 * n * width) };
    program.emit(ctcKernels.ctcGrad, { ...operands, ...extents }, n, reached.size * STATE_NS);
  },
  plain([x, target, inputLengths, targetLengths, , , g], attributes) {
    const own = alias(x);
    if (!isTracked(own)) own.leaf = true;
    const losses = withTracking(true, () => plainLosses([own, target, inputLengths, targetLengths], attributes));
    return [differentiate([losses], [own], [g])[0] ?? zeros(x.shape)];
  },
});

/** Outputs: the loss of each sequence, and hidden how all states are reached, which the gradient needs again. */
const ctcOp: Op<Sequences, Blank> = defineOp({
  name: "ctc",
  dtypes: ["f32", "i32"],
  names: ["logProbabilities", "target", "inputLengths", "targetLengths"],
  shape([x, target, inputLengths, targetLengths]) {
    const [steps, n] = x.shape as [number, number];
    for (const [name, lengths] of Object.entries({ inputLengths, targetLengths }))
      if (lengths.rank !== 1 || lengths.shape[0] !== n) throw new ShapeError("ctc", `needs ${n} ${name}`, { [name]: lengths });
    return [[n], [n, steps, widthOf(target)]];
  },
  lower(program, [x, target, inputLengths, targetLengths], [loss, reached], attributes) {
    const extents = extentsOf(x, target, attributes);
    const { n, width, classes } = extents;
    const fault = { index: target.ref, explain: outOfRange("ctc", "a label", classes) };
    const given = { x: x.ref, target: target.ref, inputLengths: inputLengths.ref, targetLengths: targetLengths.ref };
    const operands = { ...given, loss: loss!.ref, reached: reached!.ref, work: program.temp(4 * n * width) };
    program.emit(ctcKernels.ctc, { ...operands, ...extents }, n, reached!.size * STATE_NS, fault);
  },
  grad: ([g], inputs, [loss, reached], attributes) => [
    () => ctcGradOp([...inputs, loss!, reached!, g!], attributes)[0],
    () => null,
    () => null,
    () => null,
  ],
  plain: (inputs, attributes) => [plainLosses(inputs, attributes)],
});

/**
 * @internal −log of the probability that each sequence says its labels, [n]; ∞ where no path does, and no gradient flows to it then.
 *
 * @param x log-probabilities [t, n, classes]  @param target i32 [n, s]
 * @param inputLengths, targetLengths i32 [n], held within t and s
 * @throws ValueError on a label within its length that is no class
 */
export const ctcLosses: (...sequences: [...Sequences, blank: number]) => Tensor = (x, target, inputLengths, targetLengths, blank) =>
  ctcOp([x, target, inputLengths, targetLengths], { blank })[0];
