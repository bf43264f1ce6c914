/** Whole sequences through recurrent layers, forwards, and there and back. Sizes are those of the LSTM that is trained in train/lstm.ts. */
import { grad } from "../../graph/backward.ts";
import { withTracking } from "../../graph/op.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { gru, lstm, rnn } from "../../ops/recurrent.ts";
import { sum } from "../../ops/reduce.ts";
import { type Case, loop } from "./harness.ts";
import { linkOp } from "./program.ts";

const [BATCH, STEPS, INPUTS, HIDDEN] = [32, 64, 32, 128];

type Cell = { readonly name: "rnn" | "lstm" | "gru"; readonly gates: number; last(x: Tensor, ih: Tensor, hh: Tensor): Tensor };

const cells: readonly Cell[] = [
  { name: "rnn", gates: 1, last: (x, weightIh, weightHh) => rnn(x, { weightIh, weightHh }).hidden },
  { name: "lstm", gates: 4, last: (x, weightIh, weightHh) => lstm(x, { weightIh, weightHh }).hidden },
  { name: "gru", gates: 3, last: (x, weightIh, weightHh) => gru(x, { weightIh, weightHh }).hidden },
];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The last state of the first row, in f64. */
function lastOf({ name, gates }: Cell, x: ArrayLike<number>, ih: Float32Array, hh: Float32Array): Float64Array {
  const width = gates * HIDDEN;
  let h = new Float64Array(HIDDEN);
  const c = new Float64Array(HIDDEN);
  for (let t = 0; t < STEPS; ++t) {
    const [p, q] = [new Float64Array(width), new Float64Array(width)];
    for (let k = 0; k < INPUTS; ++k) for (let j = 0; j < width; ++j) p[j]! += x[t * INPUTS + k]! * ih[k * width + j]!;
    for (let k = 0; k < HIDDEN; ++k) for (let j = 0; j < width; ++j) q[j]! += h[k]! * hh[k * width + j]!;
    const at = (gate: number, unit: number): number => p[gate * HIDDEN + unit]! + q[gate * HIDDEN + unit]!;
    h = h.map((before, u) => {
      if (name === "rnn") return Math.tanh(at(0, u));
      if (name === "lstm") {
        c[u] = sigmoid(at(1, u)) * c[u]! + sigmoid(at(0, u)) * Math.tanh(at(2, u));
        return sigmoid(at(3, u)) * Math.tanh(c[u]);
      }
      const fresh = Math.tanh(p[2 * HIDDEN + u]! + sigmoid(at(0, u)) * q[2 * HIDDEN + u]!);
      return fresh + sigmoid(at(1, u)) * (before - fresh);
    });
  }
  return h;
}

const total = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0);
const STEP = 2 ** -10;
/** Errors of f32 grow through 64 steps; differences are off by the square of their step. */
const WITHIN = 1e-4;

/** @throws Error unless they are near each other */
function requireNear(got: number, expected: number, what: string): void {
  if (!(Math.abs(got - expected) <= WITHIN * Math.max(1, Math.abs(expected))))
    throw new Error(`${what} is ${got}, not ${expected}`);
}

function sequenceCase(cell: Cell, back: boolean): Case {
  const width = cell.gates * HIDDEN;
  return {
    name: `${cell.name} ${HIDDEN}, ${STEPS} steps of ${INPUTS}, batch ${BATCH}${back ? ", and back to its input" : ""}`,
    unit: "GFLOP/s",
    work: (back ? 4 : 2) * BATCH * STEPS * (INPUTS + HIDDEN) * width,
    setup() {
      const shapes = [
        [BATCH, STEPS, INPUTS],
        [INPUTS, width],
        [HIDDEN, width],
      ] as const;
      const { linked, inputs, output } = linkOp(shapes, (x, ih, hh) => {
        const loss = (given: Tensor): Tensor => sum(cell.last(given, ih!, hh!));
        return back ? withTracking(true, () => grad(loss)(x!)) : cell.last(x!, ih!, hh!);
      });
      const [x, ih, hh] = inputs.map((input) => linked.at(input)) as [Float32Array, Float32Array, Float32Array];
      for (const [numbers, scale] of [
        [x, 1],
        [ih, 0.15],
        [hh, 0.15],
      ] as const)
        for (let i = 0; i < numbers.length; ++i) numbers[i] = scale * Math.sin(1 + 1.7 * i);
      return {
        sample: loop(linked.run),
        poison: () => linked.at(output).fill(Number.NaN),
        check() {
          const found = linked.at(output);
          if (found.some(Number.isNaN)) throw new Error("not all of it was written");
          if (!back) {
            for (const [u, value] of lastOf(cell, x, ih, hh).entries()) requireNear(found[u]!, value, `unit ${u}`);
            return;
          }
          for (const place of [0, INPUTS * (STEPS - 2), INPUTS * STEPS - 1]) {
            const moved = (by: number): number =>
              total(
                lastOf(
                  cell,
                  Float64Array.from(x).map((value, i) => (i === place ? value + by : value)),
                  ih,
                  hh,
                ),
              );
            requireNear(found[place]!, (moved(STEP) - moved(-STEP)) / (2 * STEP), `the gradient at ${place}`);
          }
        },
      };
    },
  };
}

export const recurrent: readonly Case[] = cells.flatMap((cell) => [sequenceCase(cell, false), sequenceCase(cell, true)]);
