/** Numbers for the kernel tests, and how their results are compared. */
import { expect } from "vitest";

/** Uniform in [-1, 1), by a linear congruential generator: the tests need its bits to be the same everywhere, no more. */
export function uniform(length: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Whole numbers of −limit … limit, on which f32 arithmetic is exact. */
export const integers = (length: number, seed: number, limit = 4) => uniform(length, seed).map((x) => Math.round(limit * x));

/** Odd places to cut `items` at: an element, a third, just over a half, one before the end. */
export function oddCuts(items: number): number[] {
  const places = [1, Math.floor(items / 3), Math.floor(items / 2) + 1, items - 1];
  return [...new Set(places)].filter((p) => p > 0 && p < items).sort((a, b) => a - b);
}

/** Equal to the last bit, where every NaN equals every other. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; ++i) {
    if (!Object.is(actual[i], expected[i])) expect.fail(`at ${i}: ${actual[i]}, not ${expected[i]}`);
  }
}

/** Within the tolerance of each element; NaN and ±∞ match only themselves. */
export function expectWithin(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: (i: number) => number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  let message = "";
  for (let i = 0; i < actual.length; ++i) {
    if (Object.is(actual[i], expected[i])) continue;
    const times = Math.abs(actual[i]! - expected[i]!) / tolerance(i);
    if (times <= worst) continue;
    worst = Number.isNaN(times) ? Number.POSITIVE_INFINITY : times;
    message = `at ${i}: ${actual[i]}, not ${expected[i]}: ${times.toPrecision(3)} times the tolerance`;
    if (worst === Number.POSITIVE_INFINITY) break;
  }
  if (worst > 1) expect.fail(message);
}
