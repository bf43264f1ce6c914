/** Attention and what stands beside it in a transformer, as kernels. */
import { grad } from "../../graph/backward.ts";
import { withTracking } from "../../graph/op.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { attendColumns } from "../../ops/attention.ts";
import { gelu } from "../../ops/gelu.ts";
import { mul } from "../../ops/pointwise.ts";
import { sum } from "../../ops/reduce.ts";
import { type Case, loop } from "./harness.ts";
import { linkOp } from "./program.ts";
import { fillWhole, requireAll } from "./values.ts";

type Size = { batch: number; heads: number; length: number; size: number; causal?: boolean };

/** The transformer block of the benchmark; a longer sequence, where tiles behind the diagonal are left out. */
const sizes: readonly Size[] = [
  { batch: 16, heads: 4, length: 64, size: 32 },
  { batch: 1, heads: 8, length: 1024, size: 64, causal: true },
];

function attend({ heads, size, causal = false }: Size, x: Tensor): Tensor {
  const parts = [0, 1, 2].map((i) => ({ of: 0, at: i * heads * size }));
  const [q, k, v] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  return attendColumns([x], { parts: [q, k, v], heads, size, valueSize: size, causal });
}

/** Column sums of the last third of rows [.., 3·n], in f64: those of the values, or of their gradients. */
function sumsOfValues(rows: Float32Array, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let at = 0; at < rows.length; at += 3 * n) for (let i = 0; i < n; ++i) sums[i]! += rows[at + 2 * n + i]!;
  return sums;
}

function attentionCases(of: Size): Case[] {
  const { batch, heads, length, size, causal = false } = of;
  const width = heads * size;
  const scores = batch * heads * length * (causal ? (length + 1) / 2 : length);
  const title = `attention ${batch}×${heads}×${length}×${size}${causal ? ", causal" : ""}`;
  const forward: Case = {
    name: title,
    unit: "GFLOP/s",
    work: 4 * scores * size,
    setup() {
      const { linked, inputs, output } = linkOp([[batch, length, 3 * width]], (x) => attend(of, x!));
      const x = linked.at(inputs[0]!);
      fillWhole(x, 1);
      for (let at = 0; at < x.length; at += 3 * width) x.fill(3, at + 2 * width, at + 3 * width);
      return {
        sample: loop(linked.run),
        poison: () => linked.at(output).fill(Number.NaN),
        // Means of equal values are these values.
        check: () => requireAll(linked.at(output), (y) => Math.abs(y - 3) < 1e-4),
      };
    },
  };
  const backward: Case = {
    name: `${title}, forward and backward`,
    unit: "GFLOP/s",
    work: 14 * scores * size,
    setup() {
      const shapes = [
        [batch, length, 3 * width],
        [batch, length, width],
      ];
      const { linked, inputs, output } = linkOp(shapes, (x, dy) =>
        withTracking(true, () => grad((given: Tensor) => sum(mul(attend(of, given), dy!)))(x!)),
      );
      const [x, dy] = inputs.map((input) => linked.at(input)) as [Float32Array, Float32Array];
      fillWhole(x, 1);
      fillWhole(dy, 2);
      const expected = new Float64Array(width);
      for (const [i, value] of dy.entries()) expected[i % width]! += value;
      return {
        sample: loop(linked.run),
        poison: () => linked.at(output).fill(Number.NaN),
        // Each query's weights add up to 1, so what flows to all values is what came.
        check: () => requireAll(sumsOfValues(linked.at(output), width), (y, i) => Math.abs(y - expected[i]!) < 0.01),
      };
    },
  };
  return [forward, backward];
}

const ELEMENTS = 4096;

const geluCase: Case = {
  name: "gelu",
  unit: "ns/element",
  work: ELEMENTS,
  setup() {
    const { linked, inputs, output } = linkOp([[ELEMENTS]], (x) => gelu(x!));
    const x = linked.at(inputs[0]!);
    for (let i = 0; i < ELEMENTS; ++i) x[i] = (8 * ((i * 1103) % ELEMENTS)) / ELEMENTS - 4;
    return {
      sample: loop(linked.run),
      poison: () => linked.at(output).fill(Number.NaN),
      // The tanh form is within 0.0005 of the exact one.
      check: () =>
        requireAll(linked.at(output), (y, i) => {
          const at = x[i]!;
          return Math.abs(y - 0.5 * at * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (at + 0.044715 * at ** 3)))) < 0.001;
        }),
    };
  },
};

export const attention: readonly Case[] = [...sizes.flatMap(attentionCases), geluCase];
