/** What adapters in JavaScript share: finding the peer, reading the data, answering rounds. The protocol: src/cli/bench/peers.ts. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

export const [job, folder] = process.argv.slice(2);
export const BATCH = 200;
export const RATE = 0.1;
export const MOMENTUM = 0.9;
/** scikit-learn's meaning: alpha over the batch, times the weights, is added to their gradient. */
export const DECAY = 1e-4 / BATCH;

/** Peers are looked for in the folder NABLA_PEERS, then here. */
const origins = [process.env.NABLA_PEERS, "."].filter(Boolean).map((origin) => createRequire(join(resolve(origin), "_")));

export function locate(name) {
  for (const origin of origins) {
    try {
      return origin.resolve(name);
    } catch {
      // Not there; perhaps in the next.
    }
  }
  throw new Error(`${name} is not installed`);
}

export const load = (name) => import(pathToFileURL(locate(name)).href);

function versionOf(name) {
  const path = locate(name);
  const folder = `node_modules/${name}/`;
  const home = path.slice(0, path.lastIndexOf(folder) + folder.length);
  return JSON.parse(readFileSync(`${home}package.json`, "utf8")).version;
}

/** x as numbers from 0 to 1, y as bytes. */
export function readData() {
  const bytes = readFileSync(join(folder, "x.u8"));
  return { x: Float32Array.from(bytes, (byte) => byte / 255), y: readFileSync(join(folder, "y.u8")) };
}

/** Row numbers in another order each time. */
export function shuffled(n) {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; --i) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Rows of a batch side by side. */
export function rowsOf(x, width, index) {
  const rows = new Float32Array(index.length * width);
  for (const [i, row] of index.entries()) rows.set(x.subarray(row * width, (row + 1) * width), i * width);
  return rows;
}

/** Glorot-uniform weights. */
export function glorot(inputs, outputs) {
  const bound = Math.sqrt(6 / (inputs + outputs));
  return Float32Array.from({ length: inputs * outputs }, () => (Math.random() * 2 - 1) * bound);
}

export const XOR = {
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [[0], [1], [1], [0]],
};

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/**
 * Answers rounds until the input ends, on behalf of the library called `title`, which comes from npm's `library`. `jobs[job]()`
 * prepares the job and returns a function that does one round and returns `{ work, loss }`.
 */
export async function serve(title, library, jobs) {
  if (!jobs[job]) return say({ missing: "has no such job" });
  try {
    const name = `${title} ${versionOf(library)}`;
    const round = await jobs[job]();
    say({ name });
    createInterface({ input: process.stdin }).on("line", async () => {
      const start = performance.now();
      const { work, loss } = await round();
      say({ seconds: (performance.now() - start) / 1000, work, loss });
    });
  } catch (error) {
    say({ missing: String(error?.message ?? error).split("\n")[0] });
  }
}
