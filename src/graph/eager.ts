/** Eager mode: the instructions of one op are a program that runs as soon as they are complete. */
import { type DType, type TypedArray, viewOf } from "../core/dtype.ts";
import { CompileError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { allocateBlock, beginOperation, bytesOf, Cell, isStaged, makeResident } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import { factOf, type OperandKind } from "../wasm/kernel.ts";
import type { KernelName, Operands } from "../wasm/kernels.gen.ts";
import { Pace } from "../wasm/pace.ts";
import {
  DEFAULT_NS,
  type Emitted,
  type Fault,
  INSTRUCTION_BYTES,
  indexAt,
  infoOf,
  type Ref,
  writeInstruction,
} from "../wasm/program.ts";
import { type Recorder, setImmediate } from "./record.ts";

const MAX_INSTRUCTIONS = 512;
/** Room for small cells while an op runs; cells that find none go to the heap. */
const STAGE_BYTES = 65536;
const STAGE_ALIGN = 16;

class Eager implements Recorder {
  #code = 0;
  #stage = 0;
  #top = 0;
  #operation = 0;
  #count = 0;
  #shared = false;
  #nanoseconds = 0;
  readonly #pace = new Pace();
  #written: Cell[] = [];
  #faults: { instruction: number; fault: Fault }[] = [];
  readonly #resolve = (ref: Ref, kind: OperandKind): number => this.#address(this.#cell(ref), kind);

  create(dtype: DType, shape: Shape): Cell {
    return new Cell(dtype, sizeOf(shape));
  }

  admit(ref: Ref): Ref {
    return this.#cell(ref);
  }

  temp(length: number): Cell {
    return new Cell("f32", length);
  }

  begin(): void {
    if (this.#code === 0) {
      this.#code = allocateBlock(MAX_INSTRUCTIONS * INSTRUCTION_BYTES);
      this.#stage = allocateBlock(STAGE_BYTES);
    }
    this.#operation = beginOperation();
    this.#top = this.#stage;
    this.#count = 0;
    this.#nanoseconds = 0;
    this.#shared = false;
    this.#written.length = 0;
    this.#faults.length = 0;
  }

  emit<K extends KernelName>(
    kernel: Emitted<K>,
    operands: Operands<Ref>[K],
    items: number,
    nanoseconds = items * DEFAULT_NS,
    fault?: Fault,
  ): void {
    if (this.#count === MAX_INSTRUCTIONS) this.#run();
    const at = this.#code + this.#count * INSTRUCTION_BYTES;
    const info = infoOf(kernel);
    const block = factOf(info.block ?? 1, { operands, items });
    if (writeInstruction(at, info, operands, { items, nanoseconds, block }, this.#resolve) > 1) this.#shared = true;
    if (fault) this.#faults.push({ instruction: this.#count, fault });
    this.#count += 1;
    this.#nanoseconds += nanoseconds;
  }

  end(): void {
    this.#run();
    for (const cell of this.#written) this.#takeBack(cell);
  }

  draw(stream: Ref, ticket: Ref): void {
    this.emit("ticket", { state: stream, out: ticket, offset: 0 }, 1);
    this.emit("advanceStream", { state: stream, by: 1 }, 1);
  }

  place(): boolean {
    return false;
  }

  changes(state: { changes: number }): void {
    state.changes += 1;
  }

  improve(): void {
    // One op alone is nothing to improve.
  }

  onMove(check: () => void): void {
    check();
  }

  #cell(ref: Ref): Cell {
    if (ref instanceof Cell) return ref;
    throw new CompileError(
      "tensor",
      "belongs to a compiled function's trace and has no numbers",
      undefined,
      "returning it from the function",
    );
  }

  #address(cell: Cell, kind: OperandKind): number {
    if (!isStaged(cell)) return makeResident(cell);
    if (cell.operation === this.#operation) {
      if (kind !== "in") this.#note(cell);
      return cell.staged;
    }
    if (this.#top + cell.bytes + STAGE_ALIGN > this.#stage + STAGE_BYTES) return makeResident(cell);
    const address = this.#top;
    this.#top = ((address + cell.bytes + STAGE_ALIGN - 1) & -STAGE_ALIGN) >>> 0;
    cell.operation = this.#operation;
    cell.staged = address;
    if (cell.host) copyIn(cell.host, address);
    if (kind !== "in") this.#note(cell);
    return address;
  }

  #note(cell: Cell): void {
    if (!this.#written.includes(cell)) this.#written.push(cell);
  }

  #takeBack(cell: Cell): void {
    cell.host = copyOut(cell.dtype, cell.staged, cell.length);
  }

  #run(): void {
    const fault = engineOf().execute(this.#code, 0, this.#count, this.#shared, this.#pace, this.#nanoseconds);
    this.#count = 0;
    this.#nanoseconds = 0;
    if (!fault) return;
    const { index, explain } = this.#faults.find(({ instruction }) => instruction === fault.instruction)!.fault;
    throw explain(fault.row, indexAt(index, this.#address(this.#cell(index), "in"), fault.row));
  }
}

/** Few numbers are faster copied one by one than by a call. */
const FEW = 16;

/** Writes numbers to WASM memory. */
export function copyIn(array: TypedArray, address: number): void {
  const engine = engineOf();
  if (array instanceof Float32Array) {
    const { f32 } = engine;
    const at = address >>> 2;
    if (array.length > FEW) f32.set(array, at);
    else for (let i = 0; i < array.length; ++i) f32[at + i] = array[i]!;
  } else engine.u8.set(bytesOf(array), address);
}

/** A copy of `length` numbers at `address`. */
export function copyOut(dtype: DType, address: number, length: number): TypedArray {
  const engine = engineOf();
  if (dtype === "f32") {
    const at = address >>> 2;
    if (length > FEW) return engine.f32.slice(at, at + length);
    const copy = new Float32Array(length);
    for (let i = 0; i < length; ++i) copy[i] = engine.f32[at + i]!;
    return copy;
  }
  return viewOf(dtype, engine.u8.buffer, address, length).slice();
}

setImmediate(new Eager());
