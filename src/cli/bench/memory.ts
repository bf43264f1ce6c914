/** Peak memory: the most that a process holds which does nothing but one of the training jobs. */
import { type Measured, type Result, summarise } from "./figures.ts";
import type { Case, Watch } from "./harness.ts";
import { type Adapters, type Command, handOver, NO_SUCH_JOB, Peer, startFirst } from "./peers.ts";
import type { Answer, Group, Job } from "./workload.ts";

const BYTES_PER_MB = 2 ** 20;
/** Seconds a process trains, but two rounds at least: memory grows at first only. */
const LONG_ENOUGH = 1;
/** Rounds shorter than this, in seconds, are followed by longer ones. */
const SHORT = 0.1;

/** What a process has said last. */
type Watched = { readonly name: string; readonly exact: boolean; readonly answer: Answer };

/** Trains in a new process; a text says why it cannot. */
async function train(commands: readonly Command[], job: string, folder: string): Promise<Watched | string> {
  const peer = await startFirst(commands, job, folder);
  if (!(peer instanceof Peer)) return peer;
  try {
    const begun = performance.now();
    let calls = 1;
    let answer = await peer.round(calls);
    do {
      if (answer.seconds < SHORT) calls *= 2;
      answer = await peer.round(calls);
    } while (performance.now() - begun < LONG_ENOUGH * 1000);
    return { name: peer.name, exact: peer.differs === undefined, answer };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    peer.close();
  }
}

function caseOf(job: Job, by: string | null): Case {
  const name = `${job.of.name}: peak memory`;
  return {
    name: by === null ? name : `${name}: ${by}`,
    unit: "MB",
    work: 1,
    ...(by !== null && { by, reference: name }),
    setup: () => {
      throw new Error("is not timed");
    },
  };
}

/**
 * Peak memory of one job, nabla first, then whoever else can.
 *
 * @param self how to run nabla as an adapter
 * @param times processes of nabla's; the others' are started once
 * @throws Error when nabla's training fails
 */
export async function measureMemory(
  { jobs }: Group,
  title: string,
  self: Command,
  adapters: Adapters,
  times: number,
  { progress, note }: Watch,
): Promise<Result[]> {
  const measured: Measured[] = [];
  for (const job of jobs) {
    const folder = handOver(job);
    const own: number[] = [];
    for (let i = 0; i < times; ++i) {
      progress?.(i / times, title);
      const found = await train([self], job.name, folder);
      if (typeof found === "string") throw new Error(`${title}: ${found}`);
      own.push((found.answer.rss ?? Number.NaN) / BYTES_PER_MB);
    }
    measured.push({ of: caseOf(job, null), seconds: own });
    for (const [file, commands] of adapters) {
      progress?.(1, file);
      const found = await train(commands, job.name, folder);
      if (typeof found === "string") {
        if (found !== NO_SUCH_JOB) note?.(`${title}: ${file}: ${found}`);
      } else measured.push({ of: caseOf(job, found.name), seconds: [(found.answer.rss ?? Number.NaN) / BYTES_PER_MB] });
    }
  }
  return summarise(measured);
}
