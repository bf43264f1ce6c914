/** Files that grow with each epoch, and go on after a resume from where the checkpoint left them. */
import { ValueError } from "../../core/errors.ts";
import { builtin } from "../../wasm/host.ts";
import type { EpochEvent, Saved, Training } from "../callback.ts";

/** Numbers of an epoch by name, in the order in which logs show them. */
export function numbersOf({ epoch, loss, seconds, metrics }: EpochEvent, training: Training): Record<string, number> {
  const rates = Object.entries(training.optimizers).map(
    ([name, { lr }]) => [name === "optimizer" ? "lr" : `lr/${name}`, lr] as const,
  );
  const measured = Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === "number" ? [[name === "loss" ? "validationLoss" : name, value] as const] : [],
  );
  return { epoch: epoch + 1, step: training.step, seconds, loss, ...Object.fromEntries([...measured, ...rates]) };
}

export class LogFile {
  readonly path: string;
  readonly #where: string;
  /** Bytes written so far. */
  #length = 0;

  constructor(where: string, path: string) {
    this.#where = where;
    this.path = path;
    if (typeof path !== "string" || path === "") throw new ValueError(where, "needs the path of a file", String(path));
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Leaves what was written before a checkpoint, and nothing else. */
  async open(): Promise<void> {
    const fs = this.#fs();
    const { dirname } = builtin("node:path")!;
    try {
      await fs.mkdir(dirname(this.path), { recursive: true });
      const handle = await fs.open(this.path, "a");
      try {
        const { size } = await handle.stat();
        this.#length = Math.min(this.#length, size);
        await handle.truncate(this.#length);
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw new ValueError(this.#where, "cannot write the file", `${this.path} (${String(cause)})`);
    }
  }

  async append(data: string | Uint8Array): Promise<void> {
    await this.#fs().appendFile(this.path, data);
    this.#length += typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
  }

  state(): Saved {
    return { length: this.#length };
  }

  restore({ length }: Saved): void {
    this.#length = Number(length) || 0;
  }

  #fs(): typeof import("node:fs").promises {
    const fs = builtin("node:fs");
    if (!fs) throw new ValueError(this.#where, "there is no file system here", undefined, "on: { epoch } of fit");
    return fs.promises;
  }
}
