/** How tensors are compared: a tolerance that the caller derives, or to the last bit. */
import { expect } from "vitest";
import type { Tensor } from "../../src/graph/tensor.ts";
import { type Array64, indexOf } from "./reference.ts";

function place(shape: readonly number[], i: number): string {
  return `[${indexOf(shape, i).join(", ")}]`;
}

/** What is wrong with `actual`, or null: shape, then the worst element. NaN and ±∞ match only themselves. */
export function mismatch(
  actual: Pick<Array64, "shape"> & { data: ArrayLike<number> },
  expected: Array64,
  tolerance: (i: number) => number,
): string | null {
  if (`${actual.shape}` !== `${expected.shape}`) return `shape [${actual.shape.join(", ")}], not [${expected.shape.join(", ")}]`;
  let worst = 1;
  let found: string | null = null;
  for (const [i, value] of expected.data.entries()) {
    const got = actual.data[i]!;
    if (got === value || (Number.isNaN(got) && Number.isNaN(value))) continue;
    const finite = Number.isFinite(got) && Number.isFinite(value);
    const times = finite ? Math.abs(got - value) / tolerance(i) : Infinity;
    if (times <= worst) continue;
    worst = times;
    found = `at ${place(expected.shape, i)}: ${got}, not ${value}: ${times.toPrecision(3)} times the tolerance`;
  }
  return found;
}

/** Fails unless the tensor has the reference's shape and, within the tolerance, its numbers. */
export function expectClose(what: string, actual: Tensor, expected: Array64, tolerance: number | ((i: number) => number)): void {
  const wrong = mismatch(
    { shape: actual.shape, data: actual.data() },
    expected,
    typeof tolerance === "number" ? () => tolerance : tolerance,
  );
  if (wrong) expect.fail(`${what}, ${wrong}`);
}

/** Fails unless both have the same shape, type and bits, where every NaN equals every other. */
export function expectSame(what: string, actual: Tensor, expected: Tensor): void {
  expect(actual.dtype, what).toBe(expected.dtype);
  expect(actual.shape, what).toEqual(expected.shape);
  const [a, b] = [actual.data(), expected.data()];
  for (let i = 0; i < b.length; ++i) {
    if (!Object.is(a[i], b[i])) expect.fail(`${what}, at ${place(expected.shape, i)}: ${a[i]}, not ${b[i]} to the last bit`);
  }
}
