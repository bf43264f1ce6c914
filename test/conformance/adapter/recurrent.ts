/** 06: recurrent networks and single steps. */
import { gru, lstm, type RecurrentWeights, rnn, type Tensor, transpose, unsqueeze } from "../../../src/index.ts";
import type { Adapters, Config, Outputs, Tensors } from "./adapter.ts";

/** `weight_ih` and its kin with a suffix, [gates·hidden, inputs]. */
function weightsOf(tensors: Tensors, suffix: string): RecurrentWeights {
  return {
    weightIh: transpose(tensors[`weight_ih${suffix}`]!),
    weightHh: transpose(tensors[`weight_hh${suffix}`]!),
    biasIh: tensors[`bias_ih${suffix}`],
    biasHh: tensors[`bias_hh${suffix}`],
  };
}

type Results = { output: Tensor; hidden: Tensor; cell?: Tensor };

/** Calls `f` with a network's layers, states and lengths. */
function network(
  tensors: Tensors,
  { num_layers, bidirectional, batch_first, lengths }: Config,
  f: (x: Tensor, layers: RecurrentWeights[], options: object) => Results,
): Outputs {
  const layers = (way: string) => Array.from({ length: Number(num_layers) }, (_, k) => weightsOf(tensors, `_l${k}${way}`));
  const turned = (x: Tensor): Tensor => (batch_first === true ? x : transpose(x, 0, 1));
  const { output, hidden, cell } = f(turned(tensors.x!), layers(""), {
    hidden: tensors.h0,
    cell: tensors.c0,
    lengths: (lengths as number[] | null) ?? undefined,
    reversed: bidirectional === true ? layers("_reverse") : undefined,
  });
  return { y: turned(output), h_n: hidden, ...(cell && { c_n: cell }) };
}

/** Calls `f` with a sequence of one step. */
function step(tensors: Tensors, f: (x: Tensor, weights: RecurrentWeights, options: object) => Results): Outputs {
  const state = (x: Tensor | undefined) => x && unsqueeze(x, 0);
  const options = { hidden: state(tensors.h0), cell: state(tensors.c0) };
  const { hidden, cell } = f(unsqueeze(tensors.x!, 1), weightsOf(tensors, ""), options);
  return { h: hidden.squeeze(0), ...(cell && { c: cell.squeeze(0) }) };
}

export const recurrent: Adapters = {
  rnn: (tensors, config) =>
    network(tensors, config, (x, layers, options) =>
      rnn(x, layers, { ...options, nonlinearity: config.nonlinearity as "tanh" | "relu" }),
    ),
  lstm: (tensors, config) => network(tensors, config, lstm),
  gru: (tensors, config) => network(tensors, config, gru),
  rnn_cell: (tensors) => step(tensors, rnn),
  lstm_cell: (tensors) => step(tensors, lstm),
  gru_cell: (tensors) => step(tensors, gru),
};
