/** Running totals along an axis. */
import { axisOf, sizeOf } from "../core/shape.ts";
import { defineOp, type OpDefinition } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scanKernels } from "../wasm/kernels.gen.ts";
import { div, equal, mul, where } from "./pointwise.ts";

type Along = { readonly axis: number; readonly reverse: boolean };

const ELEMENT_NS = 1;

function define(name: "cumSum" | "cumProd", grad: NonNullable<OpDefinition<[Tensor], Along>["grad"]>) {
  return defineOp<[x: Tensor], Along>({
    name,
    shape: ([x]) => [x.shape],
    lower(program, [x], [y], { axis, reverse }) {
      const [outer, n, inner] = [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))];
      const operands = { x: x.ref, y: y!.ref, outer, n, inner, reverse: reverse ? 1 : 0 };
      program.emit(scanKernels[name], operands, outer * inner, x.size * ELEMENT_NS);
    },
    grad,
  });
}

const cumSumOp = define("cumSum", ([dy], _, __, { axis, reverse }) => [() => cumSumOp([dy!], { axis, reverse: !reverse })[0]]);

/**
 * Before a line's first 0, dx = Σ_{j ≥ i} dy·y / x. At it, dx = Σ_{j ≥ i} dy·c, where c is the product without that factor; behind
 * it y stays 0 and so does dx.
 */
const cumProdOp = define("cumProd", ([dy], [x], [y], along) => [
  () => {
    const back = { ...along, reverse: !along.reverse };
    const zero = equal(x, 0);
    const zeros = cumSumOp([zero], along)[0];
    const first = mul(zero, equal(zeros, 1));
    const without = cumProdOp([where(first, 1, x)], along)[0];
    const before = div(cumSumOp([mul(dy!, y!)], back)[0], where(zero, 1, x));
    const atFirst = cumSumOp([where(equal(zeros, 0), 0, mul(dy!, without))], back)[0];
    return where(first, atFirst, where(equal(zeros, 0), before, 0));
  },
]);

/**
 * Running sum along an axis, kept in f64: y₀ = x₀, yₖ = yₖ₋₁ + xₖ.
 *
 * @param axis default −1
 * @example cumsum(tensor([1, 2, 3])) // [1, 3, 6]
 */
export const cumsum: (x: Tensor, axis?: number) => Tensor = (x, axis = -1) =>
  cumSumOp([x], { axis: axisOf("cumsum", axis, x.rank), reverse: false })[0];

/**
 * Running product along an axis, kept in f64. Where a line holds zeros its gradient is right too.
 *
 * @param axis default −1
 * @example cumprod(tensor([1, 2, 3])) // [1, 2, 6]
 */
export const cumprod: (x: Tensor, axis?: number) => Tensor = (x, axis = -1) =>
  cumProdOp([x], { axis: axisOf("cumprod", axis, x.rank), reverse: false })[0];
