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

/** What a line says, or null where it is none of ours. */
function resultIn(line: string): [key: string, score: number, seconds: number] | null {
  try {
    const [key, score, seconds] = JSON.parse(line) as unknown[];
    const isOurs = typeof key === "string" && (typeof score === "number" || score === null) && typeof seconds === "number";
    return isOurs ? [key, score === null ? Number.NaN : (score as number), seconds] : null;
  } catch {
    return null;
  }
}

export class SearchLog {
  readonly #path: string;
  readonly #job: number;
  readonly #known = new Map<string, Result>();

  /** @throws ValueError where there is no file system, or the file cannot be written, or is something else */
  constructor(where: string, path: string, { estimator, x, y, scoring }: Job) {
    this.#path = path;
    const rule = typeof scoring === "function" ? scoring.toString() : scoring;
    this.#job = [estimator.kind, estimator.options, rule, packRows(x), packRows(y)].reduce<number>(fingerprint, 0x811c9dc5);
    const fs = builtin("node:fs");
    if (!fs) throw new ValueError(where, "there is no file system here", undefined, "a search without resume");
    let text: string;
    try {
      fs.appendFileSync(path, "");
      text = fs.readFileSync(path, "utf8");
    } catch (cause) {
      throw new ValueError(where, "cannot keep results in the file", `${path} (${(cause as Error).message})`);
    }
    // The last line may have been cut short by whatever broke the search off.
    for (const [i, line] of text.split("\n").slice(0, -1).entries()) {
      const [key, score, seconds] = resultIn(line) ?? [];
      if (key === undefined)
        throw new ValueError(
          where,
          "the file to resume from holds results of searches, a line each",
          `line ${i + 1} of ${path}`,
          "another path",
        );
      this.#known.set(key, { score: score!, seconds: seconds! });
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
