/** Recurrent layers over sequences [n, steps, inputs]: PyTorch's formulas and order of gates. */
import type { Tensor } from "../graph/tensor.ts";
import { gruCell, lstmCell, rnnCell, rnnReluCell } from "../ops/recurrent/cells.ts";
import type { Recurrence } from "../ops/recurrent/define.ts";
import { resultsOf } from "../ops/recurrent.ts";
import type { Mode } from "./model.ts";
import { checkNonlinearity, RecurrentLayer, type RecurrentOptions, type RunOptions } from "./recurrent-layer.ts";

export type RNNOptions = RecurrentOptions & {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
};

/**
 * A plain recurrent network: h = tanh(x·weightIh + biasIh + h·weightHh + biasHh), step by step.
 *
 * @throws ShapeError when x is not [batch, steps, inputs]  @throws ValueError from `forward` without a mode, where it drops out
 * @source Elman 1990, Cognitive Science 14, 179–211
 * @example new Sequential(new RNN(1, 16, { returns: "last" }), new Linear(16, 1))
 */
export class RNN extends RecurrentLayer {
  readonly kind = "RNN";
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputs: number, hidden: number, { nonlinearity = "tanh", ...options }: RNNOptions = {}) {
    super("RNN", 1, inputs, hidden, options);
    checkNonlinearity("RNN", nonlinearity);
    this.nonlinearity = nonlinearity;
  }

  override describe(): readonly unknown[] {
    const [inputs, hidden, options] = super.describe();
    return [inputs, hidden, { ...(options as object), nonlinearity: this.nonlinearity }];
  }

  /** @returns as `returns` says, [n, steps, hidden·directions] or [n, hidden·directions] */
  forward(x: Tensor, mode?: Mode): Tensor {
    return this.result(this.through(this.#cell(), x, { mode }));
  }

  /** @returns output [n, steps, hidden·directions]; hidden, the last states, [layers·directions, n, hidden] */
  run(x: Tensor, options: RunOptions = {}): { output: Tensor; hidden: Tensor } {
    const [output, hidden] = resultsOf(this.through(this.#cell(), x, options));
    return { output, hidden: hidden! };
  }

  #cell(): Recurrence {
    return this.nonlinearity === "relu" ? rnnReluCell : rnnCell;
  }
}

/**
 * Long short-term memory: i, f, o = σ and g = tanh of x·weightIh + biasIh + h·weightHh + biasHh; cell = f·cell + i·g; h = o·tanh(cell).
 * The gates lie in this order along the weights' last axis.
 *
 * @throws ShapeError when x is not [batch, steps, inputs]  @throws ValueError from `forward` without a mode, where it drops out
 * @source Hochreiter & Schmidhuber 1997; the forget gate: Gers, Schmidhuber & Cummins 2000
 * @example const { output, hidden, cell } = new LSTM(8, 32, { layers: 2, bidirectional: true }).run(x, { lengths: [5, 2, 4] });
 */
export class LSTM extends RecurrentLayer {
  readonly kind = "LSTM";

  constructor(inputs: number, hidden: number, options: RecurrentOptions = {}) {
    super("LSTM", 4, inputs, hidden, options);
  }

  /** @returns as `returns` says, [n, steps, hidden·directions] or [n, hidden·directions] */
  forward(x: Tensor, mode?: Mode): Tensor {
    return this.result(this.through(lstmCell, x, { mode }));
  }

  /**
   * @param options `cell`, as `hidden`: the cells before the first step; default 0
   * @returns output [n, steps, hidden·directions]; hidden and cell, the last states, [layers·directions, n, hidden]
   */
  run(x: Tensor, options: RunOptions & { cell?: Tensor | undefined } = {}): { output: Tensor; hidden: Tensor; cell: Tensor } {
    const [output, hidden, cell] = resultsOf(this.through(lstmCell, x, options));
    return { output, hidden: hidden!, cell: cell! };
  }
}

/**
 * Gated recurrent units: r, z = σ of the sums; n = tanh(x·W + biasIh + r·(h·W + biasHh)); h = (1 − z)·n + z·h. The gates lie in this order
 * along the weights' last axis.
 *
 * @throws ShapeError when x is not [batch, steps, inputs]  @throws ValueError from `forward` without a mode, where it drops out
 * @source Cho et al. 2014, arXiv:1406.1078, with the reset gate behind the product, as in PyTorch
 * @example new Sequential(new Embedding(1000, 32), new GRU(32, 64, { returns: "last" }), new Linear(64, 2))
 */
export class GRU extends RecurrentLayer {
  readonly kind = "GRU";

  constructor(inputs: number, hidden: number, options: RecurrentOptions = {}) {
    super("GRU", 3, inputs, hidden, options);
  }

  /** @returns as `returns` says, [n, steps, hidden·directions] or [n, hidden·directions] */
  forward(x: Tensor, mode?: Mode): Tensor {
    return this.result(this.through(gruCell, x, { mode }));
  }

  /** @returns output [n, steps, hidden·directions]; hidden, the last states, [layers·directions, n, hidden] */
  run(x: Tensor, options: RunOptions = {}): { output: Tensor; hidden: Tensor } {
    const [output, hidden] = resultsOf(this.through(gruCell, x, options));
    return { output, hidden: hidden! };
  }
}
