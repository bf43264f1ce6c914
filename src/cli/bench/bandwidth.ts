/** What kernels reach whose time is memory, beside the machine's rate of copying. A million elements do not fit the second cache. */
import { type TypedArray, viewOf } from "../../core/dtype.ts";
import { engineOf } from "../../wasm/engine.ts";
import { halfKernels, type KernelName, momentsKernels, type Operands, SETTINGS } from "../../wasm/kernels.gen.ts";
import type { Emitted, Value } from "../../wasm/program.ts";
import { windows } from "./convolution.ts";
import { type Case, loop } from "./harness.ts";
import { link } from "./program.ts";
import { fillWhole, requireAll } from "./values.ts";

const N = 1_000_000;
const BYTES = 4;
const NS = 0.3;
/** The head and one bank, in f32. */
const SETTINGS_LENGTH = SETTINGS.BANK / 2;

/** Reads and writes counted. */
const copy: Case = {
  name: "peak, memory.copy 1e6",
  unit: "GB/s",
  work: N * BYTES * 2,
  peak: true,
  setup() {
    const engine = engineOf();
    const at = engine.allocate(N * BYTES * 2);
    const from = () => engine.f32.subarray(at >>> 2, (at >>> 2) + N);
    const to = () => engine.f32.subarray((at >>> 2) + N, (at >>> 2) + 2 * N);
    fillWhole(from(), 1);
    return {
      sample: loop(() => engine.u8.copyWithin(at + N * BYTES, at, at + N * BYTES)),
      poison: () => to().fill(Number.NaN),
      check: () => requireAll(to(), (y, i) => y === from()[i]),
      close: () => engine.heap.free(at),
    };
  },
};

/** Operands of one shape, as the kernels with two operands take them. */
const FLAT = { rows: 1, cols: N, aRow: N, aCol: 1, bRow: N, bCol: 1 };

type Numbers = { [name: string]: Float32Array };
type Wide<K extends KernelName> = {
  kernel: Emitted<K>;
  /** Default N. */
  items?: number;
  /** Vectors by name, and how often each is read or written: 0 for settings. The last one is checked. */
  vectors: Readonly<Record<string, number>>;
  operands(places: Record<string, Value>): Operands<Value>[K];
  /** First values, where whole numbers will not do. */
  fill?(numbers: Numbers): void;
  /** What is overwritten before the check, and what one more run must make of it. */
  poison(numbers: Numbers): void;
  right(numbers: Numbers, i: number): boolean;
};

function wide<K extends KernelName>({ kernel, items = N, vectors, operands, fill, poison, right }: Wide<K>): Case {
  const names = Object.keys(vectors);
  const passes = Object.values(vectors).reduce((sum, times) => sum + times, 0);
  return {
    name: `${typeof kernel === "object" ? kernel.name : kernel} 1e6`,
    unit: "GB/s",
    work: N * BYTES * passes,
    setup() {
      const places: Record<string, Value> = {};
      const linked = link((trace) => {
        for (const name of names) places[name] = trace.input("f32", [vectors[name] === 0 ? SETTINGS_LENGTH : N]);
        trace.emit(kernel, operands(places), items, N * NS);
        return Object.values(places);
      });
      const numbers = (): Numbers => Object.fromEntries(names.map((name) => [name, linked.at(places[name]!)]));
      for (const [i, name] of names.entries()) fillWhole(linked.at(places[name]!), i + 1);
      fill?.(numbers());
      return {
        sample: loop(linked.run),
        poison: () => poison(numbers()),
        check() {
          const found = numbers();
          requireAll(found[names.at(-1)!]!, (_, i) => right(found, i));
        },
      };
    },
  };
}

const add = wide({
  kernel: "add",
  vectors: { a: 1, b: 1, y: 1 },
  operands: ({ a, b, y }) => ({ a: a!, b: b!, y: y!, ...FLAT }),
  poison: ({ y }) => y!.fill(Number.NaN),
  right: ({ a, b, y }, i) => y![i] === a![i]! + b![i]!,
});

