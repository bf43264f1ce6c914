/// <reference lib="esnext.disposable" preserve="true" />
import type { DType, TypedArray } from "../core/dtype.ts";
import { CompileError, ValueError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { Cell, disown, numberAt, numbersOf, own } from "../wasm/cell.ts";
import type { Ref } from "../wasm/program.ts";
import type { Node } from "./op.ts";
import { formatTensor } from "./print.ts";
import { eagerly } from "./record.ts";

/** Numbers nested as deep as a tensor has axes. */
export type Nested = number | readonly Nested[];

/** An element type for numbers at rest, whose kernels only programs that import it carry: `f16`. */
export type StorageType = {
  readonly dtype: DType;
  /** Numbers from here on, of either sign, are out of its range. */
  readonly limit: number;
  /** @internal The same numbers in this type. */
  from(x: Tensor): Tensor;
};

/** How numbers that JavaScript cannot read become f32: set by who makes such tensors, so that nothing here depends on it. */
export const widening: { [T in DType]?: (x: Tensor) => Tensor } = {};

/** Tensors made inside the innermost scope. */
let made: Tensor[] | null = null;

/**
 * Calls `f` and frees at once every tensor made inside that it does not return (in arrays and plain objects, too). Never needed:
 * without it JavaScript's collector frees them later. State and what is still shown elsewhere stays.
 *
 * @example const loss = scope(() => mse(model.forward(x), y).item());
 */
export function scope<T>(f: () => T): T {
  const outer = made;
  const own: Tensor[] = [];
  made = own;
  try {
    const result = f();
    const kept = new Set<unknown>();
    keep(result, kept);
    for (const tensor of own) {
      if (!kept.has(tensor)) tensor[Symbol.dispose]();
      else outer?.push(tensor);
    }
    return result;
  } finally {
    made = outer;
  }
}

function keep(result: unknown, kept: Set<unknown>): void {
  if (typeof result !== "object" || result === null || kept.has(result)) return;
  kept.add(result);
  if (!(result instanceof Tensor || ArrayBuffer.isView(result))) for (const part of Object.values(result)) keep(part, kept);
}

/**
 * An array of numbers with a shape and an element type, row-major. Its values do not change; there is nothing to free.
 *
 * Made by `tensor`, `zeros`, `uniform`, … and by every op; ops are methods too: `x.matmul(w).add(b)`.
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Where the numbers are: a cell, or while compiling a value of the program; null once they are freed. */
  protected source: Ref | null;
  /** @internal How it was computed, where a gradient may be asked for. */
  node: Node | null = null;
  /** @internal Whether gradients are wanted for it, though nothing computed it. */
  leaf = false;

  /** @internal */
  constructor(source: Ref, shape: Shape) {
    this.source = source;
    this.shape = shape;
    this.dtype = source.dtype;
    if (source instanceof Cell) own(source, this);
    made?.push(this);
  }

  /** @internal */
  get ref(): Ref {
    if (this.source) return this.source;
    throw new ValueError("tensor", "its numbers have been freed by scope or using", undefined, "returning it from the scope");
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** @internal Whether its numbers change in place: a parameter or a buffer. */
  get isState(): boolean {
    return this.source instanceof Cell && this.source.version !== null;
  }

  /** @internal The cell, or the error that there are no numbers yet. */
  cell(where: string): Cell {
    const { ref } = this;
    if (ref instanceof Cell) return ref;
    throw new CompileError(
      where,
      "reads a value while compiling: there are no numbers yet",
      undefined,
      "returning the tensor, and reading what the compiled function returns",
    );
  }

  /** The cell with numbers as JavaScript reads them. */
  #readable(where: string): Cell {
    const cell = this.cell(where);
    const widen = widening[this.dtype];
    return widen ? eagerly(() => widen(this)).cell(where) : cell;
  }

  /** A copy of the numbers, in row-major order; those of f16 as f32. */
  data(): TypedArray {
    return numbersOf(this.#readable("data"));
  }

  /**
   * The only number of a tensor of one element.
   *
   * @throws ValueError when there are more, or none
   */
  item(): number {
    const cell = this.#readable("item");
    if (this.size !== 1)
      throw new ValueError("item", "needs a tensor of one element", `shape [${this.shape.join(", ")}]`, "data() or toArray()");
    return numberAt(cell, 0);
  }

  /** The numbers as nested arrays. */
  toArray(): Nested {
    const data = numbersOf(this.#readable("toArray"));
    const nest = (axis: number, from: number, count: number): Nested => {
      if (axis === this.rank) return data[from]!;
      const extent = this.shape[axis]!;
      const step = extent === 0 ? 0 : count / extent;
      return Array.from({ length: extent }, (_, i) => nest(axis + 1, from + i * step, step));
    };
    return nest(0, 0, data.length);
  }

  /** Frees the numbers now rather than when JavaScript's collector finds them. For `using`; never needed. */
  [Symbol.dispose](): void {
    const { source } = this;
    if (!(source instanceof Cell) || source.version) return;
    this.source = null;
    this.node = null;
    disown(source, this);
  }

  toString(): string {
    return formatTensor(this);
  }

  /** What Node's `console.log` prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return formatTensor(this);
  }
}
