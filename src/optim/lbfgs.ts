/** L-BFGS: evaluates the loss several times a step, so it is given a closure and is no rule. */
import { ValueError } from "../core/errors.ts";
import { gradientsOf } from "../graph/backward.ts";
import { noGrad, withTracking } from "../graph/op.ts";
import { eagerly } from "../graph/record.ts";
import { assign } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { initMissing, parameters } from "../nn/model.ts";
import { zeros } from "../ops/create.ts";
import { abs, add, mul, neg, sub } from "../ops/pointwise.ts";
import { max, sum } from "../ops/reduce.ts";
import { concat, reshape, slice } from "../ops/shape.ts";
import { type Point, strongWolfe } from "./strong-wolfe.ts";

export type LbfgsOptions = {
  /** Length of a step, or the first one tried. Default 1. */
  lr?: number;
  /** Iterations a call makes at most. Default 20. */
  maxIter?: number;
  /** Evaluations a call makes at most. Default ⌊1.25·maxIter⌋. */
  maxEval?: number;
  /** Ends where no gradient is larger. Default 1e-7. */
  toleranceGrad?: number;
  /** Ends where neither loss nor parameters move further. Default 1e-9. */
  toleranceChange?: number;
  /** Pairs of steps and changes of gradient that the curvature is estimated from. Default 100. */
  historySize?: number;
  /** "strongWolfe" searches along each direction; null takes steps of length lr. Default null. */
  lineSearch?: "strongWolfe" | null;
};

/** Below this s·y says nothing of the curvature. */
const LEAST_CURVATURE = 1e-10;

const dot = (a: Tensor, b: Tensor): number => sum(mul(a, b)).item();
const largest = (x: Tensor): number => max(abs(x)).item();

/** A step s, the change of gradient y that it brought, and 1 / s·y. */
type Pair = { readonly s: Tensor; readonly y: Tensor; readonly rho: number };

/** Minimises by second-order steps without a matrix. */
export class Lbfgs {
  readonly #options: Required<LbfgsOptions>;
  readonly #parameters: readonly Tensor[];
  #pairs: Pair[] = [];
  /** Initial estimate of the inverse curvature. */
  #scale = 1;
  #iterations = 0;
  #last: { gradient: Tensor; step: Tensor } | null = null;

