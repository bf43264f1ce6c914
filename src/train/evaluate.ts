/** Using a model: predictions, classes, and how good they are. */
import { ShapeError } from "../core/errors.ts";
import { attachedTo, preparationFor } from "../data/attached.ts";
import { checkData, type Dataset, rowsOf } from "../data/dataset.ts";
import { isRaw, type RawRows } from "../data/preparation.ts";
import { type Compiled, compile } from "../graph/compile.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import { noGrad } from "../graph/op.ts";
import { isCompiling } from "../graph/record.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Metrics, MetricValues } from "../metrics/metric.ts";
import type { Loss } from "../nn/losses/index.ts";
import { initMissing, type Model } from "../nn/model.ts";
import { sigmoid } from "../ops/pointwise.ts";
import { concat, slice, unsqueeze } from "../ops/shape.ts";
import { softmax } from "../ops/softmax.ts";
import { breathe } from "./turn.ts";

type Forward = Compiled<[x: Tensor], Tensor>;
const compiled = new WeakMap<Model, Forward>();

/** The model's compiled forward pass, kept as long as the model. */
function forwardOf(model: Model): Forward {
  let forward = compiled.get(model);
  if (!forward) {
    initMissing(model, undefined);
    const weak = new WeakRef(model); // what is kept for a model must not keep it
    forward = compile((x: Tensor) => noGrad(() => weak.deref()!.forward(x, "eval"))) as Forward;
    compiled.set(model, forward);
  }
  return forward;
}

/** Rows a call of the compiled forward pass takes at most. */
const BATCH = 1024;

/** Batches of at most `size` rows, in order. */
function* ranges(n: number, size: number): Generator<[from: number, to: number]> {
  for (let from = 0; from < n; from += size) yield [from, Math.min(n, from + size)];
}

function rowsIn(where: string, x: Tensor): number {
  if (x.rank === 0) throw new ShapeError(where, "expects a batch of rows", { x });
  return x.shape[0]!;
}

/** A batch; a flat array, typed or not, is a single row; raw rows are prepared. */
function batchOf(where: string, model: Model, x: TensorLike | RawRows): Tensor {
  if (isRaw(x)) return preparationFor(where, model).inputs(x);
  const given = tensorFor(where, x);
  return given !== x && given.rank === 1 ? unsqueeze(given, 0) : given;
}

/** What the model says, without a last step back to the target's units. */
function outputsOf(where: string, model: Model, x: TensorLike | RawRows): Tensor {
  const input = batchOf(where, model, x);
  const n = rowsIn(where, input);
  const forward = isCompiling() ? (part: Tensor) => model.forward(part, "eval") : forwardOf(model);
  if (n <= BATCH) return forward(input);
  return concat([...ranges(n, BATCH)].map(([from, to]) => forward(slice(input, from, to))));
}

/**
 * What the model computes for a batch, in eval mode, compiled, without gradients.
 *
 * @param x a tensor [n, …] or nested arrays of numbers; a flat array of numbers or a typed array is a single row [1, …]; for a model
 *   trained on a prepared table, also raw rows, as a table or objects: the prediction is then in the target's own units
 * @throws ShapeError when a layer does not take such rows
 * @throws ValueError on raw rows, where the model has no preparation or they do not fit it
 * @example predict(model, [[0, 1], [1, 1]]).data(); predict(model, Float32Array.of(0, 1)).data()
 */
export function predict(model: Model, x: TensorLike | RawRows): Tensor {
  const prediction = outputsOf("predict", model, x);
  return isRaw(x) ? preparationFor("predict", model).outputs(prediction) : prediction;
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
  loss?: Loss;
  /** Rows at a time. Default 1024. */
  batchSize?: number;
};

/**
 * Measures a model on data, batch by batch.
 *
 * @param data x and y; for a model trained on a prepared table, also raw rows with their targets: numbers are then compared in the
 *   target's own units
 * @param metrics by the names their values shall have: `{ accuracy, confusionMatrix }`
 * @returns the values by name; `loss` among them if asked for
 * @throws ValueError on empty data or x and y of different length
 * @example const { accuracy } = await evaluate(model, test, { accuracy });
 */
export async function evaluate<M extends Metrics>(
  model: Model,
  data: Dataset | RawRows,
  metrics: M,
  options: EvaluateOptions = {},
): Promise<MetricValues<M>> {
  const preparation = isRaw(data) ? preparationFor("evaluate", model) : null;
  const given = isRaw(data) ? preparation!.transform(data) : data;
  checkData("evaluate", given);
  const { x, y } = given;
  const n = rowsOf(given);
  const own = (values: Tensor): Tensor => preparation?.outputs(values) ?? values;
  const forward = forwardOf(model);
  const running = Object.entries(metrics).map(([name, metric]) => [name, metric.stream()] as const);
  let total = 0;
  for (const [from, to] of ranges(n, options.batchSize ?? BATCH)) {
    const prediction = forward(slice(x, from, to));
    const actual = slice(y, from, to);
    for (const [, stream] of running) stream.add({ actual: own(actual), predicted: own(prediction) });
    if (options.loss) total += options.loss(prediction, actual).item() * (to - from);
    await breathe();
  }
  const values: Record<string, unknown> = Object.fromEntries(running.map(([name, stream]) => [name, stream.value()]));
  if (options.loss) values.loss = total / n;
  return values as MetricValues<M>;
}
