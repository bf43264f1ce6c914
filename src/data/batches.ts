/** Batches of whatever there is to learn from, in an order that a seed chooses, from any place on. */
import { ValueError } from "../core/errors.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";
import { Stream } from "../ops/random.ts";
import { concat, stack } from "../ops/shape.ts";
import { checkData, type Dataset, rowsOf } from "./dataset.ts";
import type { Asked, BatchStream, Feed } from "./feed.ts";
import { orderOf, take } from "./parts.ts";
import type { Preparation } from "./preparation.ts";
import { checkAsked, StreamFeed } from "./stream-feed.ts";

/** Rows that are learnt from together. */
export type Batch = Pick<Dataset, "x" | "y" | "weight">;
/** A row of a stream: numbers, nested arrays, typed arrays or tensors. */
export type StreamRow = { x: TensorLike; y: TensorLike; weight?: TensorLike };
type Flow<T> = Iterable<T> | AsyncIterable<T>;
/** What can be gone through once an epoch: an array, a generator function, a reader; of rows, or with `batchSize: null` of batches. */
export type RowSource = Flow<StreamRow> | ((epoch: number) => Flow<StreamRow>);
/** Where a run of batches stands: the epoch and the batch that come next, from 0. */
export type BatchState = { epoch: number; batch: number };

export type BatchOptions = {
  /** Rows a batch; the last of an epoch may be smaller. Default 32; null: the source gives batches, `{ x, y }` of tensors or arrays [n, …]. */
  batchSize?: number | null;
  /** Batches after which an epoch ends, where the source goes on. Default: none. */
  perEpoch?: number;
  /** Chooses the order. Default 0. */
  seed?: number;
  /** Whether each epoch takes the rows in another order; those of a stream within `buffer` rows. Default true, but for batches as they come. */
  shuffle?: boolean;
  /** Rows of a stream that are shuffled at a time. Default 1024. */
  buffer?: number;
  /** Epochs; `fit` has a number of its own. Default 1; Infinity goes on for ever. */
  repeat?: number;
  /** Changes each batch; what it draws from `stream` is the same each time, wherever one begins. */
  map?: (batch: Batch, context: { stream: Stream; epoch: number; batch: number }) => Batch | Promise<Batch>;
  /** Batches that are made ahead while the last one is used. Default 1. */
  prefetch?: number;
  /** Where to begin: what `state()` said. Default at the beginning. */
  from?: BatchState;
};

type Settled = Required<Omit<BatchOptions, "map" | "from">> & Pick<BatchOptions, "map">;

function settle(options: BatchOptions): Settled {
  const { batchSize = 32, seed = 0, shuffle = batchSize !== null, buffer = 1024, repeat = 1, prefetch = 1, map } = options;
  const { perEpoch = Infinity } = options;
  for (const [name, value, least] of [
    ["batchSize", batchSize ?? 1, 1],
    ["buffer", buffer, 1],
    ["repeat", repeat, 1],
    ["prefetch", prefetch, 0],
    ["perEpoch", perEpoch, 1],
  ] as const) {
    const mayBeEndless = name === "repeat" || name === "perEpoch";
    if (!(value >= least && (Number.isInteger(value) || (mayBeEndless && value === Infinity))))
      throw new ValueError("batches", `${name} is a whole number ≥ ${least}`, String(value));
  }
  return { batchSize, perEpoch, seed, shuffle, buffer, repeat, prefetch, ...(map && { map }) };
}

/** A batch that the source gives as one. */
function given({ x, y, weight }: StreamRow): Batch {
  const whole = (value: TensorLike): Tensor => tensorFor("batches", value);
  return { x: whole(x), y: whole(y), ...(weight !== undefined && { weight: whole(weight) }) };
}

