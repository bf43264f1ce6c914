/** nabla as an adapter of its own benchmark: a process that does one training job, so that its memory can be told. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Dataset, tensor } from "../../index.ts";
import { peakMemory } from "./machine.ts";
import { NO_SUCH_JOB } from "./peers.ts";
import { trainGroups } from "./train/index.ts";

type Tensors = Record<string, { dtype: string; shape: number[]; offset: number }>;

/** The rows that were handed over, where there are any. */
function dataIn(folder: string): Dataset | null {
  const { tensors } = JSON.parse(readFileSync(join(folder, "job.json"), "utf8")) as { tensors: Tensors };
  const { x, y } = tensors;
  if (x?.dtype !== "u8" || y?.dtype !== "u8") return null;
  const bytes = readFileSync(join(folder, "given.bin"));
  const read = ({ shape, offset }: Tensors[string]) =>
    tensor(new Uint8Array(bytes.subarray(offset, offset + shape.reduce((product, size) => product * size, 1))), { shape });
  return { x: read(x), y: read(y).cast("i32") };
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Answers rounds until the input ends; the protocol is that of other libraries' adapters. */
export async function serveJob(job: string, folder: string): Promise<void> {
  const groups = trainGroups(dataIn(folder), { rounds: 1, sample: 0 });
  const own = groups.find(({ jobs }) => jobs.some(({ name }) => name === job))?.cases[0];
  if (!own) return say({ missing: NO_SUCH_JOB });
  const prepared = await own.setup();
  say({ name: "nabla" });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const sample = await prepared.sample(Number(line));
      say({ ...sample, rss: peakMemory() });
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}
