/**
 * Whether threads are worth while, as measured: a program too small for them, or a machine whose cores are busy with something else, is
 * faster on one. A barrier there waits for a thread that does not run. No bit depends on the choice.
 */

/** Time and runs that a mean is taken over, at least: longer than the few ms for which a system gives a core to somebody else. */
const BLOCK_MS = 16;
const BLOCK_RUNS = 3;
/** Running time after which the other way is tried: at first, and at most, doubled each time that it was in vain. */
const FIRST_MS = 64;
const LAST_MS = 2048;
/** A trial takes at most one part in so many of the time. */
const TRIALS = 16;
/** All threads together have to be this much faster than one: what they leave to others is worth something. */
const MARGIN = 1.03;

export class Pace {
  /** Whether the next run is for all threads. */
  together = true;
  #prefersTogether = true;
  /** Mean time of work in the last block of either way, in ms. */
  #onAll = 0;
  #onOne = Infinity;
  /** The block that is being measured. */
  #time = 0;
  #work = 0;
  #runs = 0;
  /** For how long the preferred way has been taken since the last trial, and since it is preferred. */
  #waited = 0;
  #held = 0;
  /** When to try the other way: one thread, all threads. */
  #untilOne = FIRST_MS;
  #untilAll = FIRST_MS;

  /**
   * Tells how long a run took.
   * @param work how much there was of it, where runs differ
   */
  note(milliseconds: number, work = 1): void {
    this.#time += milliseconds;
    this.#work += work;
    this.#runs += 1;
    if (this.#time < BLOCK_MS) return;
    const mean = this.#time / this.#work;
    const isTrial = this.together !== this.#prefersTogether;
    const isLost = isTrial && mean >= (this.together ? this.#onOne : this.#onAll);
    if (this.#runs < BLOCK_RUNS && !isLost) return;
    if (this.together) this.#onAll = mean;
    else this.#onOne = mean;
    if (isTrial) this.#decide(this.#time);
    else this.#goOn(this.#time);
    this.#time = this.#work = this.#runs = 0;
  }

  get #isWorthWhile(): boolean {
    return this.#onAll * MARGIN < this.#onOne;
  }

  /** After a block of the preferred way: tries the other when it is time, or when threads have become slower than one was. */
  #goOn(time: number): void {
    this.#waited += time;
    this.#held += time;
    const isDue = this.#waited >= (this.together ? this.#untilOne : this.#untilAll);
    if (isDue || (this.together && !this.#isWorthWhile)) this.together = !this.together;
  }

  /** After a trial that took so long. */
  #decide(time: number): void {
    const prefers = this.#isWorthWhile;
    const changes = prefers !== this.#prefersTogether;
    // Threads that were preferred for a moment only were in vain as well.
    if (!prefers) this.#untilAll = changes && this.#held >= LAST_MS ? FIRST_MS : longer(this.#untilAll, time);
    else this.#untilOne = changes ? FIRST_MS : longer(this.#untilOne, time);
    if (changes) this.#held = 0;
    this.#prefersTogether = this.together = prefers;
    this.#waited = 0;
  }
}

/** What is waited after a trial in vain: trials of long steps are to be rare from the beginning. */
function longer(wait: number, trial: number): number {
  return Math.max(Math.min(2 * wait, LAST_MS), TRIALS * trial);
}
