/** Single steps of recurrent layers, for loops of one's own. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { Tensor } from "../graph/tensor.ts";
import { gruCell, lstmCell, rnnCell, rnnReluCell } from "../ops/recurrent/cells.ts";
import type { Recurrence } from "../ops/recurrent/define.ts";
import { runLayers } from "../ops/recurrent.ts";
import { unsqueeze } from "../ops/shape.ts";
import type { Parameter } from "./parameter.ts";
import { type CellOptions, cellWeights, checkNonlinearity, checkSizes } from "./recurrent-layer.ts";

/** Weights of a cell, and its one step. */
export abstract class RecurrentCell {
  abstract readonly kind: string;
  readonly inputs: number;
  readonly hidden: number;
  /** [inputs, gates·hidden] */
  readonly weightIh: Parameter;
  /** [hidden, gates·hidden] */
  readonly weightHh: Parameter;
  /** [gates·hidden] */
  readonly biasIh?: Parameter;
  readonly biasHh?: Parameter;

  constructor(kind: string, gates: number, inputs: number, hidden: number, options: CellOptions) {
    checkSizes(kind, inputs, hidden);
    this.inputs = inputs;
    this.hidden = hidden;
    const { weightIh, weightHh, biasIh, biasHh } = cellWeights(inputs, hidden, gates, options);
    this.weightIh = weightIh;
    this.weightHh = weightHh;
    if (biasIh) this.biasIh = biasIh;
    if (biasHh) this.biasHh = biasHh;
  }

  describe(): readonly unknown[] {
    return [this.inputs, this.hidden, { bias: this.biasIh !== undefined }];
  }

  /** The states after a step: of a sequence of one. */
  protected step(recurrence: Recurrence, x: Tensor, states: { hidden?: Tensor | undefined; cell?: Tensor | undefined }) {
    const { kind, inputs, hidden } = this;
    const where = `${kind}(${inputs} → ${hidden})`;
    if (x.rank !== 2 || x.shape[1] !== inputs) throw new ShapeError(where, `expects [batch, ${inputs}]`, { x });
    const layered = (state: Tensor | undefined): Tensor | undefined => {
      if (state !== undefined && !(state instanceof Tensor))
        throw new ValueError(where, "takes the state before the step", String(state), `new ${kind.slice(0, -4)}(…) among layers`);
      return state && unsqueeze(state, 0);
    };
    const initial = { hidden: layered(states.hidden), cell: layered(states.cell) };
    return runLayers(where, recurrence, unsqueeze(x, 1), this, initial).last[0]!;
  }
}

export type RNNCellOptions = CellOptions & {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
};

/** h = tanh(x·weightIh + biasIh + h·weightHh + biasHh), or relu. @example hidden = cell.forward(x, hidden); */
export class RNNCell extends RecurrentCell {
  readonly kind = "RNNCell";
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputs: number, hidden: number, { nonlinearity = "tanh", ...options }: RNNCellOptions = {}) {
    super("RNNCell", 1, inputs, hidden, options);
    checkNonlinearity("RNNCell", nonlinearity);
    this.nonlinearity = nonlinearity;
  }

  override describe(): readonly unknown[] {
    const [inputs, hidden, options] = super.describe();
    return [inputs, hidden, { ...(options as object), nonlinearity: this.nonlinearity }];
  }

  /** @param x [n, inputs]  @param hidden [n, hidden]; default 0  @returns [n, hidden] */
  forward(x: Tensor, hidden?: Tensor): Tensor {
    return this.step(this.nonlinearity === "relu" ? rnnReluCell : rnnCell, x, { hidden })[0]!;
  }
}

/** One step of an LSTM. @example state = cell.forward(x, state); */
export class LSTMCell extends RecurrentCell {
  readonly kind = "LSTMCell";

  constructor(inputs: number, hidden: number, options: CellOptions = {}) {
    super("LSTMCell", 4, inputs, hidden, options);
  }

  /** @param x [n, inputs]  @param state each [n, hidden]; default 0  @returns each [n, hidden] */
  forward(x: Tensor, state: { hidden?: Tensor; cell?: Tensor } = {}): { hidden: Tensor; cell: Tensor } {
    const [hidden, cell] = this.step(lstmCell, x, state);
    return { hidden: hidden!, cell: cell! };
  }
}

/** One step of a GRU. @example hidden = cell.forward(x, hidden); */
export class GRUCell extends RecurrentCell {
  readonly kind = "GRUCell";

  constructor(inputs: number, hidden: number, options: CellOptions = {}) {
    super("GRUCell", 3, inputs, hidden, options);
  }

  /** @param x [n, inputs]  @param hidden [n, hidden]; default 0  @returns [n, hidden] */
  forward(x: Tensor, hidden?: Tensor): Tensor {
    return this.step(gruCell, x, { hidden })[0]!;
  }
}
