/** Tensors from JavaScript's own numbers. */
import { arrayOf, dtypeOf, type PlainType, type TypedArray } from "../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { checkShape, type Shape, sizeOf } from "../core/shape.ts";
import { Cell, cellFrom, numbersOf } from "../wasm/cell.ts";
import { type Nested, Tensor } from "./tensor.ts";

/** Nested arrays whose rows may be typed arrays. */
type Rows = number | ArrayBufferView | readonly Rows[];
/** What becomes a tensor: a number, nested arrays of numbers, typed arrays (also as rows), or a tensor, which stays what it is. */
export type TensorLike = Tensor | Nested | Rows;

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value === null || typeof value !== "object" ? String(value) : Object.prototype.toString.call(value);
}

/** Whether a level of nesting is a list: an array, or a row that is a typed array. */
function isList(level: unknown): level is ArrayLike<unknown> {
  return Array.isArray(level) || (ArrayBuffer.isView(level) && "length" in level);
}

function shapeOfNested(where: string, nested: unknown): number[] {
  const shape: number[] = [];
  for (let level = nested; isList(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > 32) throw new ValueError(where, "arrays are nested too deep, or in themselves");
  }
  return shape;
}

const UNEQUAL = "arrays must be nested equally deep everywhere";

/** Says what is wrong with something that stands where a number should, `path` down from the outermost array. */
function refuse(where: string, value: unknown, path: readonly number[]): never {
  const at = `at [${path.join("][")}]`;
  if (isList(value)) throw new ValueError(where, UNEQUAL, `an array of ${value.length} ${at}`);
  throw new DTypeError(
    where,
    "takes numbers only",
    `${describe(value)} ${at}`,
    "turning text and missing values into numbers first",
  );
}

function fillFrom(where: string, nested: unknown, shape: Shape, data: TypedArray): void {
  let next = 0;
  const path: number[] = [];
  const visit = (level: unknown, axis: number): void => {
    const at = (): string => `at [${path.join("][")}]`;
    if (!isList(level)) throw new ValueError(where, UNEQUAL, `${describe(level)} ${at()}`);
    if (level.length !== shape[axis]) {
      throw new ValueError(
        where,
        "arrays beside each other must have the same length",
        `${level.length} instead of ${shape[axis]} ${at()}`,
      );
    }
    const isRow = axis === shape.length - 1;
    for (let i = 0; i < level.length; ++i) {
      const value = level[i];
      if (isRow) {
        if (typeof value !== "number") refuse(where, value, [...path, i]);
        data[next++] = value;
        continue;
      }
      path.push(i);
      visit(value, axis + 1);
      path.pop();
    }
  };
  if (shape.length > 0) visit(nested, 0);
  else data[0] = nested as number;
}

/** The numbers of a typed array of any kind that has plain numbers. */
function numbersIn(array: ArrayBufferView): ArrayLike<number> | null {
  const isOther = array instanceof DataView || array instanceof BigInt64Array || array instanceof BigUint64Array;
  return isOther ? null : (array as Float32Array);
}

function toDType(array: ArrayBufferView, where: string, dtype: PlainType | undefined): TypedArray {
  const numbers = numbersIn(array);
  if (!numbers)
    throw new DTypeError(
      where,
      "takes typed arrays of numbers",
      describe(array),
      "Float32Array, Int32Array, Uint8Array or Int8Array",
    );
  const copy = arrayOf(dtype ?? dtypeOf(array) ?? "f32", numbers.length);
  copy.set(numbers);
  return copy;
}

/**
 * A tensor of the given numbers, copied.
 *
 * @param values a number, nested arrays of equal lengths (rows may be typed arrays), or a typed array
 * @param shape default: as nested; a typed array has one axis
 * @param dtype default: f32; for typed arrays, theirs
 * @throws DTypeError on anything that is not a number
 * @throws ValueError on arrays of unequal lengths  @throws ShapeError when the shape holds another number of elements
 * @example tensor([[1, 2], [3, 4]])
 */
export function tensor(values: TensorLike, { shape, dtype }: { shape?: Shape; dtype?: PlainType } = {}): Tensor {
  return tensorFor("tensor", values, shape, dtype);
}

/** `tensor`, on behalf of the call named `where`. */
export function tensorFor(where: string, values: TensorLike, shape?: Shape, dtype?: PlainType): Tensor {
  if (values instanceof Tensor) return values;
  let data: TypedArray;
  let found: Shape;
  if (ArrayBuffer.isView(values)) {
    data = toDType(values, where, dtype);
    found = [data.length];
  } else {
    if (typeof values !== "number" && !Array.isArray(values)) {
      throw new DTypeError(where, "takes numbers only", describe(values), "a number, nested arrays or a typed array");
    }
    found = shapeOfNested(where, values);
    data = arrayOf(dtype ?? "f32", sizeOf(found));
    fillFrom(where, values, found, data);
  }
  if (shape) {
    checkShape(where, shape);
    if (sizeOf(shape) !== data.length) throw new ShapeError(where, `${data.length} numbers do not fill the shape`, { shape });
  }
  const type = dtypeOf(data);
  if (!type) throw new DTypeError(where, "makes f32, i32, u8 or i8 of numbers", dtype, "cast(f16) of the tensor");
  return new Tensor(cellFrom(data, type), shape ?? found);
}

/** A tensor of f16 by its bits, which are copied, on behalf of the call named `where`. */
export function ofBits(where: string, bits: ArrayLike<number>, shape: Shape): Tensor {
  if (sizeOf(checkShape(where, shape)) !== bits.length)
    throw new ShapeError(where, `${bits.length} numbers do not fill the shape`, { shape });
  return new Tensor(cellFrom(Uint16Array.from(bits), "f16"), shape);
}

/** A copy of a tensor's elements as they are kept, those of f16 as bits. */
export function elementsOf(where: string, x: Tensor): TypedArray {
  return numbersOf(x.cell(where));
}

/** A number as a tensor without axes. */
export function scalar(value: number): Tensor {
  const cell = new Cell("f32", 1);
  const data = new Float32Array(1);
  data[0] = value;
  cell.host = data;
  return new Tensor(cell, []);
}
