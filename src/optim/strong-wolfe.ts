/**
 * A step's length along a direction: far enough to lower the loss, and to flatten the slope.
 *
 * @source Nocedal & Wright 2006, "Numerical Optimization", Algorithms 3.5 and 3.6, with the bounds that PyTorch has (after Schmidt's
 *   minFunc): PyTorch's torch/optim/lbfgs.py
 */
import { sqrt } from "../core/math.ts";

/** The loss at some length, its slope along the direction, and the gradient there. */
export type Point<Gradient> = { readonly t: number; readonly loss: number; readonly slope: number; readonly gradient: Gradient };

/** Sufficient decrease and curvature: eq. 3.7. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 25;
/** How far the next length goes beyond the last, at least (of the last stride) and at most (times the last). */
const LEAST_STRIDE = 0.01;
const MOST = 10;
/** Share of a bracket that a new point keeps from its ends. */
const MARGIN = 0.1;

type Ends = readonly [low: number, high: number];

/** Where the cubic through two points and their slopes is least, within the bounds: eq. 3.59. */
function cubicMinimum<G>(a: Point<G>, b: Point<G>, [low, high]: Ends): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = sqrt(square);
  const at = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(at, low), high);
}

const endsOf = <G>([a, b]: readonly [Point<G>, Point<G>]): Ends => [Math.min(a.t, b.t), Math.max(a.t, b.t)];

/**
 * @param start the point of length 0
 * @param t the first length to try
 * @param evaluate the point of any length
 * @param isTiny whether moving by a length changes nothing worth the while
 */
export function strongWolfe<G>(
  start: Point<G>,
  t: number,
  evaluate: (t: number) => Point<G>,
  isTiny: (length: number) => boolean,
): Point<G> {
  const enough = ({ t: at, loss }: Point<G>): boolean => loss <= start.loss + DECREASE * at * start.slope;
  const flat = ({ slope }: Point<G>): boolean => Math.abs(slope) <= -CURVATURE * start.slope;
  let trials = 0;
  let before = start;
  let point = evaluate(t);
  let bracket: [Point<G>, Point<G>] | null = null;
  for (; trials < MAX_TRIALS && !bracket; ++trials) {
    if (!enough(point) || (trials > 1 && point.loss >= before.loss)) bracket = [before, point];
    else if (flat(point)) return point;
    else if (point.slope >= 0) bracket = [before, point];
    else {
      const next = cubicMinimum(before, point, [point.t + LEAST_STRIDE * (point.t - before.t), point.t * MOST]);
      before = point;
      point = evaluate(next);
    }
    if (bracket) break;
  }
  return zoom(bracket ?? [start, point], trials, enough, flat, evaluate, isTiny);
}

/** Narrows a bracket that holds a good length down to one. */
function zoom<G>(
  bracket: [Point<G>, Point<G>],
  tried: number,
  enough: (point: Point<G>) => boolean,
  flat: (point: Point<G>) => boolean,
  evaluate: (t: number) => Point<G>,
  isTiny: (length: number) => boolean,
): Point<G> {
  let [low, high] = bracket[0].loss <= bracket[1].loss ? bracket : [bracket[1], bracket[0]];
  let isStuck = false;
  for (let trials = tried; trials < MAX_TRIALS && !isTiny(Math.abs(high.t - low.t)); ++trials) {
    const [from, to] = endsOf([low, high]);
    let t = cubicMinimum(low, high, [from, to]);
    const margin = MARGIN * (to - from);
    if (Math.min(to - t, t - from) >= margin) isStuck = false;
    else if (isStuck || t >= to || t <= from) {
      t = Math.abs(t - to) < Math.abs(t - from) ? to - margin : from + margin;
      isStuck = false;
    } else isStuck = true;
    const point = evaluate(t);
    if (!enough(point) || point.loss >= low.loss) {
      high = point;
      if (high.loss < low.loss) [low, high] = [high, low];
      continue;
    }
    if (flat(point)) return point;
    if (point.slope * (high.t - low.t) >= 0) high = low;
    low = point;
  }
  return low;
}
