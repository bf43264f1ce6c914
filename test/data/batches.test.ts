import { describe, expect, test } from "vitest";
import {
  type Batch,
  type BatchOptions,
  type BatchState,
  batches,
  type Dataset,
  type RowSource,
  type StreamRow,
  tensor,
} from "../../src/index.ts";

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const data: Dataset = { x: tensor(count(10).map((i) => [i, -i])), y: tensor(count(10)), weight: tensor(count(10)) };

function* rows(n: number): Generator<StreamRow> {
  for (const i of count(n)) yield { x: [i, -i], y: i };
}

async function* slowRows(n: number): AsyncGenerator<StreamRow> {
  for (const row of rows(n)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield row;
  }
}

/** Targets, batch by batch. */
async function all(source: Dataset | RowSource, options: BatchOptions): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { y } of batches(source, options)) found.push([...y.data()]);
  return found;
}

const sources: Readonly<Record<string, Dataset | RowSource>> = {
  "a data set": data,
  "an array of rows": [...rows(10)],
  "a generator": () => rows(10),
  "an asynchronous generator": () => slowRows(10),
};

describe.each(Object.entries(sources))("%s", (_, source) => {
  test("gives every row once an epoch, each epoch in another order, the same for the same seed", async () => {
    const found = await all(source, { batchSize: 4, repeat: 2, seed: 1 });
    expect(found.map(({ length }) => length)).toEqual([4, 4, 2, 4, 4, 2]);
    const [first, second] = [found.slice(0, 3).flat(), found.slice(3).flat()];
    for (const epoch of [first, second]) expect([...epoch].sort((a, b) => a - b)).toEqual(count(10));
    expect(first).not.toEqual(second);
    expect(await all(source, { batchSize: 4, repeat: 2, seed: 1 })).toEqual(found);
    expect(await all(source, { batchSize: 4, repeat: 2, seed: 2 })).not.toEqual(found);
  });

  test("keeps its order where it is not shuffled", async () => {
    expect(await all(source, { batchSize: 4, shuffle: false })).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]); // biome-ignore format: one line
  });

  test.each([0, 1, 3, 5, 6])("goes on from batch %d as if it had never stopped", async (stop) => {
    const noisy = (batch: Batch, { stream }: { stream: { uniform(shape: readonly number[]): typeof batch.y } }): Batch => ({
      ...batch,
      y: batch.y.add(stream.uniform(batch.y.shape)),
    });
    const options: BatchOptions = { batchSize: 4, repeat: 2, seed: 3, map: noisy as NonNullable<BatchOptions["map"]>, prefetch: 2 };
    const whole = await all(source, options);
    const run = batches(source, options);
    const before: number[][] = [];
    let state: BatchState = run.state();
    if (stop > 0) {
      for await (const { y } of run) {
        before.push([...y.data()]);
        state = run.state();
        if (before.length === stop) break;
      }
    }
    expect([...before, ...(await all(source, { ...options, from: JSON.parse(JSON.stringify(state)) }))]).toEqual(whole);
  });
});

test("rows keep together: inputs, targets, weights", async () => {
  for await (const { x, y, weight } of batches(data, { batchSize: 3, seed: 1 })) {
    expect(weight!.data()).toEqual(y.data());
    expect([...x.data()].filter((_, i) => i % 2 === 0)).toEqual([...y.data()]);
  }
});

test("batches are made ahead, and no more of them than asked for", async () => {
  let made = 0;
  const counting = (): Iterable<StreamRow> => [...rows(20)].map((row) => row).values();
  const map = (batch: Batch): Batch => {
    made += 1;
    return batch;
  };
  for await (const _ of batches(counting, { batchSize: 2, prefetch: 3, map })) break;
  expect(made).toBeLessThanOrEqual(5);
});

test("an error of the source or of map reaches the loop", async () => {
  const broken = function* (): Generator<StreamRow> {
    yield { x: [1], y: 1 };
    throw new Error("no more");
  };
  await expect(all(() => broken(), { batchSize: 1, shuffle: false })).rejects.toThrow("no more");
  const map = (): Batch => {
    throw new Error("cannot");
  };
  await expect(all(data, { map })).rejects.toThrow("cannot");
});

test.each([{ batchSize: 0 }, { repeat: 0.5 }, { prefetch: -1 }, { buffer: 0 }])("%o is refused", (options) => {
  expect(() => batches(data, options)).toThrow(/ValueError|whole number/);
});