/** Whether nothing is left of a source once it has been gone through: generators, streams of bytes. */
function isUsedUp(source: object): boolean {
  return "next" in source || "getReader" in source;
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

/**
 * A run of batches. Gone through once; `state` says where it stands, and `batches(data, { from: state })` goes on from there. `fit` goes
 * through its source by itself, and leaves its state as it is.
 */
export class Batches implements AsyncIterable<Batch>, BatchStream {
  /** Names of the classes, where a data set has them. */
  readonly classes?: readonly string[];
  /** What made the data set of raw rows. */
  readonly preparation?: Preparation;
  /** Whether its source can be gone through more than once: what a generator has given is gone, what a function of generators gives is not. */
  readonly repeatable: boolean;
  readonly #source: Dataset | RowSource;
  readonly #options: Settled;
  #next: BatchState;
  #used = false;

  constructor(source: Dataset | RowSource, options: BatchOptions) {
    this.#source = source;
    this.#options = settle(options);
    this.#next = { epoch: options.from?.epoch ?? 0, batch: options.from?.batch ?? 0 };
    this.repeatable = typeof source === "function" || !isUsedUp(source);
    if ("x" in source) {
      if (source.classes) this.classes = source.classes;
      if (source.preparation) this.preparation = source.preparation;
    }
  }

  /** What comes next; batches made ahead do not count. */
  state(): BatchState {
    return { ...this.#next };
  }

  /** @throws ValueError where `fit` is asked what the source cannot do */
  check(asked: Asked): void {
    checkAsked(asked, this.repeatable);
  }

  /** What `fit` takes batches from. */
  get feed(): Feed {
    const [source, { batchSize, perEpoch, shuffle, buffer, seed }] = [this.#source, this.#options];
    const rows = "x" in source ? rowsOf(source) : batchSize !== null && Array.isArray(source) ? source.length : Number.NaN;
    const batches = Number.isNaN(rows) ? perEpoch : Math.min(perEpoch, Math.ceil(rows / (batchSize ?? rows)));
    const plan = { rows: Number.isNaN(rows) ? "a stream" : rows, batchSize, perEpoch, shuffle, buffer, "seed of batches": seed };
    return new StreamFeed(this, { rows, batches, plan });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    for (; this.#next.epoch < this.#options.repeat; this.#next = { epoch: this.#next.epoch + 1, batch: 0 }) {
      const { epoch, batch: first } = this.#next;
      for await (const batch of this.pass(epoch, first)) {
        this.#next = { epoch, batch: this.#next.batch + 1 };
        yield batch;
      }
    }
  }

  /** The batches of one epoch, from one of them on. @throws ValueError on the second pass through what is used up by the first */
  async *pass(epoch: number, from = 0): AsyncGenerator<Batch, void, undefined> {
    const { prefetch, perEpoch, map, seed } = this.#options;
    if (this.#used && !this.repeatable)
      throw new ValueError(
        "batches",
        "a generator can be gone through once",
        "another time",
        "batches(() => rows()), which begins anew",
      );
    this.#used = true;
    const made = this.#epoch(epoch, from);
    const ahead: Promise<Batch | null>[] = [];
    let number = from;
    const order = async (place: number, drawn: Promise<IteratorResult<Batch>>): Promise<Batch | null> => {
      const { done, value } = await drawn;
      if (done) return null;
      return map ? map(value, { stream: new Stream(seed, `batches.${epoch}.${place}`), epoch, batch: place }) : value;
    };
    const begin = (): void => {
      const one = number < perEpoch ? order(number++, made.next()) : Promise.resolve(null);
      one.catch(() => {}); // whoever waits for it is told
      ahead.push(one);
    };
    try {
      while (ahead.length <= prefetch) begin();
      for (let batch = await ahead.shift()!; batch; batch = await ahead.shift()!) {
        begin();
        yield batch;
      }
    } finally {
      made.return().catch(() => {}); // the source may close what it has opened; what it then says comes too late
    }
  }

  /** All batches of the first epoch as one data set, which must fit into memory. */
  async gathered(): Promise<Dataset> {
    const found: Batch[] = [];
    for await (const batch of this.pass(0)) found.push(batch);
    if (found.length === 0) throw new ValueError("batches", "needs a batch", "none");
    const weights = found.flatMap(({ weight }) => (weight ? [weight] : []));
    const [x, y] = [concat(found.map((batch) => batch.x)), concat(found.map((batch) => batch.y))];
    return { x, y, ...(weights.length === found.length && { weight: concat(weights) }) };
  }

  async *#epoch(epoch: number, first: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize, shuffle, seed } = this.#options;
    const source = this.#source;
    if ("x" in source) {
      const size = batchSize ?? rowsOf(source);
      const order = orderOf(rowsOf(source), shuffle, seed, `batches.${epoch}`);
      for (let at = first * size; at < order.length; at += size) {
        const { x, y, weight } = take(source, order.subarray(at, at + size));
        yield { x, y, ...(weight && { weight }) };
      }
      return;
    }
    let [rows, number]: [StreamRow[], number] = [[], 0];
    const batch = (): Batch => (batchSize === null ? given(rows[0]!) : gathered(rows));
    for await (const row of this.#rows(source, epoch)) {
      rows.push(row);
      if (rows.length < (batchSize ?? 1)) continue;
      if (number++ >= first) yield batch();
      rows = [];
    }
    if (rows.length > 0 && number >= first) yield batch();
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
