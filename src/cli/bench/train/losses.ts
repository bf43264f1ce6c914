/** Losses of a training, and what they are held to. */
import type { Answer } from "../workload.ts";

/** Losses of the first steps that are compared. Adapters keep as many: bench/peers/support. */
export const KEPT = 8;

/** The first losses and the latest. */
export class Losses {
  readonly first: number[] = [];
  last = Number.NaN;

  add(loss: number): void {
    if (this.first.length < KEPT) this.first.push(loss);
    this.last = loss;
  }

  /** Forgets the latest. */
  poison(): void {
    this.last = Number.NaN;
  }
}

/** @throws Error unless the loss fell */
export function checkFall(first: number | undefined, last: number | undefined): void {
  if (!(last! < first!)) throw new Error(`loss went from ${first} to ${last}`);
}

/**
 * Holds a training to another that began with the same weights and took the same rows.
 *
 * @param tolerance of each loss, relative
 * @throws Error naming the first step whose losses differ by more
 */
export function checkSame(own: Losses, { losses = [], last }: Answer, tolerance: number): void {
  if (losses.length === 0) throw new Error("gave no losses");
  for (const [step, loss] of losses.entries()) {
    const expected = own.first[step];
    if (expected === undefined) break;
    if (!(Math.abs(loss - expected) <= tolerance * Math.abs(expected)))
      throw new Error(`loss of step ${step + 1} is ${loss}, nabla's ${expected}, which is more than ${tolerance * 100} % apart`);
  }
  if (!Number.isFinite(last)) throw new Error(`loss went from ${losses[0]} to ${last}`);
}
