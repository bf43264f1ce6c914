/** Recurrent cells in f64 by their formulas: one loop for each index. */
import { type Array64, array64, at, build } from "./reference.ts";

export type Kind = "rnn" | "rnnRelu" | "lstm" | "gru";
export const GATES: Readonly<Record<Kind, number>> = { rnn: 1, rnnRelu: 1, lstm: 4, gru: 3 };

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Weights and biases as the library lays them out; without those of the input, x is its products already. */
export type Weights64 = { ih?: Array64; hh: Array64; biasIh?: Array64 | undefined; biasHh?: Array64 | undefined };
/** Hidden state and cell of one row. */
type State = { h: number[]; c: number[] };

/** One row, one step. */
function step(kind: Kind, x: readonly number[], { h, c }: State, { ih, hh, biasIh, biasHh }: Weights64): State {
  const units = h.length;
  const width = hh.shape[1]!;
  const product = (j: number) => (ih ? x.reduce((sum, value, k) => sum + value * ih.data[k * width + j]!, 0) : x[j]!);
  const ofInput = (j: number) => (biasIh?.data[j] ?? 0) + product(j);
  const ofState = (j: number) => h.reduce((sum, value, k) => sum + value * hh.data[k * width + j]!, biasHh?.data[j] ?? 0);
  const gate = (g: number, u: number) => ofInput(g * units + u) + ofState(g * units + u);
  if (kind === "lstm") {
    const cell = range(units).map((u) => sigmoid(gate(1, u)) * c[u]! + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
    return { h: cell.map((value, u) => sigmoid(gate(3, u)) * Math.tanh(value)), c: cell };
  }
  if (kind === "gru") {
    const next = range(units).map((u) => {
      const j = 2 * units + u;
      const fresh = Math.tanh(ofInput(j) + sigmoid(gate(0, u)) * ofState(j));
      const kept = sigmoid(gate(1, u));
      return (1 - kept) * fresh + kept * h[u]!;
    });
    return { h: next, c };
  }
  return { h: range(units).map((u) => (kind === "rnn" ? Math.tanh(gate(0, u)) : Math.max(0, gate(0, u)))), c };
}

export type Sequence64 = { output: Array64; hidden: Array64; cell: Array64 };

/** A layer one way: x [n, steps, inputs], states [n, hidden]. Past its length a row's output is 0 and its state stays. */
export function recurrent64(
  kind: Kind,
  x: Array64,
  weights: Weights64,
  initial: { hidden?: Array64 | undefined; cell?: Array64 | undefined } = {},
  { lengths, reverse = false }: { lengths?: readonly number[] | undefined; reverse?: boolean } = {},
): Sequence64 {
  const [n, steps, inputs] = x.shape as [number, number, number];
  const units = weights.hh.shape[0]!;
  const output = new Float64Array(n * steps * units);
  const states = range(n).map((i) => {
    const rowOf = (state: Array64 | undefined) => range(units).map((u) => (state ? at(state, [i, u]) : 0));
    let state: State = { h: rowOf(initial.hidden), c: rowOf(initial.cell) };
    const order = reverse ? range(steps).reverse() : range(steps);
    for (const t of order.filter((one) => one < (lengths?.[i] ?? steps))) {
      const place = (i * steps + t) * inputs;
      state = step(kind, [...x.data.subarray(place, place + inputs)], state, weights);
      output.set(state.h, (i * steps + t) * units);
    }
    return state;
  });
  return {
    output: array64([n, steps, units], output),
    hidden: build([n, units], ([i, u]) => states[i!]!.h[u!]!),
    cell: build([n, units], ([i, u]) => states[i!]!.c[u!]!),
  };
}
