/** Scalar mathematics against the engine's own, which is exact to a unit in the last place. */
import { expect, test } from "vitest";
import { cos, exp, ln, power } from "../../src/core/math.ts";

const between = (low: number, high: number, count = 2000): number[] =>
  Array.from({ length: count }, (_, i) => low + (((high - low) * (i * 0.6180339887)) % (high - low)));

test("exp", () => {
  for (const x of between(-700, 700)) expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(4e-15 * Math.max(1, Math.abs(x) / 8));
  expect([exp(0), exp(-1e4), exp(1e4), exp(Number.NaN), exp(-Infinity)]).toEqual([1, 0, Infinity, Number.NaN, 0]);
});

test("ln", () => {
  for (const x of between(1e-300, 1e3))
    expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(4e-15 * Math.max(1, Math.abs(Math.log(x))));
  expect([ln(0), ln(1), ln(-1), ln(Infinity)]).toEqual([-Infinity, 0, Number.NaN, Infinity]);
});

test("cos", () => {
  for (const x of between(-200, 200)) expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(4e-14);
  expect([cos(0), cos(Math.PI)]).toEqual([1, -1]);
});

test("power", () => {
  for (const x of between(0.1, 3, 50)) for (const n of [0, 1, 2, 7, 30, 0.5, -1.5]) expect(power(x, n) / x ** n).toBeCloseTo(1, 13);
});
