/** Convolution and pooling as kernels: those whose time is arithmetic, and those whose time is memory. */
import { type Shape, sizeOf } from "../../core/shape.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { conv2d, conv2dInputOp, conv2dWeightOp } from "../../ops/convolution.ts";
import { zeros } from "../../ops/create.ts";
import { avgPool2d, avgPoolGradOp, maxPool2d, maxPoolGradOp, maxPoolOp } from "../../ops/pool.ts";
import { mean } from "../../ops/reduce.ts";
import { windowOver } from "../../ops/window.ts";
import { convolutionKernels } from "../../wasm/kernels.gen.ts";
import type { Value } from "../../wasm/program.ts";
import type { Unit } from "./figures.ts";
import { type Case, loop } from "./harness.ts";
import { type Linked, link, linkOp } from "./program.ts";
import { fillWhole, requireAll } from "./values.ts";

type Size = { images: number; side: number; channels: number; outputs: number; groups: number };
type Shapes = { x: Shape; weight: Shape; y: Shape };
/** Which of a convolution's three tensors comes from the other two. */
type Sought = keyof Shapes;
type Factors = Record<Sought, Float32Array>;

/** Nothing is done to sums before they are stored. */
const BARE = { bias: 0, residual: 0, relu: 0 } as const;
const KERNEL = 3;
const BYTES = 4;
/** Columns of a packed panel: assembly/gemm/pack.ts. */
const PANEL = 8;
/** All right results are whole numbers of up to a hundred: Winograd's are off by less, a wrong one is not. */
const TOLERANCE = 0.01;
const NS = 0.05;

/** The layer that the figures asked for are of; the first layer of a network on digits. */
const WIDE: Size = { images: 1, side: 28, channels: 32, outputs: 64, groups: 1 };
const FIRST: Size = { images: 32, side: 28, channels: 1, outputs: 32, groups: 1 };
/** Each channel for itself: 800,000 numbers do not fit the second cache. */
const DEPTHWISE: Size = { images: 32, side: 28, channels: 32, outputs: 32, groups: 32 };

function shapesOf({ images, side, channels, outputs, groups }: Size): Shapes {
  return {
    x: [images, side, side, channels],
    weight: [KERNEL, KERNEL, channels / groups, outputs],
    y: [images, side, side, outputs],
  };
}

function geometryOf({ side, groups }: Size) {
  const options = { stride: 1, padding: 1, dilation: 1 };
  return { window: windowOver("bench", [side, side], [KERNEL, KERNEL], options), groups };
}

/** What is sought, by the definition, in f64: for each tap that lies inside, y += x·weight, weight += x·y or x += y·weight. */
function expected(size: Size, given: Factors, sought: Sought): Float64Array {
  const { images, side, channels, outputs, groups } = size;
  const sums = new Float64Array(given[sought].length);
  const { x, weight, y }: Record<Sought, Float32Array | Float64Array> = { ...given, [sought]: sums };
  const [own, outOwn] = [channels / groups, outputs / groups];
  const inner = (xAt: number, weightAt: number, yAt: number): void => {
    for (let o = 0; o < outOwn; ++o) {
      if (sought === "y") y[yAt + o]! += x[xAt]! * weight[weightAt + o]!;
      else if (sought === "x") x[xAt]! += y[yAt + o]! * weight[weightAt + o]!;
      else weight[weightAt + o]! += x[xAt]! * y[yAt + o]!;
    }
  };
  for (let p = 0; p < images * side * side; ++p) {
    const [oy, ox] = [Math.floor(p / side) % side, p % side];
    for (let tap = 0; tap < KERNEL * KERNEL; ++tap) {
      const [dy, dx] = [Math.floor(tap / KERNEL) - 1, (tap % KERNEL) - 1];
      if (oy + dy < 0 || oy + dy >= side || ox + dx < 0 || ox + dx >= side) continue;
      for (let c = 0; c < channels; ++c) {
        const group = Math.floor(c / own);
        const weightAt = (tap * own + c - group * own) * outputs + group * outOwn;
        inner((p + dy * side + dx) * channels + c, weightAt, p * outputs + group * outOwn);
      }
    }
  }
  return sums;
}

type Built = { readonly linked: Linked; readonly places: Record<Sought, Value> };
type Way = (size: Size) => Built;

