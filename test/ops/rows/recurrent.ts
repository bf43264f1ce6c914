/** Recurrent networks: outputs and last states together, by input, weights, biases and first states. */
import { concat, flatten, gru, type LstmOptions, lstm, type RecurrentWeights, rnn, type Tensor } from "../../../src/index.ts";
import { GATES, type Kind, recurrent64 } from "../../support/recurrent.ts";
import { type Array64, array64, at, build } from "../../support/reference.ts";
import type { Input, Row } from "../laws.ts";

type Size = { n: number; steps: number; inputs: number; hidden: number };

/** One of each, a vector, vectors and a part of one, and nothing at all; tiles are the kernels' tests' affair. */
const SIZES: readonly Size[] = [
  { n: 1, steps: 1, inputs: 1, hidden: 1 },
  { n: 2, steps: 3, inputs: 3, hidden: 4 },
  { n: 5, steps: 2, inputs: 2, hidden: 9 },
  { n: 0, steps: 3, inputs: 2, hidden: 2 },
  { n: 2, steps: 0, inputs: 2, hidden: 3 },
];

/** Enough to go both ways. */
const SOME: readonly Size[] = [
  { n: 3, steps: 2, inputs: 2, hidden: 3 },
  { n: 0, steps: 2, inputs: 1, hidden: 2 },
];

/** x, weights, biases, first states. */
function inputsOf(kind: Kind, { n, steps, inputs, hidden }: Size, ways: 1 | 2): Input[] {
  const width = GATES[kind] * hidden;
  const states = Array.from({ length: kind === "lstm" ? 2 : 1 }, () => [ways, n, hidden]);
  const shapes = [[n, steps, inputs], [inputs, width], [hidden, width], [width], [width], ...states];
  return shapes.map((shape) => ({ shape, low: -1, high: 1 }));
}

type Results = { output: Tensor; hidden: Tensor; cell?: Tensor };
type Network = (x: Tensor, weights: RecurrentWeights, options: LstmOptions) => Results;

const networks: Readonly<Record<Kind, Network>> = {
  lstm,
  gru,
  rnn,
  rnnRelu: (x, weights, options) => rnn(x, weights, { ...options, nonlinearity: "relu" }),
};

const numbersOf = (...xs: Array64[]): Array64 => {
  const all = xs.flatMap(({ data }) => [...data]);
  return array64([all.length], all);
};

/** The state of one way. */
function stateOf(states: Array64 | undefined, way: number): Array64 | undefined {
  return states && build(states.shape.slice(1), ([i, u]) => at(states, [way, i!, u!]));
}

/** One way or, by the same weights, both: every output, then all last states. */
function rowOf(kind: Kind, name: string, ways: 1 | 2, lengthsOf: (n: number, steps: number) => number[] | undefined): Row {
  return {
    name,
    covers: [kind, `${kind}Grad`, `${kind}States`],
    f(x, weightIh, weightHh, biasIh, biasHh, hidden, cell) {
      const weights = { weightIh: weightIh!, weightHh: weightHh!, biasIh, biasHh };
      const lengths = lengthsOf(x!.shape[0]!, x!.shape[1]!);
      const options = { hidden, cell, lengths, reversed: ways === 2 ? weights : undefined };
      const found = networks[kind](x!, weights, options);
      return concat([found.output, found.hidden, ...(found.cell ? [found.cell] : [])].map((y) => flatten(y, 0)));
    },
    reference(x, ih, hh, biasIh, biasHh, hidden, cell) {
      const [n, steps] = x!.shape as [number, number, number];
      const found = Array.from({ length: ways }, (_, way) => {
        const initial = { hidden: stateOf(hidden, way), cell: stateOf(cell, way) };
        return recurrent64(kind, x!, { ih: ih!, hh: hh!, biasIh, biasHh }, initial, {
          lengths: lengthsOf(n, steps),
          reverse: way === 1,
        });
      });
      const units = hh!.shape[0]!;
      const output = build([n, steps, ways * units], ([i, t, u]) =>
        at(found[Math.floor(u! / units)]!.output, [i!, t!, u! % units]),
      );
      return numbersOf(output, ...found.map((one) => one.hidden), ...(kind === "lstm" ? found.map((one) => one.cell) : []));
    },
    inputs: (ways === 1 ? SIZES : SOME).map((size) => inputsOf(kind, size, ways)),
    // Sums of at most 12 products and 2 biases in a step, and what one is off by goes through the next.
    ulps: 64,
    // Differences of gradients would step over a kink.
    order: kind === "rnnRelu" ? 1 : 2,
  };
}

const whole = () => undefined;
/** All steps, one, none, one … */
const ragged = (n: number, steps: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.max(0, i % 3 ? (i % 3) - 1 : steps));

export const recurrentRows: readonly Row[] = (["rnn", "rnnRelu", "lstm", "gru"] as const).flatMap((kind) => [
  rowOf(kind, `${kind}, one way`, 1, whole),
  rowOf(kind, `${kind}, both ways, of several lengths`, 2, ragged),
]);
