/** What a model is made of, and what its parts give. */
import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import { noGrad } from "../graph/op.ts";
import { recording } from "../graph/record.ts";
import { Tensor } from "../graph/tensor.ts";
import { Trace } from "../graph/trace.ts";
import { instrumented } from "./hidden.ts";
import type { Model } from "./model.ts";
import { type Summary, tableOf } from "./parts-table.ts";

/**
 * The parts of a model, their outputs' shapes and their numbers of parameters. Nothing is computed.
 *
 * @param input shape of a batch, such as [1, 784]; without it output shapes are left out
 * @param dtype of the input; default f32
 * @example console.log(String(summary(model, [1, 28, 28, 1], "u8")));
 */
export function summary(model: Model, input?: Shape, dtype: DType = "f32"): Summary {
  const outputs = new Map<string, Shape>();
  if (input) {
    const trace = new Trace();
    const x = new Tensor(trace.input(dtype, input), input);
    const leave = (path: string, y: Tensor): void => void outputs.set(path, y.shape);
    recording(trace, () =>
      noGrad(() =>
        instrumented(
          model,
          () => {},
          leave,
          () => model.forward(x, "eval"),
        ),
      ),
    );
  }
  return tableOf(model, outputs);
}
