/** Cold start: from the start of a process to the first prediction of an MLP that a file holds. Every sample is a fresh process. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { encodeModel } from "../../index.ts";
import type { Case, Sample } from "./harness.ts";
import { requireLogits } from "./inference.ts";
import { packageFolder } from "./machine.ts";
import { type Adapters, type Command, handOver, NO_SUCH_JOB, Peer, start } from "./peers.ts";
import { mlpLogits } from "./reference.ts";
import { mlp, weightsOf } from "./train/mlp.ts";

export const START = "process start to first prediction, MLP";
/** What starting takes in any case. */
export const EMPTY_PROCESS = "an empty Node process";
const PIXELS = 784;

const EMPTY = `process.stdout.write('{"name":"empty"}\\n{"output":[]}\\n');\n`;

/** What a user writes, and what adapters print: a name, then numbers. */
const program = (library: string): string => `import { readFileSync } from "node:fs";
import { load, predict, tensor } from ${JSON.stringify(library)};

const folder = process.argv.at(-1);
const model = await load(\`\${folder}/net.safetensors\`);
const pixels = new Float32Array(new Uint8Array(readFileSync(\`\${folder}/x.f32\`)).buffer);
const output = [...predict(model, tensor(pixels, { shape: [1, ${PIXELS}] })).data()];
process.stdout.write(\`{"name":"nabla"}\\n\${JSON.stringify({ output })}\\n\`);
`;

type Started = Sample & { readonly output: readonly number[]; readonly name: string };

/** @throws Error when the process ends without its numbers */
async function run(command: Command, folder: string): Promise<Started> {
  const begun = performance.now();
  const peer = await start(command, "start", folder);
  if (!(peer instanceof Peer)) throw new Error(peer);
  try {
    const { output = [] } = await peer.round(1);
    return { seconds: (performance.now() - begun) / 1000, calls: 1, output, name: peer.name };
  } finally {
    peer.close();
  }
}

type Kept = { output: readonly number[] };

function caseOf(
  rest: Omit<Case, "unit" | "work" | "setup">,
  sample: (kept: Kept) => Promise<Sample>,
  check: (kept: Kept) => void,
): Case {
  return {
    ...rest,
    unit: "ms/start",
    work: 1,
    setup() {
      const kept: Kept = { output: [] };
      return {
        sample: () => sample(kept),
        poison: () => {
          kept.output = [Number.NaN];
        },
        check: () => check(kept),
      };
    },
  };
}

/** One after the other, for each of their samples a process. */
async function runKeeping(command: Command, folder: string, kept: Kept): Promise<Sample> {
  const { output, ...sample } = await run(command, folder);
  kept.output = output;
  return sample;
}

const node = (file: string): Command => ({ command: process.execPath, args: [file] });

/** The adapters that can, by the commands that work. */
async function peerCases(
  adapters: Adapters,
  folder: string,
  check: (kept: Kept) => void,
  note: (line: string) => void,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const [file, commands] of adapters) {
    let failure: unknown = new Error("needs Python");
    for (const command of commands) {
      try {
        const { name } = await run(command, folder);
        const rest = { name: `${START}: ${name}`, by: name, reference: START, optional: true };
        cases.push(caseOf(rest, (kept) => runKeeping(command, folder, kept), check));
        failure = null;
        break;
      } catch (error) {
        failure = error;
      }
    }
    const text = failure instanceof Error ? failure.message : String(failure);
    if (failure && text !== NO_SUCH_JOB) note(`${START}: ${file}: ${text}`);
  }
  return cases;
}

/**
 * @param adapters other libraries' adapters; empty without them
 * @param library the module that is imported: the built package's
 */
export async function startCases(
  adapters: Adapters,
  note: (line: string) => void,
  library = pathToFileURL(join(packageFolder(), "dist/index.js")).href,
): Promise<Case[]> {
  const model = mlp();
  const weights = weightsOf(model);
  const pixels = Float32Array.from({ length: PIXELS }, (_, i) => (i % 256) / 255);
  const folder = handOver({ name: "start", settings: {}, given: () => ({ x: { shape: [1, PIXELS], data: pixels }, ...weights }) });
  writeFileSync(join(folder, "net.safetensors"), encodeModel(model));
  writeFileSync(join(folder, "x.f32"), pixels);
  writeFileSync(join(folder, "empty.mjs"), EMPTY);
  writeFileSync(join(folder, "nabla.mjs"), program(library));
  const [empty, own] = [node(join(folder, "empty.mjs")), node(join(folder, "nabla.mjs"))];
  const expected = mlpLogits(pixels, weights);
  const check = ({ output }: Kept): void => requireLogits(output, expected);
  const nothing = ({ output }: Kept): void => {
    if (output.length > 0) throw new Error(`an empty process gave ${output.length} numbers`);
  };
  return [
    caseOf({ name: START }, (kept) => runKeeping(own, folder, kept), check),
    caseOf({ name: EMPTY_PROCESS, by: EMPTY_PROCESS, reference: START }, (kept) => runKeeping(empty, folder, kept), nothing),
    caseOf(
      { name: `${START}, over an empty process` },
      async (kept) => {
        const { seconds } = await run(empty, folder);
        const found = await runKeeping(own, folder, kept);
        return { seconds: found.seconds - seconds, calls: 1 };
      },
      check,
    ),
    ...(await peerCases(adapters, folder, check, note)),
  ];
}
