/** Change of element type. */
import type { DType, PlainType } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { defineOp } from "../graph/op.ts";
import { type StorageType, type Tensor, widening } from "../graph/tensor.ts";
import type { Program, Ref } from "../wasm/program.ts";

const CONVERT_NS = 0.3;

/** From, to: the kernel. What is not here goes by way of f32. */
const KERNELS = {
  u8: {
    f32: (p, x, y) => p.emit("u8ToF32", { x, y, factor: 1 }, y.length, y.length * CONVERT_NS),
    i32: (p, x, y) => p.emit("u8ToI32", { x, y }, y.length),
  },
  i32: { f32: (p, x, y) => p.emit("i32ToF32", { x, y }, y.length), u8: (p, x, y) => p.emit("i32ToU8", { x, y }, y.length) },
  i8: { f32: (p, x, y) => p.emit("i8ToF32", { x, y }, y.length) },
  f32: {
    i32: (p, x, y) => p.emit("f32ToI32", { x, y }, y.length),
    u8: (p, x, y) => p.emit("f32ToU8", { x, y }, y.length),
    i8: (p, x, y) => p.emit("f32ToI8", { x, y }, y.length),
  },
} satisfies { [From in PlainType]: Partial<Record<DType, (program: Program, x: Ref, y: Ref) => void>> };

function kernelOf(from: DType, to: DType): ((program: Program, x: Ref, y: Ref) => void) | undefined {
  const rows: { readonly [From in DType]?: Partial<Record<DType, (program: Program, x: Ref, y: Ref) => void>> } = KERNELS;
  return rows[from]?.[to];
}

const castOp = defineOp<[x: Tensor], { dtype: DType }>({
  name: "cast",
  dtypes: ["any"],
  shape: ([x], { dtype }) => [{ shape: x.shape, dtype }],
  lower: (program, [x], [y], { dtype }) => kernelOf(x.dtype, dtype)!(program, x.ref, y!.ref),
});

/**
 * The numbers in another element type. To whole numbers: fractions are cut off, numbers out of range become the nearest there is, no
 * gradient flows. To `f16`, which is imported as a value, and back from it: rounded to nearest, gradients flow.
 *
 * @throws DTypeError when there is no such type
 * @example tensor([1.9, -300]).cast("i8") // 1, -128
 */
export const cast: (x: Tensor, dtype: PlainType | StorageType) => Tensor = (x, dtype) => {
  if (typeof dtype === "object") return dtype.from(x);
  if (x.dtype === dtype) return x;
  if (kernelOf(x.dtype, dtype)) return castOp([x], { dtype })[0];
  if (x.dtype === "f32")
    throw new DTypeError(
      "cast",
      "gives f32, i32, u8, i8, or f16, which is imported",
      String(dtype),
      'cast(f16), of import { f16 } from "nabla"',
    );
  return cast(widening[x.dtype]?.(x) ?? cast(x, "f32"), dtype);
};

const scaleBytesOp = defineOp<[x: Tensor], { factor: number }>({
  name: "scaleBytes",
  dtypes: ["u8"],
  shape: ([x]) => [x.shape],
  lower: (program, [x], [y], { factor }) => program.emit("u8ToF32", { x: x.ref, y: y!.ref, factor }, x.size, x.size * CONVERT_NS),
});

/** Bytes times a factor, as f32: images at rest become inputs. */
export const scaleBytes: (x: Tensor, factor: number) => Tensor = (x, factor) => scaleBytesOp([x], { factor })[0];
