/** When a multi-layer perceptron has learned enough, as scikit-learn decides it. */
import type { Learnt } from "./learnt.ts";
import type { MLPSettings } from "./mlp-options.ts";

/** Least learning rate that "adaptive" goes on with, and by how much it falls. */
const LEAST_RATE = 1e-6;
const FALL = 5;

/** Follows loss or validation score from pass to pass. */
export class Stopping {
  readonly #settings: MLPSettings;
  #stalled = 0;
  /** The learning rate that "adaptive" has come to. */
  lr: number;
  bestLoss = Infinity;
  bestScore = -Infinity;
  /** Whether it ended because nothing improved any more. */
  converged = false;

  constructor(settings: MLPSettings) {
    this.#settings = settings;
    this.lr = settings.learningRateInit;
  }

  /** All that the next passes depend on. */
  state(): Readonly<Record<string, number | boolean>> {
    const { lr, bestLoss, bestScore, converged } = this;
    return { lr, bestLoss, bestScore, converged, stalled: this.#stalled };
  }

  restore(learnt: Learnt): void {
    this.lr = learnt.number("lr");
    this.bestLoss = learnt.number("bestLoss");
    this.bestScore = learnt.number("bestScore");
    this.converged = learnt.flag("converged");
    this.#stalled = learnt.count("stalled");
  }

  /**
   * One pass more.
   *
   * @param score of the rows set aside, or null where the loss decides
   * @returns whether the score was the best so far, and whether to stop
   */
  after(loss: number, score: number | null): { best: boolean; stop: boolean } {
    const { tol, nIterNoChange, solver, learningRate } = this.#settings;
    const enough = score === null ? loss <= this.bestLoss - tol : score >= this.bestScore + tol;
    this.#stalled = enough ? 0 : this.#stalled + 1;
    const best = score !== null && score > this.bestScore;
    this.bestLoss = Math.min(this.bestLoss, loss);
    if (best) this.bestScore = score;
    if (this.#stalled <= nIterNoChange) return { best, stop: false };
    if (solver === "sgd" && learningRate === "adaptive" && this.lr > LEAST_RATE) {
      this.lr /= FALL;
      this.#stalled = 0;
      return { best, stop: false };
    }
    this.converged = true;
    return { best, stop: true };
  }
}