/** As the library does it. */
function byOp(sought: Sought, op: (size: Size, a: Tensor, b: Tensor) => Tensor): Way {
  return (size) => {
    const shapes = shapesOf(size);
    const [first, second] = (["x", "weight", "y"] as const).filter((name) => name !== sought) as [Sought, Sought];
    const { linked, inputs, output } = linkOp([shapes[first], shapes[second]], (a, b) => op(size, a!, b!));
    const given = { [first]: inputs[0]!, [second]: inputs[1]! };
    return { linked, places: { ...given, [sought]: output } as Built["places"] };
  };
}

const forward = byOp("y", ({ groups }, x, weight) => conv2d(x, weight, { padding: 1, groups }));
const byWeights = byOp("weight", (size, x, dy) => conv2dWeightOp([x, dy], geometryOf(size))[0]);
const byInput = byOp("x", (size, weight, dy) => conv2dInputOp([dy, weight], geometryOf(size))[0]);

/** Without Winograd's transforms: products of windows where they stand. */
function implicit(size: Size): Built {
  const { images, side, channels, outputs, groups } = size;
  const shapes = shapesOf(size);
  const places: Value[] = [];
  const linked = link((trace) => {
    for (const shape of [shapes.x, shapes.weight, shapes.y]) places.push(trace.input("f32", shape));
    const [x, weight, y] = places as [Value, Value, Value];
    const depth = KERNEL * KERNEL * channels;
    const count = Math.ceil(outputs / PANEL);
    const panels = trace.temp(count * depth * PANEL);
    const filters = { weight, panels, taps: KERNEL * KERNEL, inputs: channels, outputs, groups, flip: 0 };
    trace.emit(convolutionKernels.packFilters, filters, count, depth * outputs);
    const pixels = images * side * side;
    const operands = {
      ...{ x, panels, ...BARE, y, images, height: side, width: side, channels, outHeight: side, outWidth: side, outputs, groups },
      ...{ kernelHeight: KERNEL, kernelWidth: KERNEL, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 },
      ...{ top: 1, left: 1, upY: 1, upX: 1 },
    };
    trace.emit(convolutionKernels.convolve, operands, pixels, pixels * depth * outputs * NS);
    return places;
  });
  const [x, weight, y] = places as [Value, Value, Value];
  return { linked, places: { x, weight, y } };
}

/** What the unit counts: floating-point operations, or bytes of all three tensors. */
function workOf(size: Size, unit: Unit): number {
  const { images, side, channels, outputs, groups } = size;
  if (unit === "GFLOP/s") return (2 * images * side * side * KERNEL * KERNEL * channels * outputs) / groups;
  return BYTES * Object.values(shapesOf(size)).reduce((sum, shape) => sum + sizeOf(shape), 0);
}

function convolutionCase(what: string, size: Size, sought: Sought, way: Way, unit: Unit = "GFLOP/s"): Case {
  const { images, side, channels, outputs } = size;
  const channelsOf = unit === "GFLOP/s" ? `${channels} → ${outputs}` : `${channels}`;
  return {
    name: `${unit === "GFLOP/s" ? "conv" : "depthwise"} 3×3, ${images}×${side}×${side}×${channelsOf}, ${what}`,
    unit,
    work: workOf(size, unit),
    setup() {
      const { linked, places } = way(size);
      const numbers = (): Factors => ({ x: linked.at(places.x), weight: linked.at(places.weight), y: linked.at(places.y) });
      for (const [i, name] of (["x", "weight", "y"] as const).entries()) fillWhole(numbers()[name], i + 1);
      return {
        sample: loop(linked.run),
        poison: () => numbers()[sought].fill(Number.NaN),
        check() {
          const right = expected(size, numbers(), sought);
          requireAll(numbers()[sought], (value, i) => Math.abs(value - right[i]!) < TOLERANCE);
        },
      };
    },
  };
}

export const convolutions: readonly Case[] = [
  convolutionCase("implicit product", WIDE, "y", implicit),
  convolutionCase("Winograd", WIDE, "y", forward),
  convolutionCase("gradient by the weights", WIDE, "weight", byWeights),
  convolutionCase("gradient by the input", WIDE, "x", byInput),
  convolutionCase("forward", FIRST, "y", forward),
  convolutionCase("gradient by the weights", FIRST, "weight", byWeights),
];

type Pool = {
  readonly name: string;
  readonly from: Shape;
  readonly op: (x: Tensor) => Tensor;
  /** Numbers read and written. */
  readonly moved: number;
  /** The result at i, from what the op is given. */
  readonly right: (x: Float32Array, i: number) => number;
};

