/** Small data sets with known answers, the same at every run. */
import { type Dataset, tensor } from "../../src/index.ts";

/** Numbers in [0, 1): the linear congruential generator of Numerical Recipes. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Points around `classes` corners of a square of side 2: a linear network tells them apart. */
export function blobs(n: number, classes = 3, seed = 1): Dataset {
  const next = generator(seed);
  const centres = [
    [-1, -1],
    [1, -1],
    [0, 1],
    [1, 1],
  ];
  const labels = Array.from({ length: n }, (_, i) => i % classes);
  const x = labels.map((label) => centres[label]!.map((centre) => centre + (next() - 0.5) * 0.8));
  return { x: tensor(x), y: tensor(Int32Array.from(labels)) };
}

/** y = 2a − 3b + 1 without noise. */
export function plane(n: number, seed = 2): Dataset {
  const next = generator(seed);
  const rows = Array.from({ length: n }, () => [next() * 2 - 1, next() * 2 - 1] as const);
  return { x: tensor(rows), y: tensor(rows.map(([a, b]) => 2 * a - 3 * b + 1)) };
}
