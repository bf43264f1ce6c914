/** Running statistics of batch norm, computed anew. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { compile } from "../graph/compile.ts";
import { noGrad } from "../graph/op.ts";
import { writeState } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { BatchNorm } from "../nn/batch-norm.ts";
import { type Model, parts } from "../nn/model.ts";
import { slice } from "../ops/shape.ts";
import { snapshot } from "./snapshot.ts";
import { breathe } from "./turn.ts";

/** Begins the statistics anew, as the plain mean over all batches to come. @returns puts the momentum back */
function restart(norm: BatchNorm): () => void {
  const { momentum } = norm.options;
  writeState(norm.runningMean, new Float32Array(norm.features));
  writeState(norm.runningVar, new Float32Array(norm.features).fill(1));
  writeState(norm.batches, new Float32Array(1));
  norm.options.momentum = null;
  return () => {
    norm.options.momentum = momentum;
  };
}

/**
 * Computes the running statistics of all `BatchNorm` layers anew: the mean over the batches of `data`, in training mode, without
 * learning. For weights that were averaged (`swa`, `ema`), whose statistics nobody has seen.
 *
 * @param data x [n, …]; targets are not looked at
 * @param options batchSize, default 1024; a last batch of one row joins the one before
 * @throws ShapeError when there are no rows; then, and when a layer throws, statistics stay what they were
 * @source PyTorch's torch.optim.swa_utils.update_bn
 * @example await average.use(async () => { await updateBn(model, train); return evaluate(model, test, { accuracy }); });
 */
export async function updateBn(
  model: Model,
  { x }: { x: Tensor },
  { batchSize = 1024 }: { batchSize?: number } = {},
): Promise<void> {
  const n = x.shape[0] ?? 0;
  if (n === 0) throw new ShapeError("updateBn", "there are no rows", { x });
  if (!(Number.isInteger(batchSize) && batchSize >= 1))
    throw new ValueError("updateBn", "batchSize is a whole number ≥ 1", String(batchSize));
  const norms = [...parts(model).values()].filter((part) => part instanceof BatchNorm);
  if (norms.length === 0) return;
  const restore = snapshot(model);
  const restored = norms.map(restart);
  try {
    const forward = compile((rows: Tensor) => noGrad(() => model.forward(rows, "train")));
    for (let from = 0, to = 0; from < n; from = to) {
      to = n - from - batchSize <= 1 ? n : from + batchSize;
      forward(slice(x, from, to));
      await breathe();
    }
  } catch (error) {
    restore();
    throw error;
  } finally {
    for (const put of restored) put();
  }
}
