/** Using a model: predictions, classes, and how good they are. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { attachedTo, preparationFor } from "../data/attached.ts";
import { checkData, rowsOf } from "../data/dataset.ts";
import { isRaw, type RawRows } from "../data/preparation.ts";
import { mapRows, type NamedDataset, type Rows, tensorsIn } from "../data/rows.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import { isCompiling } from "../graph/record.ts";
import { Tensor } from "../graph/tensor.ts";
import type { Metrics, MetricValues } from "../metrics/metric.ts";
import type { Mode, Model } from "../nn/model.ts";
import { sigmoid } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { concat, slice, unsqueeze } from "../ops/shape.ts";
import { softmax } from "../ops/softmax.ts";
import { evalRows, forwardRows, type Network } from "./forward.ts";
import { lossOf, type Objective } from "./objective.ts";
import { breathe } from "./turn.ts";

/** Rows a call of the compiled forward pass takes at most. */
const BATCH = 1024;

/** Batches of at most `size` rows, in order. */
function* ranges(n: number, size: number): Generator<[from: number, to: number]> {
  for (let from = 0; from < n; from += size) yield [from, Math.min(n, from + size)];
}

/** What a model computes of all rows, some at a time. */
function computed(model: Network, x: Rows): Rows {
  const forward = isCompiling()
    ? (part: Rows) => forwardRows(model, part, "eval")
    : (part: Rows) => evalRows(model, part).predicted;
  const n = rowsOf({ x });
  if (n <= BATCH) return forward(x);
  const parts = [...ranges(n, BATCH)].map(([from, to]) => forward(mapRows(x, (one) => slice(one, from, to))));
  const [first] = parts;
  if (first instanceof Tensor) return concat(parts as Tensor[]);
  const named = parts as Readonly<Record<string, Tensor>>[];
  return Object.fromEntries(Object.keys(first!).map((name) => [name, concat(named.map((part) => part[name]!))]));
}

function isNamed(x: Input): x is Readonly<Record<string, TensorLike>> {
  return typeof x === "object" && Object.getPrototypeOf(x) === Object.prototype;
}

type Input = TensorLike | RawRows | Readonly<Record<string, TensorLike>>;

/** A batch; a flat array, typed or not, is a single row; raw rows are prepared. */
function batchOf(where: string, model: Network, x: TensorLike | RawRows): Tensor {
  if (isRaw(x)) return preparationFor(where, model).inputs(x);
  const given = tensorFor(where, x);
  return given !== x && given.rank === 1 ? unsqueeze(given, 0) : given;
}

/** What the model says, without a last step back to the target's units. */
function outputsOf(where: string, model: Network, x: Input): Rows {
  const input = isNamed(x)
    ? Object.fromEntries(Object.entries(x).map(([name, part]) => [name, batchOf(where, model, part)]))
    : batchOf(where, model, x);
  for (const [name, part] of tensorsIn(input, "x")) {
    if (part.rank === 0 || part.shape[0] !== rowsOf({ x: input }))
      throw new ShapeError(where, "expects a batch of rows", { [name]: part });
  }
  return computed(model, input);
}

/**
 * What the model computes for a batch, in eval mode, compiled, without gradients.
 *
 * @param x a tensor [n, …] or nested arrays of numbers; a flat array of numbers or a typed array is a single row [1, …]; where the model
 *   takes several inputs, those by name; for a model trained on a prepared table, also raw rows, as a table or objects: the prediction is
 *   then in the target's own units
 * @returns a tensor, or what else the model's forward returns: several by name
 * @throws ShapeError when a layer does not take such rows
 * @throws ValueError on raw rows, where the model has no preparation or they do not fit it
 * @example predict(model, [[0, 1], [1, 1]]).data(); predict(model, Float32Array.of(0, 1)).data()
 */
export function predict(model: Model, x: TensorLike | RawRows): Tensor;
export function predict<Y extends Rows>(
  model: { forward(x: never, mode: Mode): Y },
  x: TensorLike | Readonly<Record<string, TensorLike>>,
): Y;
export function predict(model: Network, x: Input): Rows {
  const prediction = outputsOf("predict", model, x);
  return isRaw(x) && prediction instanceof Tensor ? preparationFor("predict", model).outputs(prediction) : prediction;
}

/** The class of one row, its name where the training data told it, how sure the model is, and the probability of every class. */
export type Classification = { label: number; name?: string; confidence: number; probabilities: number[] };

