/** f16: half the memory for numbers at rest. */
import { DTypeError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { elementsOf, ofBits } from "../graph/from.ts";
import { defineOp } from "../graph/op.ts";
import { type StorageType, type Tensor, widening } from "../graph/tensor.ts";
import { halfKernels } from "../wasm/kernels.gen.ts";
import { cast } from "./cast.ts";

const CONVERT_NS = 0.3;

// Gradients stay f32: what is only stored needs no type of its own for what is added up.
const toHalfOp = defineOp<[x: Tensor]>({
  name: "toHalf",
  shape: ([x]) => [{ shape: x.shape, dtype: "f16" }],
  lower: (program, [x], [y]) => program.emit(halfKernels.f32ToF16, { x: x.ref, y: y!.ref }, x.size, x.size * CONVERT_NS),
  grad: ([dy]) => [() => dy!],
});

const fromHalfOp = defineOp<[x: Tensor]>({
  name: "fromHalf",
  dtypes: ["f16"],
  shape: ([x]) => [x.shape],
  lower: (program, [x], [y]) => program.emit(halfKernels.f16ToF32, { x: x.ref, y: y!.ref }, x.size, x.size * CONVERT_NS),
  grad: ([dy]) => [() => dy!],
});

/** What f16 offers beside being a type to cast to. */
type Half = StorageType & {
  /** A copy of a tensor's f16 bits. @throws DTypeError on other types @example f16.bits(tensor([1]).cast(f16)) // 0x3c00 */
  bits(x: Tensor): Uint16Array<ArrayBuffer>;
  /** A tensor of f16 bits, which are copied. Default: one axis. @throws ShapeError when they do not fill the shape */
  tensor(bits: ArrayLike<number>, shape?: Shape): Tensor;
};

/** Tells tensors how to show their numbers, which they are asked for only when there are such tensors. */
function begin(): void {
  widening.f16 = (x) => fromHalfOp([x], undefined)[0];
}

/**
 * The element type of 16 bits, IEEE 754's binary16: 11 significant bits, from 6·10⁻⁸ to 65504. A value, not a text: programs that do not
 * import it do not carry its kernels. Tensors of it are for keeping, showing and moving; arithmetic wants `cast("f32")`.
 *
 * `cast(f16)` rounds to nearest, ties to even, numbers from 65520 on to ∞. Gradients flow through casts both ways, unrounded, as f32.
 * What tensors of f16 show (`data`, `item`, `toArray`, in print) are numbers; `f16.bits(x)` gives the bits, `f16.tensor(bits)` takes them.
 *
 * @source IEEE 754-2019, section 3.6
 * @example const kept = tensor([1, 0.1]).cast(f16), again = kept.cast("f32");
 */
export const f16: Half = {
  dtype: "f16",
  limit: 65520,
  from(x) {
    begin();
    return x.dtype === "f16" ? x : toHalfOp([cast(x, "f32")], undefined)[0];
  },
  bits(x) {
    if (x.dtype !== "f16") throw new DTypeError("f16.bits", "x must be f16", x.dtype, "cast(f16)");
    return elementsOf("f16.bits", x) as Uint16Array<ArrayBuffer>;
  },
  tensor(bits, shape = [bits.length]) {
    begin();
    return ofBits("f16.tensor", bits, shape);
  },
};
