import { ValueError } from "./errors.ts";

/** Two 32-bit words: the key of a stream of random numbers. */
export type Key = readonly [number, number];

/** The finaliser of MurmurHash3 (Appleby, 2011): every input bit changes about half of the output's. */
function mix(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * The key that belongs to a seed and a path such as `blocks.0.weight`: what is drawn for one path does not depend on what else a
 * model holds.
 *
 * @throws ValueError unless `seed` is a whole number from 0 to 2⁵³ − 1
 */
export function keyOf(where: string, seed: number, path: string): Key {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ValueError(where, "a seed is a whole number from 0 to 2^53 − 1", String(seed));
  let a = mix(seed >>> 0) ^ 0x9e3779b9;
  let b = mix(Math.floor(seed / 0x100000000) ^ 0x7f4a7c15);
  for (let i = 0; i < path.length; ++i) {
    const unit = path.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = mix(b + unit + i);
  }
  return [mix(a ^ path.length), mix(b ^ a)];
}