/**
 * Classes of a batch: the largest of softmax(logits), or for models with a single output sigmoid(logit) against one half.
 *
 * @param x as of `predict`
 * @returns one entry a row
 * @example const [{ label, confidence }] = classify(model, row);
 */
export function classify(model: Model, x: TensorLike | RawRows): Classification[] {
  const logits = outputsOf("classify", model, x);
  if (!(logits instanceof Tensor))
    throw new ValueError(
      "classify",
      "needs a model with one output",
      Object.keys(logits).join(", "),
      "predict, and softmax of one",
    );
  const names = attachedTo(model).classes;
  const single = logits.rank === 1 || logits.shape[logits.rank - 1] === 1;
  const scores = (single ? sigmoid(logits) : softmax(logits)).data();
  const n = logits.shape[0]!;
  const classes = single ? 1 : scores.length / n;
  return Array.from({ length: n }, (_, row) => {
    const own = [...scores.slice(row * classes, (row + 1) * classes)];
    const probabilities = single ? [1 - own[0]!, own[0]!] : own;
    const confidence = Math.max(...probabilities);
    const label = probabilities.indexOf(confidence);
    const name = names?.[label];
    return { label, ...(name !== undefined && { name }), confidence, probabilities };
  });
}

export type EvaluateOptions = {
  /** Also measured, as `loss`. */
  loss?: Objective;
  /** Rows at a time. Default 1024. */
  batchSize?: number;
};

/**
 * Measures a model on data, batch by batch. Where rows have a `weight`, the loss is Σ weight · loss / Σ weight; metrics count rows alike.
 *
 * @param data x and y; for a model trained on a prepared table, also raw rows with their targets: numbers are then compared in the
 *   target's own units
 * @param metrics by the names their values shall have: `{ accuracy, confusionMatrix }`
 * @returns the values by name; `loss` among them if asked for
 * @throws ValueError on empty data or x and y of different length
 * @example const { accuracy } = await evaluate(model, test, { accuracy });
 */
export async function evaluate<M extends Metrics>(
  model: Network,
  data: NamedDataset | RawRows,
  metrics: M,
  options: EvaluateOptions & { loss: Objective },
): Promise<MetricValues<M> & { loss: number }>;
export async function evaluate<M extends Metrics>(
  model: Network,
  data: NamedDataset | RawRows,
  metrics: M,
  options?: EvaluateOptions,
): Promise<MetricValues<M>>;
export async function evaluate<M extends Metrics>(
  model: Network,
  data: NamedDataset | RawRows,
  metrics: M,
  options: EvaluateOptions = {},
): Promise<MetricValues<M>> {
  const preparation = isRaw(data) ? preparationFor("evaluate", model) : null;
  const given: NamedDataset = isRaw(data) ? preparation!.transform(data) : data;
  checkData("evaluate", given);
  const { weight } = given;
  const n = rowsOf(given);
  const own = (values: Tensor): Tensor => preparation?.outputs(values) ?? values;
  const running = Object.entries(metrics).map(([name, metric]) => [name, metric.stream()] as const);
  // What is compared in the target's own units is not what the program computes.
  const sums = preparation ? [] : running.flatMap(([, stream]) => stream.sums ?? []);
  let total = 0;
  for (const [from, to] of ranges(n, options.batchSize ?? BATCH)) {
    const some = (rows: Tensor): Tensor => slice(rows, from, to);
    const actual = mapRows(given.y!, some);
    const single = actual instanceof Tensor && sums.length > 0 ? actual : undefined;
    const { predicted, found } = evalRows(model, mapRows(given.x, some), single, single && sums);
    for (const [, stream] of running) {
      const batch = stream.sums && found[stream.sums.key];
      if (batch && stream.sums.take([...batch.data()], to - from)) continue;
      if (!(predicted instanceof Tensor && actual instanceof Tensor))
        throw new ValueError("evaluate", "metrics compare one output with one target", "several", "predict, and a metric of each");
      stream.add({ actual: own(actual), predicted: own(predicted) });
    }
    if (options.loss)
      total += lossOf(options.loss, predicted, { y: actual, ...(weight && { weight: some(weight) }) }).item() * (to - from);
    await breathe();
  }
  const values: Record<string, unknown> = Object.fromEntries(running.map(([name, stream]) => [name, stream.value()]));
  if (options.loss) values.loss = total / (weight ? sum(weight).item() : n);
  return values as MetricValues<M>;
}
