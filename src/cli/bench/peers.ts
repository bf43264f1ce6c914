/**
 * Other libraries on the same work: adapters in a clone's `bench/peers`, each a process of its own that sleeps until it is its turn.
 *
 * An adapter is called with a job and a folder. It prints `{ name }` when it is ready, or `{ missing }` and ends where it cannot run.
 * For each line it reads it does one round and prints `{ seconds, work, loss }`: the time of the round, how many epochs or steps that
 * were, and the loss at their end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Dataset } from "../../data/dataset.ts";
import type { Case, Unit } from "./harness.ts";
import { checkFall, checkLosses, EPOCH, XOR } from "./steps.ts";

type Job = { readonly name: string; readonly reference: string; readonly unit: Unit; check(losses: readonly number[]): void };

const jobs: readonly Job[] = [
  { name: "mnist", reference: EPOCH, unit: "s/epoch", check: checkLosses },
  { name: "xor", reference: XOR, unit: "steps/s", check: (losses) => checkFall(losses[0]!, losses.at(-1)!) },
];

/** One thread each, and nothing left behind in the clone. */
const ENVIRONMENT = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" };
/** `python3` on the path may be one without the packages that the system's has. */
const PYTHONS = ["python3", "/usr/bin/python3"];

type Round = { seconds: number; work: number; loss: number };

/** A running adapter. */
class Peer {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(name: string, child: ChildProcess, answers: AsyncIterator<string>) {
    this.name = name;
    this.#child = child;
    this.#answers = answers;
  }

  async round(): Promise<Round> {
    this.#child.stdin!.write("\n");
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} has ended`);
    return JSON.parse(value) as Round;
  }

  close(): void {
    this.#child.kill();
  }
}

function say(text: unknown): string {
  return text instanceof Error ? text.message : String(text);
}

/** Starts an adapter; a text says why it cannot run. */
async function start(command: string, file: string, job: string, folder: string): Promise<Peer | string> {
  const child = spawn(command, [file, job, folder], { env: { ...process.env, ...ENVIRONMENT }, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => undefined); // it has ended: `round` says so
  const failure = new Promise<string>((settle) => child.once("error", (error) => settle(say(error))));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await Promise.race([failure, answers.next()]);
  if (typeof first === "string") return first;
  if (first.done) return "ended without a word";
  const { name, missing } = JSON.parse(first.value) as { name?: string; missing?: string };
  return name === undefined ? (missing ?? "does not say why") : new Peer(name, child, answers);
}

async function find(file: string, job: string, folder: string): Promise<Peer | string> {
  let found: Peer | string = "";
  for (const command of file.endsWith(".py") ? PYTHONS : [process.execPath]) {
    found = await start(command, file, job, folder);
    if (found instanceof Peer) break;
  }
  return found;
}

function caseOf(peer: Peer, { reference, unit, check }: Job): Case {
  return {
    name: `${reference}: ${peer.name}`,
    unit,
    work: 1,
    reference,
    setup() {
      const losses: number[] = [];
      return {
        async sample() {
          const { seconds, work, loss } = await peer.round();
          losses.push(loss);
          return { seconds, calls: work };
        },
        poison: () => losses.push(Number.NaN),
        check: () => check(losses),
      };
    },
  };
}

/** The rows as plain bytes, for adapters in any language. */
function writeData({ x, y }: Dataset, folder: string): void {
  writeFileSync(join(folder, "x.u8"), x.data());
  writeFileSync(join(folder, "y.u8"), Uint8Array.from(y.data()));
}

/** Peers that run, as cases. They are to be closed whatever happens: a process of theirs would keep this one alive. */
export type Peers = { readonly cases: readonly Case[]; close(): void };

/**
 * Starts the peers that are installed; `note` is told of the others.
 *
 * @param data the main job's training rows, or null to leave that job out
 * @throws Error where there are no adapters
 */
export async function startPeers(
  data: Dataset | null,
  wanted: (name: string) => boolean,
  note: (line: string) => void,
  home = resolve("bench/peers"),
): Promise<Peers> {
  if (!existsSync(home)) throw new Error(`bench: the peers' adapters are not in ${home}: run it in a clone of the repository`);
  const folder = mkdtempSync(join(tmpdir(), "nabla-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (data) writeData(data, folder);
  const cases: Case[] = [];
  const running: Peer[] = [];
  for (const job of jobs) {
    if (!wanted(job.reference) || (job.name === "mnist" && !data)) continue;
    for (const file of readdirSync(home).filter((name) => /\.(mjs|py)$/.test(name))) {
      const found = await find(join(home, file), job.name, folder);
      if (found instanceof Peer) {
        running.push(found);
        cases.push(caseOf(found, job));
      } else note(`${file}, ${job.name}: ${found}`);
    }
  }
  return {
    cases,
    close: () => {
      for (const peer of running) peer.close();
    },
  };
}
