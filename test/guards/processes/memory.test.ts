import { describe, expect, test } from "vitest";
import { GOLDEN } from "../job.ts";
import { runProgram } from "./programs.ts";

const MB = 2 ** 20;

describe("memory", () => {
  test("of a synchronous loop of eager ops is bounded, with nothing done to free it", async () => {
    const { result } = await runProgram<{ value: number; wasm: number; rss: number }>("eager");
    expect(result.value).toBe(20_001);
    expect(result.wasm).toBeLessThanOrEqual(256 * MB);
    expect(result.rss).toBeLessThanOrEqual(512 * MB);
  });

  test("of a synchronous loop over what a compiled function returns is bounded", async () => {
    const { result } = await runProgram<{ value: number; wasm: number; rss: number }>("results");
    expect(result.value).toBe(2001);
    expect(result.wasm).toBeLessThanOrEqual(256 * MB);
    expect(result.rss).toBeLessThanOrEqual(768 * MB);
  });

  test("of compiled steps does not grow", async () => {
    type Use = { wasm: number; used: number; heap: number; rss: number };
    const { result } = await runProgram<{ loss: number; warm: Use; end: Use }>("steps");
    const { loss, warm, end } = result;
    expect(loss).toBeLessThan(0.01);
    expect(end.wasm).toBe(warm.wasm);
    expect(end.used).toBe(warm.used);
    expect(end.heap - warm.heap).toBeLessThan(MB);
    expect(end.rss - warm.rss).toBeLessThan(32 * MB); // what the collector keeps for new objects comes and goes
  });

  test("above 2 GiB is addressed as it is below", async () => {
    const { result } = await runProgram<{ hash: string; lowest: number; total: number; last: number; twice: number[] }>("above", {
      NABLA_MATH: "strict",
      NABLA_THREADS: "2",
    });
    expect(result.lowest).toBeGreaterThanOrEqual(2 ** 31);
    expect(result.hash).toBe(GOLDEN);
    expect(result.last).toBe(99_999);
    expect(result.twice).toEqual(Array.from({ length: 100 }, (_, i) => 2 * i));
    expect(Math.abs(result.total / (99_999 * 100_000) - 1)).toBeLessThan(100_000 * 2 ** -24);
  });

  test("that is exhausted is told by call and remedy, and work goes on", async () => {
    const { result } = await runProgram<Record<string, unknown>>("exhaust");
    expect(result).toMatchInlineSnapshot(`
      {
        "again": {
          "ones": 1048576,
          "outer": 100000000,
        },
        "bytes": 4294901760,
        "compiled": "MemoryError: compile: WASM memory is exhausted: 400137664 bytes wanted; got … of … bytes in use — try smaller batches or a smaller data set",
        "eager": "MemoryError: full: WASM memory is exhausted: 4194304 bytes wanted; got … of … bytes in use — try smaller batches or a smaller data set",
        "leaked": 0,
        "whileFull": 10000,
      }
    `);
  });
});
