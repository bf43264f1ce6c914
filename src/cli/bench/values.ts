/** Numbers to measure with, and what they are held to afterwards. */

/** Whole numbers from −2 to 2 in no order: their products are exact in f32, and so are sums of up to 4 million of those. */
export function fillWhole(numbers: Float32Array, seed: number): void {
  let state = seed;
  for (let i = 0; i < numbers.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    numbers[i] = ((state >>> 16) % 5) - 2;
  }
}

/** @throws Error naming the first number that is not right */
export function requireAll(numbers: Float32Array | Float64Array, right: (x: number, i: number) => boolean): void {
  const wrong = numbers.findIndex((x, i) => !right(x, i));
  if (wrong >= 0) throw new Error(`${numbers[wrong]} at ${wrong}`);
}
