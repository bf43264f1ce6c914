/**
 * Reads files that have been changed at random, and looks for anything but an answer or an error of the library: traps, hangs, memory
 * that runs away.
 *
 *     node bench/fuzz.ts [bytes in all, default 10000000] [seed, default 1]
 */
import { targets } from "../test/support/fuzz-targets.ts";
import { fuzz } from "../test/support/mutate.ts";

const [bytes = 10_000_000, seed = 1] = process.argv.slice(2).map(Number);
const all = await targets();
let total = 0;
for (const target of all) {
  const found = await fuzz(target, bytes / all.length, seed);
  total += found.bytes;
  const { inputs, accepted, refused, slowest } = found;
  console.log(`${target.name}: ${inputs} files, ${accepted} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
}
const { rss } = process.memoryUsage();
console.log(`${total} bytes read; resident at the end ${(rss / 2 ** 20).toFixed(0)} MB`);
