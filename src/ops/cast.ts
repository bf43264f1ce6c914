/** Change of element type. */
import type { DType } from "../core/dtype.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
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
} satisfies { [From in DType]: Partial<Record<DType, (program: Program, x: Ref, y: Ref) => void>> };

function kernelOf(from: DType, to: DType): ((program: Program, x: Ref, y: Ref) => void) | undefined {
  const row: Partial<Record<DType, (program: Program, x: Ref, y: Ref) => void>> = KERNELS[from];
  return row[to];
}

const castOp = defineOp<[x: Tensor], { dtype: DType }>({
  name: "cast",
  dtypes: ["any"],
  shape: ([x], { dtype }) => [{ shape: x.shape, dtype }],
  lower: (program, [x], [y], { dtype }) => kernelOf(x.dtype, dtype)!(program, x.ref, y!.ref),
});

/** The numbers in another element type: fractions are cut off, numbers out of range become the nearest there is. No gradient flows. */
export const cast: (x: Tensor, dtype: DType) => Tensor = (x, dtype) => {
  if (x.dtype === dtype) return x;
  return castOp([kernelOf(x.dtype, dtype) ? x : cast(x, "f32")], { dtype })[0];
};

const scaleBytesOp = defineOp<[x: Tensor], { factor: number }>({
  name: "scaleBytes",
  dtypes: ["u8"],
  shape: ([x]) => [x.shape],
  lower: (program, [x], [y], { factor }) => program.emit("u8ToF32", { x: x.ref, y: y!.ref, factor }, x.size, x.size * CONVERT_NS),
});

/** Bytes times a factor, as f32: images at rest become inputs. */
export const scaleBytes: (x: Tensor, factor: number) => Tensor = (x, factor) => scaleBytesOp([x], { factor })[0];
