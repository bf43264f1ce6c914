import { describe, expect, test } from "vitest";
import * as TUNE from "../../src/wasm/tune.gen.ts";
import { attention64 } from "../support/attention.ts";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { type Array64, array64, at, build } from "../support/reference.ts";
import { expectSame, expectWithin, oddCuts, uniform } from "../support/values.ts";

const { ATTENTION_ROWS } = TUNE;

type Sizes = { batch: number; heads: number; rows: number; keys: number; size: number; valueSize: number };
type Options = { inner?: boolean; causal?: boolean; wide?: 0 | 1; cuts?: readonly number[] };

/** Tensors laid out as the kernel reads them: [batch, length, heads, size] if heads are inner, else [batch, heads, length, size]. */
function inputs({ batch, heads, rows, keys, size, valueSize }: Sizes) {
  return {
    q: uniform(batch * heads * rows * size, 1),
    k: uniform(batch * heads * keys * size, 2),
    v: uniform(batch * heads * keys * valueSize, 3),
  };
}

type Inputs = ReturnType<typeof inputs>;

function operandsOf(sizes: Sizes, { inner = false, causal = false }: Options) {
  const { heads, rows, keys, size, valueSize } = sizes;
  const columns = inner ? heads : 1;
  return {
    ...{ heads, rows, keys, size, valueSize, inner: inner ? 1 : 0, qAt: 0, kAt: 0, vAt: 0 },
    ...{ qRow: columns * size, kRow: columns * size, vRow: columns * valueSize },
    ...{
      kind: 0,
      maskBatch: 0,
      maskHead: 0,
      maskRow: 0,
      causal: causal ? 1 : 0,
      scale: 1 / Math.sqrt(size),
      mask: new Float32Array(1),
    },
  };
}

function forward(math: Arithmetic, sizes: Sizes, given: Inputs, options: Options = {}) {
  const { batch, heads, rows, valueSize } = sizes;
  const y = new Float32Array(batch * heads * rows * valueSize);
  const logZ = new Float32Array(batch * heads * rows);
  const items = batch * heads * Math.ceil(rows / ATTENTION_ROWS);
  runKernel(math, "attention", { ...given, ...operandsOf(sizes, options), y, logZ }, items, options.cuts ?? [], options.wide);
  return { y, logZ, items };
}

