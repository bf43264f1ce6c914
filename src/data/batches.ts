/** Batches of whatever there is to learn from, in an order that a seed chooses, from any place on. */
import { ValueError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";
import { Stream } from "../ops/random.ts";
import { stack } from "../ops/shape.ts";
import { checkData, type Dataset, rowsOf } from "./dataset.ts";
import { orderOf, take } from "./parts.ts";

/** Rows that are learnt from together. */
export type Batch = Pick<Dataset, "x" | "y" | "weight">;
/** A row of a stream: numbers, nested arrays, typed arrays or tensors. */
export type StreamRow = { x: TensorLike; y: TensorLike; weight?: number };
/** What can be gone through once an epoch: an array, a generator function, a reader. */
export type RowSource =
  | Iterable<StreamRow>
  | AsyncIterable<StreamRow>
  | ((epoch: number) => Iterable<StreamRow> | AsyncIterable<StreamRow>);
/** Where a run of batches stands: the epoch and the batch that come next, from 0. */
export type BatchState = { epoch: number; batch: number };

export type BatchOptions = {
  /** Rows a batch; the last of an epoch may be smaller. Default 32. */
  batchSize?: number;
  /** Chooses the order. Default 0. */
  seed?: number;
  /** Whether each epoch takes the rows in another order; those of a stream within `buffer` rows. Default true. */
  shuffle?: boolean;
  /** Rows of a stream that are shuffled at a time. Default 1024. */
  buffer?: number;
  /** Epochs. Default 1; Infinity goes on for ever. */
  repeat?: number;
  /** Changes each batch; what it draws from `stream` is the same each time, wherever one begins. */
  map?: (batch: Batch, context: { stream: Stream; epoch: number; batch: number }) => Batch | Promise<Batch>;
  /** Batches that are made ahead while the last one is used. Default 1. */
  prefetch?: number;
  /** Where to begin: what `state()` said. Default at the beginning. */
  from?: BatchState;
};

type Settled = Required<Omit<BatchOptions, "map" | "from">> & Pick<BatchOptions, "map">;

function settle({ batchSize = 32, seed = 0, shuffle = true, buffer = 1024, repeat = 1, prefetch = 1, map }: BatchOptions): Settled {
  for (const [name, value, least] of [
    ["batchSize", batchSize, 1],
    ["buffer", buffer, 1],
    ["repeat", repeat, 1],
    ["prefetch", prefetch, 0],
  ] as const) {
    if (!(value >= least && (Number.isInteger(value) || (name === "repeat" && value === Infinity))))
      throw new ValueError("batches", `${name} is a whole number ≥ ${least}`, String(value));
  }
  return { batchSize, seed, shuffle, buffer, repeat, prefetch, ...(map && { map }) };
}

/** Rows of a stream as one batch. */
function gathered(rows: readonly StreamRow[]): Batch {
  const all = (values: readonly TensorLike[]): Tensor =>
    values[0] instanceof Tensor ? stack(values as Tensor[]) : tensorFor("batches", values as never);
  const { weight } = rows[0]!;
  return {
    x: all(rows.map(({ x }) => x)),
    y: all(rows.map(({ y }) => y)),
    ...(weight !== undefined && { weight: all(rows.map((row) => row.weight ?? 1)) }),
  };
}

/** A run of batches. Gone through once; `state` says where it stands, and `batches(data, { from: state })` goes on from there. */
export class Batches implements AsyncIterable<Batch> {
  readonly #source: Dataset | RowSource;
  readonly #options: Settled;
  #next: BatchState;

  constructor(source: Dataset | RowSource, options: BatchOptions) {
    this.#source = source;
    this.#options = settle(options);
    this.#next = { epoch: options.from?.epoch ?? 0, batch: options.from?.batch ?? 0 };
  }

  /** What comes next; batches made ahead do not count. */
  state(): BatchState {
    return { ...this.#next };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const { repeat, prefetch, map, seed } = this.#options;
    for (; this.#next.epoch < repeat; this.#next = { epoch: this.#next.epoch + 1, batch: 0 }) {
      const { epoch, batch: first } = this.#next;
      const made = this.#epoch(epoch, first)[Symbol.asyncIterator]();
      const ahead: Promise<Batch | null>[] = [];
      let number = first;
      const order = async (place: number, drawn: Promise<IteratorResult<Batch>>): Promise<Batch | null> => {
        const { done, value } = await drawn;
        if (done) return null;
        return map ? map(value, { stream: new Stream(seed, `batches.${epoch}.${place}`), epoch, batch: place }) : value;
      };
      const begin = (): void => {
        const one = order(number++, made.next());
        one.catch(() => {}); // whoever waits for it is told
        ahead.push(one);
      };
      while (ahead.length <= prefetch) begin();
      for (let batch = await ahead.shift()!; batch; batch = await ahead.shift()!) {
        begin();
        this.#next = { epoch, batch: this.#next.batch + 1 };
        yield batch;
      }
    }
  }

  async *#epoch(epoch: number, first: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize, shuffle, seed } = this.#options;
    const source = this.#source;
    if ("x" in source) {
      const order = orderOf(rowsOf(source), shuffle, seed, `batches.${epoch}`);
      for (let at = first * batchSize; at < order.length; at += batchSize) {
        const { x, y, weight } = take(source, order.subarray(at, at + batchSize));
        yield { x, y, ...(weight && { weight }) };
      }
      return;
    }
    let [rows, number]: [StreamRow[], number] = [[], 0];
    for await (const row of this.#rows(source, epoch)) {
      rows.push(row);
      if (rows.length < batchSize) continue;
      if (number++ >= first) yield gathered(rows);
      rows = [];
    }
    if (rows.length > 0 && number >= first) yield gathered(rows);
  }

  /** Rows of a stream, shuffled a buffer at a time. */
  async *#rows(source: RowSource, epoch: number): AsyncGenerator<StreamRow, void, undefined> {
    const { buffer, shuffle, seed } = this.#options;
    const rows = typeof source === "function" ? source(epoch) : source;
    if (!shuffle) return yield* rows;
    const stream = new Stream(seed, `batches.${epoch}`);
    let held: StreamRow[] = [];
    const mixed = (): StreamRow[] => Array.from(stream.permutation(held.length).data(), (place) => held[place]!);
    for await (const row of rows) {
      held.push(row);
      if (held.length < buffer) continue;
      yield* mixed();
      held = [];
    }
    if (held.length > 0) yield* mixed();
  }
}

/**
 * Batches to go through with `for await`: of a data set, or of a stream of rows that need not fit into memory.
 *
 * Each epoch has another order, a function of seed and epoch alone; so is what `map` draws, of seed, epoch and batch. So a run goes on from
 * any place as if it had never stopped: `batches(data, { …, from: run.state() })`. Of streams, what was before is read again and left out.
 *
 * @param source a data set; or rows `{ x, y }` to iterate over, at once or in their own time, once an epoch; or a function that gives them
 * @throws ValueError on sizes that are no whole numbers
 * @example
 * for await (const { x, y } of batches(train, { batchSize: 64, repeat: 10, seed: 1 })) step(x, y);
 */
export function batches(source: Dataset | RowSource, options: BatchOptions = {}): Batches {
  if (typeof source === "object" && source !== null && "x" in source) checkData("batches", source);
  else if (typeof source !== "function" && !(Symbol.iterator in Object(source) || Symbol.asyncIterator in Object(source)))
    throw new ValueError("batches", "takes a data set, rows to iterate over, or a function that gives them", String(source));
  return new Batches(source, options);
}
