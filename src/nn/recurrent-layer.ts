/** What RNN, LSTM and GRU have in common: sizes, options, weights. */
import { ShapeError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { dropout, Stream } from "../ops/random.ts";
import type { Recurrence } from "../ops/recurrent/define.ts";
import { joined, type LstmOptions, type RnnOptions, type Run, runLayers } from "../ops/recurrent.ts";
import { fanInUniform, type Initialiser } from "./initialisers.ts";
import { checkMode } from "./mode.ts";
import type { Mode } from "./model.ts";
import { Parameter } from "./parameter.ts";

export type CellOptions = {
  /** Whether to add biases. Default true. */
  bias?: boolean;
  /** First weights of the input; default uniform in ±1/√hidden, as PyTorch has it. */
  init?: Initialiser;
  /** First weights of the state; default as `init`. */
  recurrentInit?: Initialiser;
  /** First biases; default uniform in ±1/√hidden, as PyTorch has it. */
  biasInit?: Initialiser;
};

export type RecurrentOptions = CellOptions & {
  /** Layers one above the other. Default 1. */
  layers?: number;
  /** Whether each layer goes through the sequence both ways, its outputs side by side. Default false. */
  bidirectional?: boolean;
  /** Probability of dropping a number between layers while training. Default 0. */
  dropout?: number;
  /** What `forward` gives: every step's output, or the last states of the highest layer, side by side if it goes both ways. Default "sequence". */
  returns?: "sequence" | "last";
};

/** How a whole sequence is run. */
export type RunOptions = Pick<RnnOptions, "hidden" | "lengths"> & {
  /** Needed where there is dropout. */
  mode?: Mode | undefined;
};

/** Of one layer in one direction. */
export type CellWeights = {
  /** [inputs, gates·hidden] */
  readonly weightIh: Parameter;
  /** [hidden, gates·hidden] */
  readonly weightHh: Parameter;
  /** [gates·hidden] */
  readonly biasIh?: Parameter;
  /** [gates·hidden] */
  readonly biasHh?: Parameter;
};

export function cellWeights(inputs: number, hidden: number, gates: number, options: CellOptions): CellWeights {
  const usual = fanInUniform(hidden);
  const { bias = true, init = usual, recurrentInit = init, biasInit = usual } = options;
  const width = gates * hidden;
  const weights = { weightIh: new Parameter([inputs, width], init), weightHh: new Parameter([hidden, width], recurrentInit) };
  return bias ? { ...weights, biasIh: new Parameter([width], biasInit), biasHh: new Parameter([width], biasInit) } : weights;
}

/** @throws ValueError unless both are whole numbers > 0 */
export function checkSizes(where: string, inputs: number, hidden: number): void {
  if (!(Number.isInteger(inputs) && Number.isInteger(hidden) && inputs > 0 && hidden > 0))
    throw new ValueError(where, "inputs and hidden are whole numbers > 0", `${inputs}, ${hidden}`);
}

/** @throws ValueError unless it is one of the two there are */
export function checkNonlinearity(where: string, nonlinearity: string): void {
  if (nonlinearity !== "tanh" && nonlinearity !== "relu")
    throw new ValueError(where, 'nonlinearity is "tanh" or "relu"', nonlinearity);
}

export abstract class RecurrentLayer {
  abstract readonly kind: string;
  readonly inputs: number;
  readonly hidden: number;
  readonly bias: boolean;
  readonly dropout: number;
  readonly returns: "sequence" | "last";
  /** Weights by layer, the lowest first. */
  readonly layers: readonly CellWeights[];
  /** Those for the way back, where it goes both ways. */
  readonly reversed?: readonly CellWeights[];
  readonly stream?: Stream;

  constructor(
    kind: string,
    gates: number,
    inputs: number,
    hidden: number,
    { layers = 1, bidirectional = false, dropout: p = 0, returns = "sequence", ...options }: RecurrentOptions,
  ) {
    checkSizes(kind, inputs, hidden);
    if (!(Number.isInteger(layers) && layers > 0)) throw new ValueError(kind, "layers is a whole number > 0", String(layers));
    if (!(p >= 0 && p < 1)) throw new ValueError(kind, "dropout is from 0 to below 1", String(p));
    if (returns !== "sequence" && returns !== "last")
      throw new ValueError(kind, 'returns is "sequence" or "last"', String(returns));
    this.inputs = inputs;
    this.hidden = hidden;
    this.bias = options.bias ?? true;
    this.dropout = p;
    this.returns = returns;
    const width = bidirectional ? 2 * hidden : hidden;
    const weights = (): CellWeights[] =>
      Array.from({ length: layers }, (_, k) => cellWeights(k ? width : inputs, hidden, gates, options));
    this.layers = weights();
    if (bidirectional) this.reversed = weights();
    if (p > 0) this.stream = new Stream();
  }

  describe(): readonly unknown[] {
    const { inputs, hidden, layers, reversed, dropout: p, bias, returns } = this;
    return [inputs, hidden, { layers: layers.length, bidirectional: reversed !== undefined, dropout: p, bias, returns }];
  }

  /** Runs all layers, by a kind of cell. */
  protected through(recurrence: Recurrence, x: Tensor, { mode, ...options }: LstmOptions & { mode?: Mode | undefined }): Run {
    const { kind, inputs, hidden, layers, reversed, stream } = this;
    const where = `${kind}(${inputs} → ${hidden})`;
    if (x.rank !== 3 || x.shape[2] !== inputs) {
      const remedy = x.rank === 2 ? "unsqueeze: a batch of one sequence, or one number a step" : undefined;
      throw new ShapeError(where, `expects [batch, steps, ${inputs}]`, { x }, remedy);
    }
    const drops = stream && layers.length > 1 && checkMode(where, mode as Mode) === "train";
    const between = drops ? (y: Tensor): Tensor => dropout(y, this.dropout, stream) : undefined;
    return runLayers(where, recurrence, x, layers, { ...options, reversed, between });
  }

  /** What `forward` gives of a run. */
  protected result({ outputs, last }: Run): Tensor {
    if (this.returns === "sequence") return joined(outputs, 2);
    return joined(
      last.slice(-outputs.length).map(([hidden]) => hidden!),
      1,
    );
  }
}
