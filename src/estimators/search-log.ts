/** Results of a search in a file, a line each, so that a search that was broken off goes on from there. */
import { ValueError } from "../core/errors.ts";
import { builtin } from "../wasm/host.ts";
import { packRows } from "./packed-rows.ts";
import type { Job, Result, Task } from "./search-pool.ts";

/** FNV-1a over anything that JSON can hold. */
function fingerprint(hash: number, value: unknown): number {
  let h = hash;
  const text = JSON.stringify(value ?? null, (_, part: unknown) =>
    part instanceof Map ? [...part] : ArrayBuffer.isView(part) ? [...(part as Float32Array)] : part,
  );
  for (let i = 0; i < text.length; ++i) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

export class SearchLog {
  readonly #path: string;
  readonly #job: number;
  readonly #known = new Map<string, Result>();

  /** @throws ValueError where there is no file system, or the file is something else */
  constructor(path: string, { estimator, x, y, scoring }: Job) {
    this.#path = path;
    const rule = typeof scoring === "function" ? scoring.toString() : scoring;
    this.#job = [estimator.kind, estimator.options, rule, packRows(x), packRows(y)].reduce<number>(fingerprint, 0x811c9dc5);
    const fs = builtin("node:fs");
    if (!fs) throw new ValueError("search", "there is no file system here", undefined, "a search without resume");
    if (!fs.existsSync(path)) return;
    // The last line may have been cut short by whatever broke the search off.
    for (const line of fs.readFileSync(path, "utf8").split("\n").slice(0, -1)) {
      const [key, score, seconds] = JSON.parse(line) as [string, number, number];
      this.#known.set(key, { score, seconds });
    }
  }

  find(task: Task): Result | undefined {
    return this.#known.get(this.#key(task));
  }

  add(task: Task, { score, seconds }: Result): void {
    builtin("node:fs")!.appendFileSync(this.#path, `${JSON.stringify([this.#key(task), score, seconds])}\n`);
  }

  /** Of data, estimator and score; of the options; of the fold. */
  #key({ params, fold }: Task): string {
    const part = fingerprint(fingerprint(this.#job, [...fold.train]), [...fold.test]);
    return `${part.toString(16)} ${JSON.stringify(params)}`;
  }
}
