/** A stream's batches as the training loop takes them. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { checkData, rowsOf } from "./dataset.ts";
import type { Asked, BatchStream, Feed, Portion } from "./feed.ts";
import { type NamedDataset, type Rows, tensorsIn } from "./rows.ts";

/** What a stream says of itself beforehand. */
type Known = Pick<Feed, "rows" | "batches" | "plan">;

/** Throws where `fit` is asked what a stream cannot do; `repeatable`: whether it can be gone through more than once. */
export function checkAsked(
  { epochs = 10, batchSize, shuffle, classWeight, validation, metrics, checkpoint }: Asked,
  repeatable: boolean,
): void {
  const refuse = (rule: string, got: string, remedy: string): never => {
    throw new ValueError("fit", rule, got, remedy);
  };
  if (batchSize !== undefined || shuffle !== undefined)
    refuse("a stream has its own batchSize and shuffle", "others", "batches(source, { batchSize, shuffle })");
  if (classWeight !== undefined)
    refuse("a stream does not know its classes beforehand", "classWeight", "a weight in each of its rows, { x, y, weight }");
  if (typeof validation === "number" && validation !== 0)
    refuse(
      "no share of a stream can be set aside",
      `validation: ${validation}`,
      "validation: a data set, a table, or another stream",
    );
  if (Object.keys(metrics ?? {}).length > 0 && (validation === undefined || validation === 0))
    refuse("metrics of a stream need data to be measured on", "metrics", "validation: a data set, a table, or another stream");
  if (repeatable) return;
  const remedy = "batches(() => rows()), a function that begins anew each time";
  if (epochs > 1) refuse("a generator can be gone through once", `${epochs} epochs`, remedy);
  if (checkpoint) refuse("a generator cannot be taken to where a checkpoint was written", "checkpoint", remedy);
}

/** The tensors called `name`, or `name.part`. */
function under(found: readonly (readonly [string, Tensor])[], name: string): Rows | undefined {
  const own = found.filter(([full]) => full === name || full.startsWith(`${name}.`));
  if (own.length === 0) return undefined;
  return own[0]![0] === name ? own[0]![1] : Object.fromEntries(own.map(([full, part]) => [full.slice(name.length + 1), part]));
}

export class StreamFeed implements Feed {
  readonly rows: number;
  readonly batches: number;
  readonly plan: Readonly<Record<string, unknown>>;
  readonly #stream: BatchStream;
  #epoch = 0;
  #batch = 0;
  #running: AsyncIterator<NamedDataset> | null = null;

  constructor(stream: BatchStream, { rows, batches, plan }: Known) {
    this.#stream = stream;
    this.rows = rows;
    this.batches = batches;
    this.plan = plan;
  }

  /** Nothing: a stream's order follows from the epoch's number and the stream's own seed. */
  order(): Int32Array<ArrayBuffer> {
    return new Int32Array(0);
  }

  begin(epoch: number, batch: number): void {
    this.#epoch = epoch;
    this.#batch = batch;
    this.#running = this.#stream.pass(epoch, batch)[Symbol.asyncIterator]();
  }

  /** @throws ValueError where an epoch has no batches, and on a batch that is none */
  async next(): Promise<Portion | null> {
    const { done, value } = await this.#running!.next();
    if (done) {
      if (this.#batch > 0) return null;
      throw new ValueError(
        "fit",
        "every epoch needs a batch",
        `none in epoch ${this.#epoch + 1}`,
        "batches(() => rows()): a function that gives the rows anew for each epoch",
      );
    }
    this.#batch += 1;
    checkData(`fit: batch ${this.#batch} of epoch ${this.#epoch + 1}`, value, false);
    const named = [...tensorsIn(value.x, "x"), ...tensorsIn(value.y, "y"), ...tensorsIn(value.weight, "weight")];
    return { rows: rowsOf(value), inputs: [named.map(([name]) => name).join("\n"), ...named.map(([, part]) => part)] };
  }

  leave(): void {
    void this.#running?.return?.()?.catch(() => {}); // it is over: nobody waits for what its source has to say
  }

  batchOf([names, ...parts]: readonly unknown[]): NamedDataset {
    const found = (names as string).split("\n").map((name, i) => [name, parts[i] as Tensor] as const);
    const [x, y, weight] = [under(found, "x")!, under(found, "y"), under(found, "weight")];
    return { x, ...(y && { y }), ...(weight && { weight: weight as Tensor }) };
  }

  place(_: Portion, row: number): string {
    return `row ${row} of batch ${this.#batch} of epoch ${this.#epoch + 1}`;
  }
}
