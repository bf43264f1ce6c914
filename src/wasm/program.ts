/** Programs as they stand in WASM memory: fixed-size instructions, written from kernel names and operands. */
import type { DType } from "../core/dtype.ts";
import { BYTES } from "../core/dtype.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Cell } from "./cell.ts";
import { engineOf } from "./engine.ts";
import { infosOf, type Kernel, type KernelInfo, type OperandKind } from "./kernel.ts";
import { CORE, type CoreName, type KernelName, type Operands } from "./kernels.gen.ts";
import * as TUNE from "./tune.gen.ts";

/** A value of a compiled program: a place in the program's own memory, planned when all of it is known. */
export class Value {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly length: number;
  readonly bytes: number;
  /** Written by the caller before each run. */
  readonly isInput: boolean;
  address = 0;
  /** The value this one is a part of, and where in it, in bytes. */
  whole: Value | null = null;
  offset = 0;
  constructor(dtype: DType, shape: Shape, isInput = false) {
    this.dtype = dtype;
    this.shape = shape;
    this.length = sizeOf(shape);
    this.isInput = isInput;
    this.bytes = this.length * BYTES[dtype];
  }
}

/** What names memory in an operand. */
export type Ref = Cell | Value;

/** The error for an index that is out of range: `row` is the lowest bad one, `value` what stood there. */
export type Explain = (row: number, value: number) => Error;
/** Set by instructions that check indices: where the indices stand, and what to say of a bad one. */
export type Fault = { index: Ref; explain: Explain };

/** A kernel to emit: by name where the core has it, else itself, so that only programs that import it bring its family along. */
export type Emitted<K extends KernelName> = (K & CoreName) | Kernel<K>;

/** What an op's lowering writes to. */
export interface Program {
  /**
   * Appends one instruction.
   * @param items what the kernel's [begin, end) counts
   * @param nanoseconds a rough estimate of its time on one thread, which decides how it is shared; default 0.3 an item
   */
  emit<K extends KernelName>(
    kernel: Emitted<K>,
    operands: Operands<Ref>[K],
    items: number,
    nanoseconds?: number,
    fault?: Fault,
  ): void;
  /** Memory for between two instructions of one op. */
  temp(length: number): Ref;
  /** Draws a ticket from a stream of random numbers, whose counter moves on. */
  draw(stream: Ref, ticket: Ref): void;
}

/** Below this time, sharing an instruction costs more than it saves; and about as long a chunk should last, in ns. */
export const CHUNK_NS = 8000;
/** Chunks each thread finds on average, so that one that is held up leaves little to wait for; fewer where they would be small. */
const CHUNKS_PER_THREAD = 4;
const FEWEST_PER_THREAD = 2;
const HEADER_WORDS = 4;

export const DEFAULT_NS = 0.3;

/** How an instruction is cut: what there is of it, its time on one thread, and how many items its kernel likes to have at once. */
type Extent = { readonly items: number; readonly nanoseconds: number; readonly block: number };

/** Items a chunk gets: all of them where sharing does not pay. */
export function grainOf({ items, nanoseconds, block }: Extent, threads: number): number {
  const each = Math.min(CHUNKS_PER_THREAD, Math.max(FEWEST_PER_THREAD, Math.ceil(items / (threads * block))));
  const chunks = Math.min(threads * each, Math.floor(nanoseconds / CHUNK_NS), items);
  if (threads === 1 || chunks < 2) return Math.max(items, 1);
  const grain = Math.ceil(items / chunks);
  if (grain >= 64) return Math.ceil(grain / 16) * 16; // whole cache lines where items are elements
  // Products and norms go through several rows at a time; whoever comes first takes what is left over.
  return grain >= 12 ? Math.floor(items / chunks / 4) * 4 : grain;
}

/** Where operands' memory stands at the moment of writing. */
export type Resolve = (ref: Ref, kind: OperandKind) => number;

type Operand = Ref | number;

/** Writes an instruction's operands and the four words in front of them. A pointer that is a number is an address. */
function write(
  at: number,
  { code, operands: list }: KernelInfo,
  operands: Readonly<Record<string, Operand>>,
  resolve: Resolve,
  ...[items, grain, chunks]: readonly [items: number, grain: number, chunks: number]
): void {
  const engine = engineOf();
  let word = (at >>> 2) + HEADER_WORDS;
  for (let i = 0; i < list.length; ++i, ++word) {
    const [name, kind] = list[i]!;
    const operand = operands[name]!;
    if (typeof operand === "object") {
      const address = resolve(operand, kind);
      engine.i32[word] = address; // after `resolve`, which may have renewed the views
    } else if (kind === "f32") engine.f32[word] = operand;
    else engine.i32[word] = operand;
  }
  word = at >>> 2;
  engine.i32[word] = code;
  engine.i32[word + 1] = items;
  engine.i32[word + 2] = grain;
  engine.i32[word + 3] = chunks;
}

/** Writes one instruction at `at`; returns its number of chunks. */
export function writeInstruction(
  at: number,
  info: KernelInfo,
  operands: Readonly<Record<string, Operand>>,
  extent: Extent,
  resolve: Resolve,
): number {
  const { items } = extent;
  const grain = grainOf(extent, engineOf().threads);
  const chunks = Math.ceil(items / grain);
  write(at, info, operands, resolve, items, grain, chunks);
  return chunks;
}

/** Tells of the instruction at `at` that so many behind it do not depend on it, nor on each other: threads run them side by side. */
export function writeCompanions(at: number, companions: number): void {
  const { i32 } = engineOf();
  i32[(at >>> 2) + HEADER_WORDS - 1]! |= companions << 16;
}

/** Writes one instruction as a member of a group, with `factor` items in a unit. */
export function writeMember(
  at: number,
  info: KernelInfo,
  operands: Readonly<Record<string, Operand>>,
  items: number,
  factor: number,
  resolve: Resolve,
): void {
  write(at, info, operands, resolve, items, factor, 0);
}

/** Writes plain words. */
export function writeWords(at: number, words: readonly number[]): void {
  engineOf().i32.set(words, at >>> 2);
}

/** The lowest bad row that the member of a group at `at` has met, or null; it is forgotten. */
export function takeFault(at: number): number | null {
  const engine = engineOf();
  const word = (at >>> 2) + HEADER_WORDS - 1;
  const row = engine.i32[word]! - 1;
  engine.i32[word] = 0;
  return row < 0 ? null : row;
}

let core: ReadonlyMap<string, KernelInfo> | null = null;

/** What the binding says of a kernel, whose family is at hand from now on. */
export function infoOf(kernel: CoreName | Kernel): KernelInfo {
  if (typeof kernel === "object") {
    engineOf().load(kernel.family);
    return kernel;
  }
  core ??= new Map(infosOf(CORE, null).map((info) => [info.name, info]));
  return core.get(kernel)!;
}

export const INSTRUCTION_BYTES = TUNE.INSTRUCTION_BYTES;

/** The value at `row` of the memory an index operand names. */
export function indexAt(ref: Ref, address: number, row: number): number {
  const engine = engineOf();
  if (ref.dtype === "f32") return engine.f32[(address >>> 2) + row]!;
  return ref.dtype === "i32" ? engine.i32[(address >>> 2) + row]! : engine.u8[address + row]!;
}
