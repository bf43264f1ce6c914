/** Whether what is tested on has been seen in training. */
import { Printed } from "../core/printed.ts";
import { sizeOf } from "../core/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Dataset } from "./dataset.ts";
import { Table } from "./table.ts";

/** The rows of a tensor, each as text of its bytes: equal where they are. */
function keysOf(x: Tensor): string[] {
  const data = x.data();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const width = sizeOf(x.shape.slice(1)) * data.BYTES_PER_ELEMENT;
  const decoder = new TextDecoder("latin1");
  return Array.from({ length: x.shape[0] ?? 0 }, (_, row) => decoder.decode(bytes.subarray(row * width, (row + 1) * width)));
}

function rowKeys(data: Dataset | Table): string[] {
  if (data instanceof Table) return data.records().map((row) => JSON.stringify(data.names.map((name) => row[name])));
  return keysOf(data.x);
}

/** Rows that stand on both sides; prints as a sentence. */
export class LeakReport extends Printed {
  /** Pairs of row numbers, from 0: `[train, test]`, a pair for each test row that training has too. */
  readonly shared: readonly (readonly [train: number, test: number])[];
  /** How many rows are tested. */
  readonly rows: number;
  /** Whether the test set's preparation has learnt from rows of the test set. */
  readonly preparedOnTest: boolean;

  constructor(shared: readonly (readonly [number, number])[], rows: number, preparedOnTest: boolean) {
    super();
    this.shared = shared;
    this.rows = rows;
    this.preparedOnTest = preparedOnTest;
  }

  override toString(): string {
    const first = this.shared
      .slice(0, 3)
      .map(([train, test]) => `test row ${test} = training row ${train}`)
      .join(", ");
    const found = [
      ...(this.shared.length > 0
        ? [`${this.shared.length} of ${this.rows} test rows stand in the training set too: ${first}`]
        : []),
      ...(this.preparedOnTest ? ["the preparation has learnt from rows of the test set: fit it on training rows alone"] : []),
    ];
    return found.length > 0 ? found.join("; ") : "no leak found: no test row stands in the training set";
  }
}

/**
 * Looks for rows that stand in both sets (their inputs equal to the last bit; whole rows of tables), and for a preparation that has
 * learnt from the test set. Warns on the console where it finds some.
 *
 * @param train what is trained on  @param test what is tested on: both data sets, or both tables
 * @example checkLeaks(train, test).shared.length // 0
 */
export function checkLeaks<Data extends Dataset | Table>(train: Data, test: Data): LeakReport {
  const seen = new Map<string, number>();
  for (const [row, key] of rowKeys(train).entries()) if (!seen.has(key)) seen.set(key, row);
  const keys = rowKeys(test);
  const shared = keys.flatMap((key, row) => (seen.has(key) ? [[seen.get(key)!, row] as const] : []));
  const preparation = test instanceof Table ? undefined : test.preparation;
  // Where training and test are of one preparation, rows it saw beyond those of training are the test's.
  const unseen = keys.filter((key) => !seen.has(key));
  const preparedOnTest =
    test instanceof Table || unseen.length === 0 ? false : (preparation?.saw?.(test.x) ?? 0) > keys.length - unseen.length;
  const report = new LeakReport(shared, keys.length, preparedOnTest);
  if (shared.length > 0 || preparedOnTest) console.warn(`checkLeaks: ${report}`);
  return report;
}

/** @internal What of `x` stands among rows remembered. */
export class SeenRows {
  readonly #keys: ReadonlySet<string>;

  constructor(x: Tensor) {
    this.#keys = new Set(keysOf(x));
  }

  count(x: Tensor): number {
    return keysOf(x).filter((key) => this.#keys.has(key)).length;
  }
}
