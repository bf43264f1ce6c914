/** Element types: f32 to compute with, i32 for indices and labels, u8 for images at rest, i8 for quantised weights. */
export type DType = "f32" | "i32" | "u8" | "i8";
export type TypedArray = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Int8Array<ArrayBuffer>;

export const BYTES: { readonly [T in DType]: number } = { f32: 4, i32: 4, u8: 1, i8: 1 };

/** An array of `length` zeros of the given type. */
export function arrayOf(dtype: DType, length: number): TypedArray {
  if (dtype === "f32") return new Float32Array(length);
  if (dtype === "i32") return new Int32Array(length);
  return dtype === "u8" ? new Uint8Array(length) : new Int8Array(length);
}

/** The element type of a typed array, or null where nabla has none like it. */
export function dtypeOf(array: ArrayBufferView): DType | null {
  if (array instanceof Float32Array) return "f32";
  if (array instanceof Int32Array) return "i32";
  if (array instanceof Uint8Array || array instanceof Uint8ClampedArray) return "u8";
  return array instanceof Int8Array ? "i8" : null;
}