const reluGrad = wide({
  kernel: "reluGrad",
  vectors: { x: 1, dy: 1, dx: 1 },
  operands: ({ x, dy, dx }) => ({ a: x!, b: dy!, y: dx!, ...FLAT }),
  poison: ({ dx }) => dx!.fill(Number.NaN),
  right: ({ x, dy, dx }, i) => dx![i] === (x![i]! > 0 ? dy![i]! : 0),
});

/** One section after its first step: assembly/update/settings.ts. */
const HEAD = { STEP: 1, DUE: 1, EVERY: 1, SECTIONS: 1, SCALE: 1 };
const BANK = { LR: 0.001, A: 0.9, B: 0.999, EPS: 1e-8, PRODUCT_A: 0.9, POWER_B: 0.999 };
const FIRST_STEP = 1e-6;

function writeSettings(memory: Float32Array): void {
  const numbers = new Float64Array(memory.buffer, memory.byteOffset, memory.length / 2).fill(0);
  for (const [name, value] of Object.entries(HEAD)) numbers[SETTINGS[name as keyof typeof HEAD] / 8] = value;
  for (const [name, value] of Object.entries(BANK)) numbers[(SETTINGS.BANK + SETTINGS[name as keyof typeof BANK]) / 8] = value;
}

const adam = wide({
  kernel: momentsKernels.adam,
  items: N / 4,
  vectors: { settings: 0, g: 1, m: 2, v: 2, w: 2 },
  operands: ({ settings, g, m, v, w }) => ({
    ...{ w: w!, g: g!, first: m!, second: v!, third: w!, settings: settings! },
    ...{ section: 0, from: 0, ticks: 0 },
  }),
  fill: ({ settings }) => writeSettings(settings!),
  poison({ m, v, w }) {
    for (const numbers of [m!, v!, w!]) numbers.fill(0);
  },
  // From m = v = 0 the first step is lr against the sign of g, whatever its size.
  right: ({ g, w }, i) => Math.abs(w![i]! + Math.sign(g![i]!) * 0.001) < FIRST_STEP,
});

/** −2 to 2 as f16: sign, exponent from 15 on, significand. */
const HALVES = new Map([-2, -1, 0, 1, 2].map((number, i) => [number, [0xc000, 0xbc00, 0, 0x3c00, 0x4000][i]!]));

function conversion(name: "f16ToF32" | "f32ToF16", from: "f16" | "f32", to: "f16" | "f32"): Case {
  return {
    name: `${name} 1e6`,
    unit: "GB/s",
    work: N * (BYTES + BYTES / 2),
    setup() {
      const places: Value[] = [];
      const linked = link((trace) => {
        places.push(trace.input(from, [N]), trace.input(to, [N]));
        const [x, y] = places as [Value, Value];
        trace.emit(halfKernels[name], { x, y }, N, N * NS);
        return places;
      });
      const elements = ({ dtype, address }: Value): TypedArray => viewOf(dtype, engineOf().u8.buffer, address, N);
      const numbers = new Float32Array(N);
      fillWhole(numbers, 1);
      const as = { f32: numbers, f16: Uint16Array.from(numbers, (number) => HALVES.get(number)!) };
      elements(places[0]!).set(as[from]);
      return {
        sample: loop(linked.run),
        poison: () => elements(places[1]!).fill(0xffff),
        check() {
          const [found, expected] = [elements(places[1]!), as[to]];
          for (let i = 0; i < N; ++i) if (found[i] !== expected[i]) throw new Error(`${found[i]} at ${i}`);
        },
      };
    },
  };
}

/** The peak first. */
export const bandwidth: readonly Case[] = [
  ...[copy, add, reluGrad, adam],
  ...[conversion("f32ToF16", "f32", "f16"), conversion("f16ToF32", "f16", "f32")],
  ...windows,
];