function backward(math: Arithmetic, sizes: Sizes, given: Inputs, options: Options = {}) {
  const { y, logZ } = forward(math, sizes, given, options);
  const [dq, dk, dv] = [given.q, given.k, given.v].map((x) => new Float32Array(x.length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const dy = uniform(y.length, 4);
  const operands = { ...given, ...operandsOf(sizes, options), y, logZ, dy, dq, dk, dv };
  runKernel(math, "attentionGrad", operands, sizes.batch * sizes.heads, options.cuts ?? [], options.wide);
  return [dq, dk, dv];
}

/** The order of axes 1 and 2 exchanged. */
function turned(x: Float32Array, [a, b, c, d]: readonly [number, number, number, number]): Float32Array {
  const from = array64([a, b, c, d], x);
  return Float32Array.from(build([a, c, b, d], ([i, j, k, l]) => at(from, [i!, k!, j!, l!])).data);
}

const U = 2 ** -24;
const shapes: Sizes[] = [
  { batch: 1, heads: 1, rows: 1, keys: 1, size: 1, valueSize: 1 },
  { batch: 2, heads: 3, rows: 5, keys: 7, size: 3, valueSize: 2 },
  { batch: 1, heads: 2, rows: 63, keys: 64, size: 8, valueSize: 8 },
  { batch: 1, heads: 2, rows: 64, keys: 65, size: 16, valueSize: 32 },
  { batch: 1, heads: 1, rows: 130, keys: 129, size: 32, valueSize: 33 },
  { batch: 1, heads: 1, rows: 12, keys: 12, size: 64, valueSize: 65 },
  { batch: 1, heads: 1, rows: 9, keys: 70, size: 129, valueSize: 140 },
];
const title = ({ batch, heads, rows, keys, size, valueSize }: Sizes) =>
  `${batch}×${heads}×${rows}×${keys}, ${size} and ${valueSize}`;

describe.each(maths)("%s", (math) => {
  describe.each(shapes.map((sizes) => [title(sizes), sizes] as const))("%s", (_, sizes) => {
    const { batch, heads, rows, keys, size, valueSize } = sizes;
    const given = inputs(sizes);
    const as64 = (x: Float32Array, length: number, width: number): Array64 => array64([batch, heads, length, width], x);

    test.each([false, true])("values, causal %s", (causal) => {
      const { y } = forward(math, sizes, given, { causal });
      const exact = attention64(as64(given.q, rows, size), as64(given.k, keys, size), as64(given.v, keys, valueSize), { causal });
      // A score of `size` products below 1, √size smaller; its error makes a relative one of each probability; a sum over keys.
      const error = (Math.sqrt(size) + keys / 4 + 16) * U;
      expectWithin(y, exact.data, () => error);
    });

    test("cut anywhere, with either tile, and with heads side by side: the same bits", () => {
      const { y, logZ, items } = forward(math, sizes, given);
      const gradients = backward(math, sizes, given);
      for (const wide of [0, 1] as const) {
        const pieces = forward(math, sizes, given, { cuts: oddCuts(items), wide });
        expectSame(pieces.y, y);
        expectSame(pieces.logZ, logZ);
        const cut = backward(math, sizes, given, { cuts: oddCuts(batch * heads), wide });
        cut.forEach((d, i) => {
          expectSame(d, gradients[i]!);
        });
      }
      const side = {
        q: turned(given.q, [batch, heads, rows, size]),
        k: turned(given.k, [batch, heads, keys, size]),
        v: turned(given.v, [batch, heads, keys, valueSize]),
      };
      expectSame(turned(forward(math, sizes, side, { inner: true }).y, [batch, rows, heads, valueSize]), y);
    });

    test("a row's bits depend neither on the rows beside it nor on their number", () => {
      const { y } = forward(math, sizes, given, { causal: true });
      const few = Math.ceil(rows / 2);
      const less = { ...sizes, batch: 1, heads: 1, rows: few };
      const first = { q: given.q.slice(0, few * size), k: given.k.slice(0, keys * size), v: given.v.slice(0, keys * valueSize) };
      expectSame(forward(math, less, first, { causal: true }).y, y.slice(0, few * valueSize));
    });
  });

  test("large scores neither overflow nor vanish, in whichever tile they stand", () => {
    const sizes = { batch: 1, heads: 1, rows: 2, keys: 200, size: 1, valueSize: 1 };
    for (const top of [0, 70, 199]) {
      const k = Float32Array.from({ length: 200 }, (_, i) => (i === top ? 1000 : -1000));
      const { y } = forward(math, sizes, { q: Float32Array.of(1, 100), k, v: Float32Array.from({ length: 200 }, (_, i) => i) });
      expect([...y]).toEqual([top, top]);
    }
  });

  test("without keys, zeros", () => {
    const sizes = { batch: 1, heads: 2, rows: 3, keys: 0, size: 4, valueSize: 2 };
    const { y, logZ } = forward(math, sizes, inputs(sizes));
    expectSame(y, new Float32Array(12));
    expectSame(logZ, new Float32Array(6).fill(-Infinity));
    const [dq] = backward(math, sizes, inputs(sizes));
    expectSame(dq!, new Float32Array(24));
  });

  test("keys that no row attends to get zeros", () => {
    const sizes = { batch: 1, heads: 1, rows: 3, keys: 130, size: 4, valueSize: 2 };
    const [, dk, dv] = backward(math, sizes, inputs(sizes), { causal: true });
    expectSame(dk!.slice(12), new Float32Array(127 * 4));
    expectSame(dv!.slice(6), new Float32Array(127 * 2));
  });

  test("rotary, cut anywhere, in place, and back", () => {
    const [rows, length, width, size, columns] = [9, 3, 13, 6, 12];
    const x = uniform(rows * width, 5);
    const angles = uniform((length * size) / 2, 6);
    const cosine = Float32Array.from({ length: length * size }, (_, i) => Math.cos(angles[i >> 1]!));
    const sine = Float32Array.from({ length: length * size }, (_, i) => (i % 2 ? 1 : -1) * Math.sin(angles[i >> 1]!));
    const operands = { cosine, sine, length, width, columns, size };
    const y = new Float32Array(x.length);
    runKernel(math, "rotary", { ...operands, x, y, back: 0 }, rows);
    const inPlace = x.slice();
    runKernel(math, "rotary", { ...operands, x: inPlace, y: inPlace, back: 0 }, rows, oddCuts(rows));
    expectSame(inPlace, y);
    for (let i = 0; i < x.length; ++i) if (i % width >= columns) expect(y[i]).toBe(x[i]);
    runKernel(math, "rotary", { ...operands, x: y, y: inPlace, back: 1 }, rows);
    expectWithin(inPlace, x, () => 4 * U);
  });
});
