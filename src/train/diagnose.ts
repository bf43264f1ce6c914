/** Why a training step failed: the step again in eager mode, every layer and op watched. */
import { NumericError, reword } from "../core/errors.ts";
import type { NamedDataset } from "../data/rows.ts";
import { noGrad, watching } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { instrumented } from "../nn/hidden.ts";
import { parameters } from "../nn/model.ts";
import { forwardRows, type Network } from "./forward.ts";
import { lossOf } from "./objective.ts";
import type { Settled } from "./options.ts";

/** Where in training it happened, and where the rows of its batch stand. */
export type Moment = { epoch: number; step: number; place(row: number): string };

function allFinite(x: Tensor): boolean {
  return x.dtype !== "f32" || x.data().every((value) => Number.isFinite(value));
}

/** First op whose result is not finite, and the layer it ran in. */
function firstBad(model: Network, batch: NamedDataset, { loss }: Settled): string {
  const broken = [...parameters(model)].find(([, parameter]) => !allFinite(parameter));
  if (broken) return `in parameter '${broken[0]}': the update of an earlier step overflowed`;
  if (!loss) return "in a loss of the step";
  const layers: string[] = [];
  let found = "";
  const look = (op: string, outputs: readonly Tensor[]): void => {
    if (found || outputs.every(allFinite)) return;
    const path = layers.at(-1);
    found = path === undefined ? `in the loss, op ${op}` : `in layer '${path}', op ${op}`;
  };
  noGrad(() =>
    watching(look, () => {
      const y = instrumented(
        model,
        (path) => void layers.push(path),
        () => void layers.pop(),
        () => forwardRows(model, batch.x, "train"),
      );
      lossOf(loss, y, batch);
    }),
  );
  return found || "nowhere when computed again: the gradients or an update overflowed";
}

/** The error of a training step, with where and why; other errors are returned as they are. */
export function blame(
  error: unknown,
  model: Network,
  batch: NamedDataset,
  settled: Settled,
  { epoch, step, place }: Moment,
): unknown {
  if (!(error instanceof NumericError)) return locate(error, place);
  const bad = firstBad(model, batch, settled); // data have been seen to be finite
  return new NumericError(
    "fit",
    `the loss is not finite at epoch ${epoch + 1}, step ${step}; parameters are as before that step`,
    bad,
    "a smaller learning rate, or clean data",
  );
}

/** Row numbers in a batch become what the training data call them. */
function locate(error: unknown, place: Moment["place"]): unknown {
  const inData = (_: string, row: string): string => ` in ${place(Number(row))}`;
  if (error instanceof Error) reword(error, (message) => message.replace(/ in row (\d+)/, inData));
  return error;
}
