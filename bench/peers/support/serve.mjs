/** What adapters in JavaScript share: finding the peer, reading the job, answering rounds. The protocol: src/cli/bench/peers.ts. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [job, folder] = process.argv.slice(2);
/** Losses of the first steps that are told; src/cli/bench/train/losses.ts. */
const KEPT = 8;

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

export function versionOf(name) {
  const path = locate(name);
  const folder = `node_modules/${name}/`;
  const home = path.slice(0, path.lastIndexOf(folder) + folder.length);
  return JSON.parse(readFileSync(`${home}package.json`, "utf8")).version;
}

const ARRAYS = { f32: Float32Array, i32: Int32Array, u8: Uint8Array };

/** The job's settings, with `given`: numbers by name, each `{ shape, data }`. */
export function readJob() {
  const { tensors, ...settings } = JSON.parse(readFileSync(join(folder, "job.json"), "utf8"));
  const { buffer, byteOffset } = readFileSync(join(folder, "given.bin"));
  const given = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(tensors)) {
    const length = shape.reduce((product, size) => product * size, 1);
    const Numbers = ARRAYS[dtype];
    given[name] = {
      shape,
      data: new Numbers(buffer.slice(byteOffset + offset, byteOffset + offset + length * Numbers.BYTES_PER_ELEMENT)),
    };
  }
  return { ...settings, given };
}

/** Bytes as numbers from 0 to 1. */
export const unit = (bytes) => Float32Array.from(bytes, (byte) => byte / 255);

/** Classes as rows of zeros with a single 1. */
export function oneHot(labels, classes) {
  const rows = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) rows[row * classes + label] = 1;
  return rows;
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

/**
 * [h·w·c, out] for pixels whose channels are the last axis, as [c·h·w, out] for those whose channels are the first. For weights of
 * the dense layer behind a convolution.
 */
export function channelsFirst(data, pixels, channels, outputs) {
  const moved = new Float32Array(data.length);
  for (let p = 0; p < pixels; ++p)
    for (let c = 0; c < channels; ++c)
      for (let o = 0; o < outputs; ++o) moved[(c * pixels + p) * outputs + o] = data[(p * channels + c) * outputs + o];
  return moved;
}

/** Filters [kh, kw, in, out] as [out, in, kh, kw]. */
export function filtersFirst(data, [kh, kw, inputs, outputs]) {
  const moved = new Float32Array(data.length);
  for (let t = 0; t < kh * kw; ++t)
    for (let i = 0; i < inputs; ++i)
      for (let o = 0; o < outputs; ++o) moved[(o * inputs + i) * kh * kw + t] = data[(t * inputs + i) * outputs + o];
  return moved;
}

/** A round of training: `step(number)` does the step of that number, from 0, and returns its loss. */
export function training(step) {
  const losses = [];
  let done = 0;
  return async (calls) => {
    let last = 0;
    for (let i = 0; i < calls; ++i) {
      const loss = step(done++);
      last = loss instanceof Promise ? await loss : loss;
      if (losses.length < KEPT) losses.push(last);
    }
    return { losses, last };
  };
}

/** A round of predictions: `call()` takes numbers and returns numbers, or promises them. */
export function predictions(call) {
  return async (calls) => {
    let output = null;
    for (let i = 0; i < calls; ++i) {
      output = call();
      if (output instanceof Promise) output = await output;
    }
    return { output };
  };
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const textOf = (error) => String(error?.message ?? error).split("\n")[0];

/**
 * The most memory this process has held, in bytes. What `getrusage` tells begins with what the parent held when it forked, so it is
 * taken only where Linux's own figure is not to be had.
 */
function peakMemory() {
  try {
    return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

async function answer(round, calls) {
  try {
    const start = performance.now();
    const { output, ...rest } = await round(calls);
    const seconds = (performance.now() - start) / 1000;
    say({ seconds, calls, rss: peakMemory(), ...rest, ...(output && { output: Array.from(output) }) });
  } catch (error) {
    say({ error: textOf(error) });
  }
}

/**
 * Answers rounds until the input ends, on behalf of the library called `title`, which comes from npm's `library`. `jobs[job](settings)`
 * prepares the job and returns a function that does a round of so many calls: `training(…)`, `predictions(…)`.
 *
 * @param differs in words by job, where its work is not quite what the settings say
 */
export async function serve(title, library, jobs, differs = {}) {
  if (!jobs[job]) return say({ missing: "has no such job" });
  try {
    const name = `${title} ${versionOf(library)}`;
    const round = await jobs[job](readJob());
    say({ name, differs: differs[job] });
    if (job === "start") return await answer(round, 1); // a process for one prediction, which it need not be asked for
    const { createInterface } = await import("node:readline");
    for await (const line of createInterface({ input: process.stdin })) await answer(round, Number(line));
  } catch (error) {
    say({ missing: textOf(error) });
  }
}
