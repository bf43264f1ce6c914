/** Where a training's batches come from: rows at hand, or a stream. The training loop knows both by this alone. */
import { tensorFor } from "../graph/from.ts";
import { writeState } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather } from "../ops/gather.ts";
import { Stream } from "../ops/random.ts";
import { type Dataset, rowsOf } from "./dataset.ts";
import { mapRows, type NamedDataset, type Rows } from "./rows.ts";

/** Rows that are learnt from together, as arguments of the compiled step. */
export type Portion = { readonly rows: number; readonly inputs: readonly unknown[] };

export interface Feed {
  /** Rows of an epoch; NaN where only the stream knows. */
  readonly rows: number;
  /** Batches of an epoch; Infinity where only the stream knows. */
  readonly batches: number;
  /** What must be the same for a training to go on as if it had never stopped. */
  readonly plan: Readonly<Record<string, unknown>>;
  /** What the order of the next epoch follows from, besides its number. */
  order(): Int32Array<ArrayBuffer>;
  /** Begins an epoch at one of its batches, in the order that follows from what `order` gave before it. */
  begin(epoch: number, batch: number, order: Int32Array<ArrayBuffer>): void;
  /** The next batch; null after the last. */
  next(): Portion | null | Promise<Portion | null>;
  /** Leaves an epoch, at its end or before. */
  leave?(): void;
  /** The batch that a portion's inputs stand for, in a compiled step as outside. */
  batchOf(inputs: readonly unknown[]): NamedDataset;
  /** Where a row of a portion stands, for messages. */
  place(portion: Portion, row: number): string;
}

/** What `fit` is asked that depends on how batches come. */
export type Asked = {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly shuffle?: boolean;
  readonly classWeight?: unknown;
  readonly validation?: unknown;
  readonly metrics?: object;
  readonly checkpoint?: object;
};

/** Batches that come in their own time. */
export interface BatchStream extends Pick<Dataset, "classes" | "preparation"> {
  /** What data sets have, and streams have in their batches. */
  readonly y?: Rows;
  readonly weight?: Tensor;
  /** @throws ValueError where `fit` is asked what the stream cannot do */
  check(asked: Asked): void;
  /** What a training takes its batches from. */
  readonly feed: Feed;
  /** An epoch's batches, from one of them on. */
  pass(epoch: number, from?: number): AsyncIterable<NamedDataset>;
  /** All batches of the first epoch as one data set. */
  gathered(): Promise<NamedDataset>;
}

export function isStream(data: object): data is BatchStream {
  return "pass" in Object(data);
}

/** Rows at hand; the compiled step itself gathers a batch by their numbers. */
export function residentFeed(data: NamedDataset, batchSize: number, shuffle: boolean, seed: number): Feed {
  const random = new Stream(seed, "fit");
  const n = rowsOf(data);
  let rows = Int32Array.from({ length: n }, (_, row) => row);
  let start = 0;
  return {
    rows: n,
    batches: Math.ceil(n / batchSize),
    plan: { rows: n, batchSize, shuffle },
    order: () => random.state.data() as Int32Array<ArrayBuffer>,
    begin(_, batch, order) {
      writeState(random.state, order);
      if (shuffle) rows = random.permutation(n).data() as Int32Array<ArrayBuffer>;
      start = batch * batchSize;
    },
    next() {
      const index = rows.subarray(start, (start += batchSize));
      return index.length > 0 ? { rows: index.length, inputs: [index] } : null;
    },
    batchOf([numbers]) {
      const index = tensorFor("fit", numbers as Int32Array);
      const some = (values: Tensor): Tensor => gather(values, index);
      const { x, y, weight } = data;
      return { x: mapRows(x, some), ...(y && { y: mapRows(y, some) }), ...(weight && { weight: some(weight) }) };
    },
    place: ({ inputs: [index] }, row) => `row ${(index as Int32Array)[row]} of the training data`,
  };
}