const IMAGES: [number, number, number, number] = [32, 28, 28, 32];
const HALVED = [32, 14, 14, 32];

/** Where the four pixels of window i's channel stand in IMAGES. */
function windowAt(i: number): number[] {
  const [, , width, channels] = IMAGES;
  const [c, window] = [i % channels, Math.floor(i / channels)];
  const [ox, line] = [window % (width / 2), Math.floor(window / (width / 2))];
  const first = (2 * line * width + 2 * ox) * channels + c;
  return [0, channels, width * channels, (width + 1) * channels].map((offset) => first + offset);
}

const mean4 = (x: Float32Array, i: number): number => windowAt(i).reduce((sum, at) => sum + x[at]!, 0) / 4;

/** Which window of HALVED the pixel i of IMAGES belongs to. */
function windowOf(i: number): number {
  const [, , width, channels] = IMAGES;
  const [c, pixel] = [i % channels, Math.floor(i / channels)];
  const [ix, line] = [pixel % width, Math.floor(pixel / width)];
  return ((line >> 1) * (width / 2) + (ix >> 1)) * channels + c;
}

/** Whether pixel i of IMAGES is the first of its window. */
function isFirst(i: number): boolean {
  const pixel = Math.floor(i / IMAGES[3]);
  return pixel % 2 === 0 && Math.floor(pixel / IMAGES[2]) % 2 === 0;
}

/** The mean over an image of one of its channels. */
function meanOfImage(x: Float32Array, i: number): number {
  const [, height, width, channels] = IMAGES;
  const first = Math.floor(i / channels) * height * width * channels + (i % channels);
  let sum = 0;
  for (let pixel = 0; pixel < height * width; ++pixel) sum += x[first + pixel * channels]!;
  return sum / (height * width);
}

const halves = {
  window: windowOver("bench", [28, 28], [2, 2], { stride: 2, padding: 0, dilation: 1 }),
  withPadding: true,
  divisor: 0,
};
const ALL = sizeOf(IMAGES);

const pools: readonly Pool[] = [
  {
    name: "max pool 2×2",
    from: IMAGES,
    op: (x) => maxPool2d(x, 2),
    moved: 1.5 * ALL, // indices are written too
    right: (x, i) => Math.max(...windowAt(i).map((at) => x[at]!)),
  },
  {
    name: "max pool 2×2, gradient",
    from: HALVED,
    // Of equals the first is the largest; where that is depends on no input, so it is computed once.
    op: (dy) => maxPoolGradOp([dy, maxPoolOp([zeros(IMAGES)], halves.window)[1]!], halves.window)[0],
    moved: 1.5 * ALL, // indices are read too
    right: (dy, i) => (isFirst(i) ? dy[windowOf(i)]! : 0),
  },
  { name: "average pool 2×2", from: IMAGES, op: (x) => avgPool2d(x, 2), moved: 1.25 * ALL, right: mean4 },
  {
    name: "average pool 2×2, gradient",
    from: HALVED,
    op: (dy) => avgPoolGradOp([dy], halves)[0],
    moved: 1.25 * ALL,
    right: (dy, i) => dy[windowOf(i)]! / 4,
  },
  { name: "global average pool", from: IMAGES, op: (x) => mean(x, [1, 2]), moved: ALL, right: meanOfImage },
];

function poolCase({ name, from, op, moved, right }: Pool): Case {
  return {
    name: `${name}, ${IMAGES.join("×")}`,
    unit: "GB/s",
    work: BYTES * moved,
    setup() {
      const { linked, inputs, output } = linkOp([from], (x) => op(x!));
      const x = linked.at(inputs[0]!);
      fillWhole(x, 1);
      return {
        sample: loop(linked.run),
        poison: () => linked.at(output).fill(Number.NaN),
        check: () => requireAll(linked.at(output), (y, i) => Math.abs(y - right(x, i)) < 1e-6),
      };
    },
  };
}

/** Those that read and write more than they compute. */
export const windows: readonly Case[] = [
  convolutionCase("forward", DEPTHWISE, "y", forward, "GB/s"),
  convolutionCase("gradient by the weights", DEPTHWISE, "weight", byWeights, "GB/s"),
  convolutionCase("gradient by the input", DEPTHWISE, "x", byInput, "GB/s"),
  ...pools.map(poolCase),
];
