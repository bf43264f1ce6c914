/** Recurrent networks as functions of their weights: layers one above the other, one way through the sequence or both. */
import { ShapeError } from "../core/errors.ts";
import { type Shape, sameShape } from "../core/shape.ts";
import { tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full, zeros } from "./create.ts";
import { add } from "./pointwise.ts";
import { gruCell, lstmCell, rnnCell, rnnReluCell } from "./recurrent/cells.ts";
import type { Recurrence, Walk } from "./recurrent/define.ts";
import { concat, reshape, slice, stack, transpose } from "./shape.ts";

/** Of one layer in one direction; there are 4 gates in an LSTM (i, f, g, o), 3 in a GRU (r, z, n), 1 in a plain layer. */
export type RecurrentWeights = {
  /** [inputs, gates·hidden] */
  readonly weightIh: Tensor;
  /** [hidden, gates·hidden] */
  readonly weightHh: Tensor;
  /** [gates·hidden]; default 0 */
  readonly biasIh?: Tensor | undefined;
  /** [gates·hidden]; default 0 */
  readonly biasHh?: Tensor | undefined;
};

/** One layer, or the lowest first. */
export type RecurrentLayers = RecurrentWeights | readonly RecurrentWeights[];

export type RnnOptions = {
  /** The layers' weights for the way from the last step to the first; their outputs stand beside the others'. Default: there is none. */
  reversed?: RecurrentLayers | undefined;
  /** States before the first step, [layers·directions, n, hidden]: layer 0 forwards, layer 0 backwards, layer 1 … Default 0. */
  hidden?: Tensor | undefined;
  /** Steps of each sequence of the batch, [n]; default all. Past its end a sequence's output is 0, and its last state is that at its end. */
  lengths?: Tensor | readonly number[] | undefined;
  /** Applied to what goes from a layer to the next, [steps, n, hidden·directions]: dropout. */
  between?: ((y: Tensor) => Tensor) | undefined;
};
export type LstmOptions = RnnOptions & {
  /** Cells before the first step, as `hidden`. Default 0. */
  cell?: Tensor | undefined;
};

/** Outputs of the highest layer, each way, and the last states of every layer and way: the hidden one, a cell. */
export type Run = { readonly outputs: readonly Tensor[]; readonly last: readonly (readonly Tensor[])[] };

/** Side by side; alone, as it is. */
export function joined(parts: readonly Tensor[], axis: number): Tensor {
  return parts.length === 1 ? parts[0]! : concat(parts, axis);
}

const listOf = (layers: RecurrentLayers): readonly RecurrentWeights[] =>
  "weightIh" in layers ? [layers] : (layers as readonly RecurrentWeights[]);

/** One layer one way. @param x [steps, n, inputs]  @param initial each [n, hidden] */
function runLayer(
  { gates, states, biases, run }: Recurrence,
  x: Tensor,
  { weightIh, weightHh, biasIh, biasHh }: RecurrentWeights,
  initial: readonly (Tensor | undefined)[],
  lengths: Tensor,
  walk: Walk,
): { y: Tensor; last: readonly Tensor[] } {
  const [n, hidden] = [x.shape[1]!, weightHh.shape[0]!];
  const none = (): Tensor => zeros([gates * hidden]);
  const given =
    biases === 2 ? [biasIh ?? none(), biasHh ?? none()] : [biasIh && biasHh ? add(biasIh, biasHh) : (biasIh ?? biasHh ?? none())];
  const first = Array.from({ length: states }, (_, i) => initial[i] ?? zeros([n, hidden]));
  const [y, ...found] = run([x, weightIh, weightHh, ...given, ...first, lengths], walk);
  return { y, last: found.slice(0, states) };
}

function checkState(where: string, name: string, state: Tensor | undefined, shape: Shape): void {
  if (state && !sameShape(state.shape, shape))
    throw new ShapeError(where, `${name} must be [layers·directions, batch, hidden], here [${shape.join(", ")}]`, {
      [name]: state,
    });
}

