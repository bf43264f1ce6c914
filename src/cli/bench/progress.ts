/** How a run goes, on the error stream: one line that is drawn over, or, where that is no terminal, a line for each thing measured. */

export type Progress = {
  /** Something else is measured. */
  begin(title: string): void;
  /** A share of it is done; whose turn it is. */
  update(share: number, name: string): void;
  /** The line goes, so that others can be printed. */
  clear(): void;
};

/** Milliseconds between two drawings. */
const REDRAW = 100;
const BAR = 16;

type Stream = { isTTY?: boolean; columns?: number; write(text: string): unknown };

class Line implements Progress {
  readonly #stream: Stream;
  #title = "";
  #drawn = 0;
  #width = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  begin(title: string): void {
    this.#title = title;
    this.#drawn = 0;
  }

  update(share: number, name: string): void {
    const now = performance.now();
    if (now - this.#drawn < REDRAW) return;
    this.#drawn = now;
    const filled = Math.round(share * BAR);
    const rest = name.startsWith(`${this.#title}: `) ? name.slice(this.#title.length + 2) : name;
    const text = `${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${this.#title}${rest === this.#title ? "" : ` · ${rest}`}`;
    this.#draw(text.slice(0, (this.#stream.columns ?? 80) - 1));
  }

  clear(): void {
    this.#draw("");
    this.#stream.write("\r");
  }

  #draw(text: string): void {
    this.#stream.write(`\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }
}

/** @param stream default the error stream, so that what is printed can be piped */
export function progressOn(stream: Stream = process.stderr): Progress {
  if (stream.isTTY) return new Line(stream);
  return { begin: (title) => stream.write(`${title} …\n`), update: () => undefined, clear: () => undefined };
}
