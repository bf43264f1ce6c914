/**
 * Other libraries on the same work: adapters in a clone's `bench/peers`, each a process of its own that sleeps until it is its turn.
 *
 * An adapter is called with a job's name and a folder, where `job.json` holds the settings and `given.bin` the numbers (weights, rows)
 * that all share. It prints `{ name }` when it is ready, with `differs` in words where its work is not quite the same, or
 * `{ missing }` and ends where it cannot run. For each line it reads, a number of calls, it does so many steps and prints an `Answer`
 * (workload.ts) or `{ error }`. `bench/peers/support` has all of this for JavaScript and Python.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Case } from "./harness.ts";
import type { Answer, Job } from "./workload.ts";

/** One thread each, and nothing left behind in the clone. */
const ENVIRONMENT = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" };
/** `python3` on the path may be one without the packages that the system's has. */
const PYTHONS = ["python3", "/usr/bin/python3"];
/** Seconds until a silent adapter is given up. */
const PATIENCE = 180;

type Hello = { name?: string; differs?: string; missing?: string };

/** Lines that a process prints, one at a time. */
function linesOf(child: ChildProcess, name: string): () => Promise<string> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const failure = new Promise<never>((_, fail) => child.once("error", fail));
  failure.catch(() => undefined); // told to whoever asks for a line
  return async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error(`${name} says nothing for ${PATIENCE} s`)), PATIENCE * 1000);
    });
    try {
      const { value, done } = await Promise.race([lines.next(), failure, late]);
      if (done) throw new Error(`${name} has ended without a word`);
      return value;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** A running adapter. */
export class Peer {
  readonly name: string;
  /** In words, how its work is another; undefined where it is the same. */
  readonly differs: string | undefined;
  readonly #child: ChildProcess;
  readonly #line: () => Promise<string>;

  constructor({ name, differs }: Hello, child: ChildProcess, line: () => Promise<string>) {
    this.name = differs ? `${name}, ${differs}` : name!;
    this.differs = differs;
    this.#child = child;
    this.#line = line;
  }

  async round(calls: number): Promise<Answer> {
    this.#child.stdin!.write(`${calls}\n`);
    const answer = JSON.parse(await this.#line()) as Answer & { error?: string };
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  close(): void {
    this.#child.kill();
  }
}

/** How to run an adapter, or any program that serves as one. */
export type Command = { readonly command: string; readonly args: readonly string[] };

/** Starts an adapter on a job; a text says why it cannot run. */
export async function start({ command, args }: Command, job: string, folder: string): Promise<Peer | string> {
  const environment = { ...process.env, ...ENVIRONMENT };
  const child = spawn(command, [...args, job, folder], { env: environment, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => undefined); // it has ended: `round` says so
  const line = linesOf(child, args.at(-1)!);
  try {
    const hello = JSON.parse(await line()) as Hello;
    if (hello.name !== undefined) return new Peer(hello, child, line);
    child.kill();
    return hello.missing ?? "does not say why";
  } catch (error) {
    child.kill();
    return error instanceof Error ? error.message : String(error);
  }
}

/** The interpreters behind the names: `python3` may be a script that looks for one. */
function pythons(): string[] {
  const found = PYTHONS.flatMap((name) => {
    try {
      return [execFileSync(name, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8", stdio: "pipe" }).trim()];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

/** Adapters by file name, each with the commands to try. */
export type Adapters = ReadonlyMap<string, readonly Command[]>;

/** @throws Error where there are no adapters */
export function findAdapters(home = resolve("bench/peers")): Adapters {
  if (!existsSync(home)) throw new Error(`bench: the peers' adapters are not in ${home}: run it in a clone of the repository`);
  const interpreters = pythons();
  const files = readdirSync(home).filter((name) => /\.(mjs|py)$/.test(name));
  return new Map(
    files.map((file) => {
      const commands = file.endsWith(".py") ? interpreters : [process.execPath];
      return [file, commands.map((command) => ({ command, args: [join(home, file)] }))];
    }),
  );
}

/** Folders that go when this process does. */
const folders: string[] = [];

function temporaryFolder(): string {
  if (folders.length === 0)
    process.once("exit", () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  const folder = mkdtempSync(join(tmpdir(), "nabla-bench-"));
  folders.push(folder);
  return folder;
}

/** Writes what a job hands over into a new folder, which goes when this process does. */
export function handOver({ name, settings, given }: Pick<Job, "name" | "settings" | "given">): string {
  const folder = temporaryFolder();
  const tensors: Record<string, { dtype: string; shape: readonly number[]; offset: number }> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [key, { shape, data }] of Object.entries(given())) {
    const dtype = data instanceof Float32Array ? "f32" : data instanceof Int32Array ? "i32" : "u8";
    tensors[key] = { dtype, shape, offset };
    const padding = -data.byteLength & 3; // views of numbers begin at multiples of 4
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), new Uint8Array(padding));
    offset += data.byteLength + padding;
  }
  writeFileSync(join(folder, "job.json"), JSON.stringify({ job: name, ...settings, tensors }));
  writeFileSync(join(folder, "given.bin"), Buffer.concat(parts));
  return folder;
}

function caseOf(peer: Peer, { of, check }: Job): Case {
  const { unit, work, flop, items } = of;
  return {
    ...{ unit, work, reference: of.name, by: peer.name, optional: true },
    ...(flop && { flop }),
    ...(items && { items }),
    name: `${of.name}: ${peer.name}`,
    setup() {
      let answer: Answer | null = null;
      return {
        async sample(calls) {
          answer = await peer.round(calls);
          return answer;
        },
        poison: () => {
          answer = null;
        },
        check() {
          if (!answer) throw new Error("has not answered");
          check(answer, peer.differs === undefined);
        },
        close: () => peer.close(),
      };
    },
  };
}

/** Peers that run, as cases. They are to be closed whatever happens: a process of theirs would keep this one alive. */
export type Peers = { readonly cases: readonly Case[]; close(): void };

/** Starts an adapter by the first of its commands that works; a text says why none does. */
export async function startFirst(commands: readonly Command[], job: string, folder: string): Promise<Peer | string> {
  let found: Peer | string = "needs Python";
  for (const command of commands) {
    found = await start(command, job, folder);
    if (found instanceof Peer) break;
  }
  return found;
}

/** An adapter has no such job: not worth a line. */
export const NO_SUCH_JOB = "has no such job";

/** Starts the peers that are installed and have such a job; `note` is told of those that should run and do not. */
export async function startPeers(adapters: Adapters, jobs: readonly Job[], note: (line: string) => void): Promise<Peers> {
  const cases: Case[] = [];
  const running: Peer[] = [];
  for (const job of jobs) {
    const folder = handOver(job);
    const started = [...adapters].map(async ([file, commands]) => ({ file, peer: await startFirst(commands, job.name, folder) }));
    for (const { file, peer } of await Promise.all(started)) {
      if (peer instanceof Peer) {
        running.push(peer);
        cases.push(caseOf(peer, job));
      } else if (peer !== NO_SUCH_JOB) note(`${job.of.name}: ${file}: ${peer}`);
    }
  }
  return {
    cases,
    close: () => {
      for (const peer of running) peer.close();
    },
  };
}
