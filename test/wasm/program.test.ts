/** How instructions are cut into chunks. */
import { describe, expect, test } from "vitest";
import { grainOf } from "../../src/wasm/program.ts";

const LONG = 1e6;

describe("items of a chunk", () => {
  test("all on one thread, and where an instruction is over before another thread could help", () => {
    expect(grainOf({ items: 50, nanoseconds: LONG, block: 1 }, 1)).toBe(50);
    expect(grainOf({ items: 50, nanoseconds: 15_999, block: 1 }, 2)).toBe(50);
    expect(grainOf({ items: 50, nanoseconds: 16_000, block: 1 }, 2)).toBe(24);
    expect(grainOf({ items: 0, nanoseconds: LONG, block: 1 }, 2)).toBe(1);
  });

  test("four chunks a thread, two where they would be smaller than the kernel's block", () => {
    const chunks = (items: number, block: number) => Math.ceil(items / grainOf({ items, nanoseconds: LONG, block }, 2));
    expect(chunks(40, 1)).toBe(8);
    expect(chunks(64, 18)).toBe(4);
    expect(chunks(128, 18)).toBe(8);
    expect(chunks(4096, 1)).toBe(8);
  });

  test("elements by cache lines, rows by fours, and little is left over", () => {
    expect(grainOf({ items: 100_001, nanoseconds: LONG, block: 1 }, 2) % 16).toBe(0);
    for (let items = 96; items < 500; ++items) {
      const grain = grainOf({ items, nanoseconds: LONG, block: 1 }, 2);
      expect(grain % 4).toBe(0);
      expect(grain * 8).toBeGreaterThan(items - 32);
    }
  });
});
