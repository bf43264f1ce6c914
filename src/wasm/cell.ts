/**
 * Where a tensor's numbers live. Up to 4 KB in an ordinary typed array, copied in on use; larger ones in the WASM heap, listed in a
 * table of cells by order of use. Under pressure the least recently used move out to typed arrays, which JavaScript's collector
 * owns, and leave the table: finalizers do not run inside a synchronous loop, so nothing may depend on them.
 */
import { arrayOf, BYTES, type DType, type TypedArray, viewOf } from "../core/dtype.ts";
import { engineOf } from "./engine.ts";

/** Cells of up to this many bytes stay outside WASM memory until they are used. */
const SMALL = 4096;
/** Bytes of eager values that stay in WASM memory before the least recently used move out. */
const BUDGET = 128 * 1024 * 1024;

/** State that changes in place: differentiating through a value computed before a change is an error. */
export type Version = { changes: number };

let lastId = 0;

export class Cell {
  readonly id = ++lastId;
  readonly dtype: DType;
  readonly length: number;
  readonly bytes: number;
  /** The numbers, while they are outside WASM memory, unless they are but one f32 that came alone: an array for it is made if asked. */
  #array: TypedArray | null = null;
  #single: number | null = null;
  /** Where they stand in WASM memory; 0 while they are outside. */
  address = 0;
  /** While positive, the cell stays where it is in WASM memory. */
  pins = 0;
  /** Tensors that show this cell. */
  owners = 0;
  /** Set for parameters and buffers, whose numbers change. */
  version: Version | null = null;
  /** The block this cell is a part of: it owns no memory itself. */
  slab: Cell | null = null;
  /** The last operation that used the cell, and where it was copied to for that. */
  operation = 0;
  staged = 0;

  constructor(dtype: DType, length: number) {
    this.dtype = dtype;
    this.length = length;
    this.bytes = length * BYTES[dtype];
  }

  /** The numbers, while they are outside WASM memory. */
  get host(): TypedArray | null {
    if (this.#single !== null) {
      this.#array = Float32Array.of(this.#single);
      this.#single = null;
    }
    return this.#array;
  }

  set host(numbers: TypedArray | null) {
    this.#array = numbers;
    this.#single = null;
  }

  /** Makes `value` the only number, outside WASM memory. */
  setSingle(value: number): void {
    this.#single = value;
  }

  at(index: number): number {
    return this.#single ?? (this.#array ?? inside(this))[index]!;
  }
}

/** Cells in WASM memory that may move out, the least recently used first. */
const resident = new Map<number, Cell>();
/** Cells that may not: captured by programs, parameters, buffers, members of slabs. */
const pinned = new Map<number, Cell>();
let residentBytes = 0;
let operation = 0;
let relocations = 0;

/** Begins an operation: the cells it touches stay until the next begins. Returns its number. */
export function beginOperation(): number {
  operation += 1;
  return operation;
}

function enlist(cell: Cell): void {
  resident.set(cell.id, cell);
  residentBytes += cell.bytes;
}

function delist(cell: Cell): void {
  if (resident.delete(cell.id)) residentBytes -= cell.bytes;
}

