/** Derivatives of vectors, and of second order, made of gradients. */
import { grad } from "../graph/backward.ts";
import type { Tensor } from "../graph/tensor.ts";
import { zeros } from "./create.ts";
import { mul } from "./pointwise.ts";
import { sum } from "./reduce.ts";
import { reshape, slice, stack } from "./shape.ts";

type Function = (x: Tensor) => Tensor;

/**
 * The matrix of all derivatives of a function of tensors, a gradient for each number of its result.
 *
 * @returns a function of x that gives [...y.shape, ...x.shape]
 * @example jacobian((x) => x.square())(tensor([1, 2])) // [[2, 0], [0, 4]]
 */
export function jacobian(f: Function): Function {
  return (x) => {
    const y = f(x);
    const rows = Array.from({ length: y.size }, (_, i) =>
      grad((z: Tensor) => reshape(slice(reshape(f(z), [y.size]), i, i + 1), []))(x),
    );
    const shape = [...y.shape, ...x.shape];
    return rows.length === 0 ? zeros(shape) : reshape(stack(rows), shape);
  };
}

/** The matrix of second derivatives of a function with a single number as its result: [...x.shape, ...x.shape]. */
export function hessian(f: Function): Function {
  return jacobian(grad(f));
}

/**
 * H·v, H being the second derivatives of f at x, without forming H: the gradient of gradient·v.
 *
 * @param f of a single number as its result  @param v of x's shape
 * @source Pearlmutter 1994, Neural Computation 6, 147–160
 */
export function hessianVectorProduct(f: Function, x: Tensor, v: Tensor): Tensor {
  return grad((z: Tensor) => sum(mul(grad(f)(z), v)))(x);
}

/** vᵀ·J, J being the derivatives of f at x: what reverse mode computes. @param v of the result's shape */
export function vectorJacobianProduct(f: Function, x: Tensor, v: Tensor): Tensor {
  return grad((z: Tensor) => sum(mul(f(z), v)))(x);
}

/**
 * J·v: how f changes along v, by two gradients, the second of the first one's linear dependence on its seed.
 *
 * @param v of x's shape
 */
export function jacobianVectorProduct(f: Function, x: Tensor, v: Tensor): Tensor {
  const seed = zeros(f(x).shape);
  return grad((u: Tensor) => sum(mul(vectorJacobianProduct(f, x, u), v)))(seed);
}