/** @internal All layers. @param initial each [layers·directions, n, hidden] */
export function runLayers(
  where: string,
  recurrence: Recurrence,
  x: Tensor,
  layers: RecurrentLayers,
  { reversed, lengths, between, ...states }: LstmOptions,
): Run {
  if (x.rank !== 3) throw new ShapeError(where, "expects [batch, steps, inputs]", { x });
  const [n, steps] = x.shape as [number, number, number];
  const ways = reversed ? [listOf(layers), listOf(reversed)] : [listOf(layers)];
  const count = ways[0]!.length;
  const hidden = ways[0]![0]!.weightHh.shape[0]!;
  const initial = [states.hidden, states.cell];
  for (const [i, name] of ["hidden", "cell"].entries()) checkState(where, name, initial[i], [count * ways.length, n, hidden]);
  const all = lengths === undefined ? full([n], steps, "i32") : tensorFor(where, lengths, undefined, "i32");
  const last: (readonly Tensor[])[] = [];
  let outputs: Tensor[] = [];
  let y = transpose(x, 0, 1); // what a step needs lies together; the highest layer puts it back
  for (let k = 0; k < count; ++k) {
    const highest = k === count - 1;
    if (k > 0 && between) y = between(y);
    outputs = ways.map((way, direction) => {
      const at = last.length;
      const first = initial.map((state) => state && reshape(slice(state, at, at + 1), [n, hidden]));
      const found = runLayer(recurrence, y, way[k]!, first, all, { reverse: direction === 1, batchFirst: highest });
      last.push(found.last);
      return found.y;
    });
    if (!highest) y = joined(outputs, 2);
  }
  return { outputs, last };
}

/** @internal Outputs side by side, and last states of each kind as [layers·directions, n, hidden]. */
export function resultsOf({ outputs, last }: Run): readonly [output: Tensor, ...states: Tensor[]] {
  return [joined(outputs, 2), ...last[0]!.map((_, i) => stack(last.map((one) => one[i]!)))];
}

/**
 * Plain recurrent layers: h = tanh(x·weightIh + biasIh + h·weightHh + biasHh), step by step.
 *
 * @param x [n, steps, inputs]
 * @param nonlinearity default "tanh"
 * @returns output [n, steps, hidden·directions], every step's state; hidden, the last ones, [layers·directions, n, hidden]
 * @throws ShapeError when shapes do not fit  @throws ValueError when a length is not from 0 to steps
 * @source Elman 1990, Cognitive Science 14, 179–211
 * @example rnn(x, { weightIh, weightHh }, { nonlinearity: "relu" }).hidden
 */
export function rnn(
  x: Tensor,
  layers: RecurrentLayers,
  { nonlinearity = "tanh", ...options }: RnnOptions & { nonlinearity?: "tanh" | "relu" } = {},
): { output: Tensor; hidden: Tensor } {
  const recurrence = nonlinearity === "relu" ? rnnReluCell : rnnCell;
  const [output, hidden] = resultsOf(runLayers("rnn", recurrence, x, layers, options));
  return { output, hidden: hidden! };
}

/**
 * Long short-term memory: i, f, o = σ and g = tanh of x·weightIh + biasIh + h·weightHh + biasHh; cell = f·cell + i·g; h = o·tanh(cell).
 *
 * @param x [n, steps, inputs]
 * @returns output [n, steps, hidden·directions], every step's h; hidden and cell, the last ones, [layers·directions, n, hidden]
 * @throws ShapeError when shapes do not fit  @throws ValueError when a length is not from 0 to steps
 * @source Hochreiter & Schmidhuber 1997; the forget gate: Gers, Schmidhuber & Cummins 2000
 * @example const { output, hidden, cell } = lstm(x, { weightIh, weightHh, biasIh, biasHh }, { lengths: [5, 2, 4] });
 */
export function lstm(
  x: Tensor,
  layers: RecurrentLayers,
  options: LstmOptions = {},
): { output: Tensor; hidden: Tensor; cell: Tensor } {
  const [output, hidden, cell] = resultsOf(runLayers("lstm", lstmCell, x, layers, options));
  return { output, hidden: hidden!, cell: cell! };
}

/**
 * Gated recurrent units: r, z = σ of the sums; n = tanh(x·W + biasIh + r·(h·W + biasHh)); h = (1 − z)·n + z·h.
 *
 * @param x [n, steps, inputs]
 * @returns output [n, steps, hidden·directions], every step's h; hidden, the last ones, [layers·directions, n, hidden]
 * @throws ShapeError when shapes do not fit  @throws ValueError when a length is not from 0 to steps
 * @source Cho et al. 2014, arXiv:1406.1078, with the reset gate behind the product, as in PyTorch
 * @example gru(x, [lower, upper], { reversed: [lowerBack, upperBack] }).output
 */
export function gru(x: Tensor, layers: RecurrentLayers, options: RnnOptions = {}): { output: Tensor; hidden: Tensor } {
  const [output, hidden] = resultsOf(runLayers("gru", gruCell, x, layers, options));
  return { output, hidden: hidden! };
}
