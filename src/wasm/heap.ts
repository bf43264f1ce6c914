/**
 * Blocks of WASM memory by address: best fit, neighbours merged when freed. Free blocks are few (eager values, programs, slabs),
 * so a sorted list is enough.
 */
const ALIGN = 64;

export class Heap {
  /** Free blocks by ascending address: start and size in turn. */
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];
  readonly #used = new Map<number, number>();
  #end: number;
  #usedBytes = 0;

  /** @param begin first byte of the heap  @param end one past its last byte */
  constructor(begin: number, end: number) {
    const start = Math.ceil(begin / ALIGN) * ALIGN;
    this.#end = end;
    this.#insert(start, end - start);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The address of a block of at least `bytes`, 64-byte aligned; 0 where no free block is large enough. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    let best = -1;
    for (let i = 0; i < this.#sizes.length; ++i) {
      if (this.#sizes[i]! >= size && (best < 0 || this.#sizes[i]! < this.#sizes[best]!)) best = i;
    }
    if (best < 0) return 0;
    const address = this.#starts[best]!;
    if (this.#sizes[best] === size) {
      this.#starts.splice(best, 1);
      this.#sizes.splice(best, 1);
    } else {
      this.#starts[best] = address + size;
      this.#sizes[best]! -= size;
    }
    this.#used.set(address, size);
    this.#usedBytes += size;
    return address;
  }

  free(address: number): void {
    const size = this.#used.get(address);
    if (size === undefined) throw new RangeError(`heap: no block at ${address}`);
    this.#used.delete(address);
    this.#usedBytes -= size;
    this.#insert(address, size);
  }

  /** Takes memory up to `end` into the heap. */
  extend(end: number): void {
    this.#insert(this.#end, end - this.#end);
    this.#end = end;
  }

  #insert(address: number, size: number): void {
    if (size <= 0) return;
    const starts = this.#starts;
    const sizes = this.#sizes;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! < address) low = middle + 1;
      else high = middle;
    }
    starts.splice(low, 0, address);
    sizes.splice(low, 0, size);
    if (low + 1 < starts.length && address + size === starts[low + 1]) {
      sizes[low]! += sizes[low + 1]!;
      starts.splice(low + 1, 1);
      sizes.splice(low + 1, 1);
    }
    if (low > 0 && starts[low - 1]! + sizes[low - 1]! === address) {
      sizes[low - 1]! += sizes[low]!;
      starts.splice(low, 1);
      sizes.splice(low, 1);
    }
  }
}