export function bytesOf(array: TypedArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function inside({ dtype, address, length }: Cell): TypedArray {
  return viewOf(dtype, engineOf().u8.buffer, address, length);
}

function release(cell: Cell): void {
  delist(cell);
  if (cell.address && !cell.slab) engineOf().heap.free(cell.address);
  cell.address = 0;
}

function moveOut(cell: Cell): void {
  cell.host = inside(cell).slice();
  release(cell);
}

/** Moves the least recently used cell out; false where every one is needed. */
function evictOne(): boolean {
  for (const cell of resident.values()) {
    if (cell.operation === operation) continue;
    moveOut(cell);
    return true;
  }
  return false;
}

/** A block of WASM memory that no cell owns; eager values move out where there is no other room. */
export function allocateBlock(bytes: number): number {
  return engineOf().allocate(bytes, evictOne);
}

/** Gives the cell an address in WASM memory, its numbers with it. */
export function makeResident(cell: Cell): number {
  if (cell.address === 0) {
    while (residentBytes + cell.bytes > BUDGET && evictOne());
    cell.address = allocateBlock(cell.bytes);
    if (cell.host) engineOf().u8.set(bytesOf(cell.host), cell.address);
    cell.host = null;
    enlist(cell);
  } else if (cell.pins === 0 && resident.delete(cell.id)) resident.set(cell.id, cell); // now the most recently used
  cell.operation = operation;
  return cell.address;
}

/** Whether an operation copies the cell in and out, rather than giving it a place in the heap. */
export function isStaged(cell: Cell): boolean {
  return cell.bytes <= SMALL && cell.address === 0;
}

/** Keeps a cell in WASM memory, at one address, until `unpin`. */
export function pin(cell: Cell): number {
  makeResident(cell);
  delist(cell); // pinned memory is not of the eager values' budget
  pinned.set(cell.id, cell);
  cell.pins += 1;
  return cell.address;
}

export function unpin(cell: Cell): void {
  cell.pins -= 1;
  if (cell.pins > 0 || cell.slab) return;
  pinned.delete(cell.id);
  if (cell.owners === 0) release(cell);
  else if (cell.bytes <= SMALL) moveOut(cell);
  else enlist(cell);
}

/** Makes a pinned cell a part of the slab, `offset` bytes from its start, its numbers with it. */
export function moveInto(cell: Cell, slab: Cell, offset: number): void {
  const address = pin(slab) + offset;
  engineOf().u8.copyWithin(address, cell.address, cell.address + cell.bytes);
  if (cell.slab) unpin(cell.slab);
  else engineOf().heap.free(cell.address);
  cell.slab = slab;
  cell.address = address;
  relocations += 1;
}

/** Counts moves of pinned cells: programs that hold addresses link again when it has changed. */
export function relocationCount(): number {
  return relocations;
}

/** A copy of the numbers, unshared. */
export function numbersOf(cell: Cell): TypedArray {
  if (cell.host) return cell.host.slice();
  return cell.address ? inside(cell).slice() : arrayOf(cell.dtype, cell.length);
}

/** One number, without a copy of the others. */
export function numberAt(cell: Cell, index: number): number {
  return cell.at(index);
}

/** A cell around `array`, which the caller gives away. */
export function cellFrom(array: TypedArray, dtype: DType): Cell {
  const cell = new Cell(dtype, array.length);
  cell.host = array;
  return cell;
}

/** Overwrites a cell's numbers from outside. */
export function writeNumbers(cell: Cell, array: TypedArray): void {
  if (cell.address) engineOf().u8.set(bytesOf(array), cell.address);
  else cell.host = array.slice();
}

// Runs at some later time, if at all: it only frees early what eviction would move out anyway, and pinned memory for good.
const forgotten = new FinalizationRegistry<number>((id) => {
  const cell = resident.get(id) ?? pinned.get(id);
  if (cell) disown(cell);
});

/** `owner` begins to show the cell. State is told apart because only its owners' end frees it. */
export function own(cell: Cell, owner: WeakKey): void {
  cell.owners += 1;
  if (cell.bytes > SMALL || cell.version) forgotten.register(owner, cell.id, owner);
}

/** `owner` ceases to show the cell: memory that nobody shows is free at once. */
export function disown(cell: Cell, owner?: WeakKey): void {
  if (owner) forgotten.unregister(owner);
  cell.owners -= 1;
  if (cell.owners > 0) return;
  if (cell.slab) {
    pinned.delete(cell.id);
    unpin(cell.slab);
  } else if (cell.version)
    unpin(cell); // state was pinned when it was made
  else if (cell.pins === 0) release(cell);
  cell.host = null;
}