  /** @internal `lbfgs(…).for(model)` makes one. */
  constructor(options: Required<LbfgsOptions>, model: object) {
    this.#options = options;
    initMissing(model, undefined);
    this.#parameters = [...parameters(model).values()];
    if (this.#parameters.length === 0) throw new ValueError("lbfgs", "found no parameters in the model's fields");
  }

  /** Iterations made so far. */
  get step(): number {
    return this.#iterations;
  }

  /**
   * Goes on from where the parameters are, for at most `maxIter` iterations.
   *
   * @param closure computes the loss anew; it is called several times, and must give the same for the same parameters
   * @returns the loss before
   * @example optimizer.minimize(() => mse(model.forward(x), y))
   */
  minimize(closure: () => Tensor): Tensor {
    return eagerly(() => noGrad(() => this.#minimize(closure)));
  }

  #minimize(closure: () => Tensor): Tensor {
    const { maxIter, maxEval, toleranceGrad, toleranceChange, lr, lineSearch } = this.#options;
    const first = this.#evaluate(closure);
    let { loss, gradient } = { loss: first.loss.item(), gradient: first.gradient };
    let evaluations = 1;
    if (largest(gradient) <= toleranceGrad) return first.loss;
    for (let i = 1; ; ++i) {
      const direction = this.#direction(gradient);
      const before = loss;
      const rate = this.#iterations === 1 ? Math.min(1, 1 / sum(abs(gradient)).item()) * lr : lr;
      const slope = dot(gradient, direction);
      this.#last = { gradient, step: zeros(gradient.shape) };
      if (slope > -toleranceChange) break;
      let t = rate;
      if (lineSearch) {
        const found = this.#search(closure, { t: 0, loss, slope, gradient }, direction, rate, (count) => (evaluations += count));
        [loss, gradient, t] = [found.loss, found.gradient, found.t];
      } else {
        this.#place(add(this.#read(), mul(direction, t)));
        if (i < maxIter) {
          const next = this.#evaluate(closure);
          [loss, gradient] = [next.loss.item(), next.gradient];
          evaluations += 1;
        }
      }
      const step = mul(direction, t);
      this.#last = { ...this.#last, step };
      if (i === maxIter || evaluations >= maxEval || largest(gradient) <= toleranceGrad) break;
      if (largest(step) <= toleranceChange || Math.abs(loss - before) < toleranceChange) break;
    }
    return first.loss;
  }

  /** Learns from the last step, then turns the gradient against the curvature: Nocedal & Wright 2006, Algorithm 7.4. */
  #direction(gradient: Tensor): Tensor {
    this.#iterations += 1;
    if (this.#last) this.#learn(sub(gradient, this.#last.gradient), this.#last.step);
    let q = neg(gradient);
    const alphas: number[] = [];
    for (const { s, y, rho } of [...this.#pairs].reverse()) {
      const alpha = rho * dot(s, q);
      alphas.unshift(alpha);
      q = sub(q, mul(y, alpha));
    }
    let r = mul(q, this.#scale);
    for (const [i, { s, y, rho }] of this.#pairs.entries()) r = add(r, mul(s, alphas[i]! - rho * dot(y, r)));
    return r;
  }

  #learn(y: Tensor, s: Tensor): void {
    const curvature = dot(y, s);
    if (curvature <= LEAST_CURVATURE) return;
    if (this.#pairs.length === this.#options.historySize) this.#pairs.shift();
    this.#pairs.push({ s, y, rho: 1 / curvature });
    this.#scale = curvature / dot(y, y);
  }

  #search(
    closure: () => Tensor,
    start: Point<Tensor>,
    direction: Tensor,
    rate: number,
    count: (evaluations: number) => void,
  ): Point<Tensor> {
    const origin = this.#read();
    const size = largest(direction);
    const at = (t: number): Point<Tensor> => {
      this.#place(add(origin, mul(direction, t)));
      const { loss, gradient } = this.#evaluate(closure);
      count(1);
      return { t, loss: loss.item(), slope: dot(gradient, direction), gradient };
    };
    const found = strongWolfe(start, rate, at, (length) => length * size < this.#options.toleranceChange);
    this.#place(add(origin, mul(direction, found.t)));
    return found;
  }

  /** The loss, and its gradient with respect to all parameters as one vector. */
  #evaluate(closure: () => Tensor): { loss: Tensor; gradient: Tensor } {
    const loss = withTracking(true, closure);
    const found = gradientsOf("lbfgs", loss, this.#parameters);
    const parts = found.map((gradient, i) => gradient ?? zeros(this.#parameters[i]!.shape));
    return { loss, gradient: flat(parts) };
  }

  #read(): Tensor {
    return flat(this.#parameters);
  }

  #place(values: Tensor): void {
    let at = 0;
    for (const parameter of this.#parameters) {
      assign(parameter, reshape(slice(values, at, at + parameter.size), parameter.shape));
      at += parameter.size;
    }
  }
}

function flat(tensors: readonly Tensor[]): Tensor {
  return concat(tensors.map((tensor) => reshape(tensor, [tensor.size])));
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;

/**
 * L-BFGS, for losses without noise: all data at once, few parameters. Each call of `minimize` makes up to `maxIter` iterations; each
 * goes along −H·g, where H estimates the inverse curvature from the last `historySize` steps.
 *
 * Defaults: lr 1, maxIter 20, maxEval 1.25·maxIter, toleranceGrad 1e-7, toleranceChange 1e-9, historySize 100, lineSearch null.
 *
 * @throws ValueError on an option out of range
 * @source Nocedal & Wright 2006, "Numerical Optimization", Algorithms 7.4 and 7.5, with PyTorch's tests for the end
 * @example const optimizer = lbfgs({ lineSearch: "strongWolfe" }).for(model);
 */
export function lbfgs(options: LbfgsOptions = {}): { readonly name: "lbfgs"; for(model: object): Lbfgs } {
  const { lr = 1, maxIter = 20, toleranceGrad = 1e-7, toleranceChange = 1e-9, historySize = 100, lineSearch = null } = options;
  const { maxEval = Math.max(1, Math.floor((maxIter * 5) / 4)) } = options;
  const rules: Readonly<Record<string, [holds: boolean, got: unknown]>> = {
    "lr is a number > 0": [lr > 0 && lr < Infinity, lr],
    "maxIter, maxEval and historySize are whole numbers ≥ 1": [
      isCount(maxIter) && isCount(maxEval) && isCount(historySize),
      `${maxIter}, ${maxEval}, ${historySize}`,
    ],
    'lineSearch is "strongWolfe" or null': [lineSearch === "strongWolfe" || lineSearch === null, lineSearch],
  };
  for (const [rule, [holds, got]] of Object.entries(rules)) if (!holds) throw new ValueError("lbfgs", rule, String(got));
  const settled = { lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearch };
  return { name: "lbfgs", for: (model) => new Lbfgs(settled, model) };
}
