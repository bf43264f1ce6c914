/** Seeded numbers for tests of ops: exact in f32, and away from where a function has no derivative. */
import type { Shape } from "../../src/core/shape.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { type Array64, array64 } from "./reference.ts";
import { uniform } from "./values.ts";

export type Range = {
  /** Default −2. */
  low?: number;
  /** Default 2. */
  high?: number;
  /** Points to stay 1/16 away from: kinks and poles. */
  skip?: readonly number[];
  /** Whole numbers only, `high` left out. */
  whole?: boolean;
  /** No two alike, for what chooses the largest. */
  distinct?: boolean;
};

const MARGIN = 1 / 16;

function shuffled(length: number, seed: number): number[] {
  const keys = uniform(length, seed);
  return Array.from({ length }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
}

/** Numbers from `low` to below `high`, each of them an f32. */
export function numbers(
  shape: Shape,
  seed: number,
  { low = -2, high = 2, skip = [], whole = false, distinct = false }: Range = {},
): Array64 {
  const size = sizeOf(shape);
  if (distinct)
    return array64(
      shape,
      shuffled(size, seed).map((place) => Math.fround(low + ((high - low) * (place + 0.5)) / size)),
    );
  const data = Array.from(uniform(size, seed), (u) => {
    const x = low + (u + 1) * 0.5 * (high - low);
    if (whole) return Math.min(Math.floor(x), high - 1);
    const near = skip.find((point) => Math.abs(x - point) < MARGIN);
    return Math.fround(near === undefined ? x : x < near ? near - MARGIN : near + MARGIN);
  });
  return array64(shape, data);
}
