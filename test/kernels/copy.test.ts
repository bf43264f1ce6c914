import { describe, expect, test } from "vitest";
import { type Math as Arithmetic, maths, runKernel } from "../support/kernel.ts";
import { expectSame, oddCuts } from "../support/values.ts";

const lengths = [0, 1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000, 4099];

/** A view of six axes: shape, strides and offset in elements. Fewer axes are filled up in front. */
type View = { shape: number[]; strides: number[]; offset?: number };

function operandsOf({ shape, strides, offset = 0 }: View) {
  const d = [...Array(6 - shape.length).fill(1), ...shape];
  const s = [...Array(6 - shape.length).fill(0), ...strides];
  const [d1, d2, d3, d4, d5] = d.slice(1) as [number, number, number, number, number];
  const [s0, s1, s2, s3, s4, s5] = s as [number, number, number, number, number, number];
  return { offset, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5 };
}

/** Where the view's elements lie, in order. */
function placesOf({ shape, strides, offset = 0 }: View): number[] {
  return shape.reduce(
    (places, d, axis) => places.flatMap((p) => Array.from({ length: d }, (_, i) => p + i * strides[axis]!)),
    [offset],
  );
}

/** Memory just large enough for the view. */
const reach = (view: View) => Math.max(-1, ...placesOf(view)) + 1;

const views: [string, View][] = [
  ["nothing", { shape: [3, 0], strides: [5, 1] }],
  ["one element", { shape: [1], strides: [1] }],
  ["a slice", { shape: [5, 7], strides: [11, 1], offset: 13 }],
  ["rows of 100", { shape: [3, 100], strides: [128, 1], offset: 5 }],
  ["every third", { shape: [19], strides: [3], offset: 2 }],
  ["backwards", { shape: [2, 13], strides: [13, -1], offset: 12 }],
  ["both axes backwards", { shape: [4, 6], strides: [-6, -1], offset: 23 }],
  ["a row repeated", { shape: [4, 9], strides: [0, 1] }],
  ["a column repeated", { shape: [6, 9], strides: [1, 0] }],
  ["a scalar repeated", { shape: [3, 5], strides: [0, 0], offset: 2 }],
  ...[1, 3, 4, 5, 7, 8, 9, 12, 17].flatMap((rows): [string, View][] =>
    [1, 3, 4, 5, 8, 33].map((columns) => [`${rows}×${columns} transposed`, { shape: [rows, columns], strides: [1, rows] }]),
  ),
  ["transposed, of a wider matrix", { shape: [9, 6], strides: [1, 21], offset: 4 }],
  ["transposed backwards", { shape: [9, 6], strides: [1, -9], offset: 45 }],
  ["rows of 4096 bytes transposed", { shape: [21, 1024], strides: [1, 21] }],
  ["matrices transposed", { shape: [3, 5, 8, 6], strides: [240, 48, 1, 8] }],
  ["channels first from last", { shape: [2, 3, 5, 4], strides: [60, 1, 12, 3] }],
  ["all axes reversed", { shape: [2, 3, 4, 2, 3, 2], strides: [1, 2, 6, 24, 48, 144] }],
];
const injective = views.filter(([, { shape, strides }]) => strides.every((s, axis) => s !== 0 || shape[axis]! <= 1));

describe.each(maths)("%s", (math: Arithmetic) => {
  test.each(lengths)("fill, %i", (n) => {
    const y = new Uint32Array(n);
    runKernel(math, "fill", { y, bits: 0x7fc12345 }, n, oddCuts(n));
    expect([...y]).toEqual(Array(n).fill(0x7fc12345));
  });

  test.each(lengths)("copy keeps the bits of NaN, %i", (n) => {
    const x = Uint32Array.from({ length: n }, (_, i) => 0x7f800000 + i);
    const y = new Uint32Array(n);
    runKernel(math, "copy", { x, y }, n, oddCuts(n));
    expect(y).toEqual(x);
  });

  test.each(lengths)("copy8, %i", (n) => {
    const x = Uint8Array.from({ length: n }, (_, i) => i * 7);
    const y = new Uint8Array(n);
    runKernel(math, "copy8", { x, y }, n, oddCuts(n));
    expect(y).toEqual(x);
  });

  test.each(views)("strided: %s", (_, view) => {
    const places = placesOf(view);
    const x = Float32Array.from({ length: reach(view) }, (_, i) => i + 1);
    const y = new Float32Array(places.length);
    for (const cuts of [[], oddCuts(y.length), [...y.keys()].slice(1)]) {
      y.fill(-1);
      runKernel(math, "strided", { x, y, ...operandsOf(view) }, y.length, cuts);
      expectSame(
        y,
        places.map((p) => x[p]!),
      );
    }
  });

  test.each(views)("strided8: %s", (_, view) => {
    const places = placesOf(view);
    const x = Uint8Array.from({ length: reach(view) }, (_, i) => i * 31);
    const y = new Uint8Array(places.length);
    runKernel(math, "strided8", { x, y, ...operandsOf(view) }, y.length, oddCuts(y.length));
    expectSame(
      y,
      places.map((p) => x[p]!),
    );
  });

  test.each(injective)("place: %s", (_, view) => {
    const places = placesOf(view);
    const x = Float32Array.from(places, (_, i) => i + 1);
    const y = new Float32Array(reach(view)).fill(-1);
    const expected = y.slice();
    places.forEach((p, i) => {
      expected[p] = x[i]!;
    });
    runKernel(math, "place", { x, y, ...operandsOf(view) }, x.length, oddCuts(x.length));
    expectSame(y, expected);
  });
});
