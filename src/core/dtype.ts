/**
 * Element types: f32 to compute with, i32 for indices and labels, u8 for images at rest, i8 for quantised weights, f16 for weights at
 * rest.
 */
export type DType = "f32" | "i32" | "u8" | "i8" | "f16";
/** Element types that an array of JavaScript's numbers becomes. */
export type PlainType = Exclude<DType, "f16">;
/** What holds a tensor's elements; a Uint16Array the bits of f16. */
export type TypedArray =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>;

const ARRAYS = { f32: Float32Array, i32: Int32Array, u8: Uint8Array, i8: Int8Array, f16: Uint16Array } as const;

export const BYTES: { readonly [T in DType]: number } = { f32: 4, i32: 4, u8: 1, i8: 1, f16: 2 };

/** An array of `length` zeros of the given type. */
export function arrayOf(dtype: DType, length: number): TypedArray {
  return new ARRAYS[dtype](length);
}

/** The elements that stand at `address`. */
export function viewOf(dtype: DType, buffer: ArrayBuffer, address: number, length: number): TypedArray {
  return new ARRAYS[dtype](buffer, address, length);
}

/** The element type of a typed array, or null where nabla has none like it: a Uint16Array may hold anything. */
export function dtypeOf(array: ArrayBufferView): PlainType | null {
  if (array instanceof Float32Array) return "f32";
  if (array instanceof Int32Array) return "i32";
  if (array instanceof Uint8Array || array instanceof Uint8ClampedArray) return "u8";
  return array instanceof Int8Array ? "i8" : null;
}
