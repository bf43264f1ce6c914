/** What a function that is computed twice must not do twice: draw random numbers anew, and change state. */
import type { Tensor } from "./tensor.ts";

/** The tickets that were drawn the first time, in order. */
export class Journal {
  readonly #tickets: Tensor[] = [];
  #next = 0;
  #replaying = false;

  /** Calls `f` the first time. */
  record<T>(f: () => T): T {
    return this.#during(false, f);
  }

  /** Calls it again: the same numbers are drawn, and state stays. */
  replay<T>(f: () => T): T {
    this.#next = 0;
    return this.#during(true, f);
  }

  get replaying(): boolean {
    return this.#replaying;
  }

  /** The ticket of now: `draw` makes it the first time. */
  ticket(draw: () => Tensor): Tensor {
    if (this.#replaying) return this.#tickets[this.#next++]!;
    const ticket = draw();
    this.#tickets.push(ticket);
    return ticket;
  }

  #during<T>(replaying: boolean, f: () => T): T {
    const outer = open;
    this.#replaying = replaying;
    open = this;
    try {
      return f();
    } finally {
      open = outer;
    }
  }
}

let open: Journal | null = null;

/** The innermost journal that is kept, if any. */
export function journal(): Journal | null {
  return open;
}
