/** Normalisations over groups of channels of each sample. Channels are the last axis. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { defineOp } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { groupNormKernels } from "../wasm/kernels.gen.ts";
import type { Program, Ref } from "../wasm/program.ts";
import { full } from "./create.ts";
import { checkEps, checkOperands, once, outerAxes, ROW_NS } from "./norm-parts.ts";
import { add, div, mul, pow, reciprocal, sqrt, square, sub } from "./pointwise.ts";
import { pad } from "./rearrange.ts";
import { mean as meanOf, sum } from "./reduce.ts";
import { reshape, slice } from "./shape.ts";

type Affine = { weight?: Tensor; bias?: Tensor; eps?: number };
type Groups = { readonly groups: number; readonly eps: number };

function extentsOf({ shape }: Tensor): { samples: number; places: number; n: number } {
  return { samples: shape[0]!, places: sizeOf(shape.slice(1, -1)), n: shape[shape.length - 1]! };
}

/** x as [samples, places, groups, own channels]: in a group are the numbers along axes 1 and 3. */
function parted(x: Tensor, groups: number): Tensor {
  const { samples, places, n } = extentsOf(x);
  return reshape(x, [samples, places, groups, n / groups]);
}

const meanOfGroups = (x: Tensor): Tensor => meanOf(x, [1, 3], { keepDims: true });

/** x̂ in other ops, and 1/√(variance + eps), by groups. */
function parts(x: Tensor, { groups, eps }: Groups): { scale: Tensor; normal: Tensor } {
  const all = parted(x, groups);
  const centred = sub(all, meanOfGroups(all));
  const scale = reciprocal(sqrt(add(meanOfGroups(square(centred)), eps)));
  return { scale, normal: mul(centred, scale) };
}

/** The sums over samples of what each has found; `find` is told where that goes. */
function sumSamples(program: Program, outputs: readonly Tensor[], samples: number, find: (found: readonly Ref[]) => void): void {
  const one = samples === 1;
  const found = outputs.map(({ ref, size }) => (one ? ref : program.temp(samples * size)));
  find(found);
  if (one) return;
  for (const [i, { ref, size }] of outputs.entries())
    program.emit("sum", { x: found[i]!, y: ref, outer: 1, n: samples, inner: size, block: samples, over: 1 }, size);
}

/** Outputs: the gradients of x, weight and bias. */
const groupNormGradOp = defineOp<[x: Tensor, weight: Tensor, mean: Tensor, scale: Tensor, dy: Tensor], Groups>({
  name: "groupNormGrad",
  names: ["x", "weight", "mean", "scale", "dy"],
  shape: ([x, weight]) => [x.shape, weight.shape, weight.shape],
  lower(program, [x, weight, mean, scale, dy], [dx, ...vectors], { groups }) {
    const { samples, places, n } = extentsOf(x);
    const given = { x: x.ref, weight: weight.ref, mean: mean.ref, scale: scale.ref, dy: dy.ref };
    const slopes = program.temp(samples * 2 * n);
    sumSamples(program, vectors, samples, ([dweight, dbias]) => {
      const found = { dx: dx!.ref, dweight: dweight!, dbias: dbias!, slopes };
      program.emit(groupNormKernels.groupNormGrad, { ...given, ...found, places, groups, n }, samples, x.size * ROW_NS);
    });
  },
  plain([x, weight, , , dy], attributes) {
    const { scale, normal } = parts(x, attributes);
    const g = parted(mul(dy, weight), attributes.groups);
    const along = mul(normal, meanOfGroups(mul(g, normal)));
    const dx = mul(scale, sub(sub(g, meanOfGroups(g)), along));
    return [reshape(dx, x.shape), sum(mul(dy, reshape(normal, x.shape)), outerAxes(x)), sum(dy, outerAxes(x))];
  },
});

/** Outputs: y, and hidden mean and 1/√(variance + eps) of each sample's groups, for each of their channels. */
const groupNormOp = defineOp<[x: Tensor, weight: Tensor, bias: Tensor], Groups>({
  name: "groupNorm",
  names: ["x", "weight", "bias"],
  shape([x, weight, bias]) {
    checkOperands("groupNorm", x, { weight, bias });
    const { samples, places, n } = extentsOf(x);
    if (places === 0) throw new ShapeError("groupNorm", "needs at least one number in each group", { x });
    return [x.shape, [samples, n], [samples, n]];
  },
  lower(program, [x, weight, bias], [y, mean, scale], { groups, eps }) {
    const { samples, places, n } = extentsOf(x);
    const given = { x: x.ref, weight: weight.ref, bias: bias.ref };
    const found = { y: y!.ref, mean: mean!.ref, scale: scale!.ref };
    program.emit(groupNormKernels.groupNorm, { ...given, ...found, places, groups, n, eps }, samples, x.size * ROW_NS);
  },
  grad([dy], [x, weight], [, mean, scale], attributes) {
    const found = once(() => groupNormGradOp([x, weight, mean!, scale!, dy!], attributes));
    return [() => found()[0], () => found()[1]!, () => found()[2]!];
  },
});

/**
 * (x − mean)/√(variance + eps)·weight + bias, where mean and variance are those of a sample's group of channels.
 *
 * @param x       [n, …, channels]
 * @param groups  divides the channels; 1: all of them together, as many as channels: each by itself (instanceNorm)
 * @param options weight, bias [channels], default 1 and 0; eps, default 1e-5
 * @throws ShapeError when weight or bias is not [channels], or a sample is empty
 * @throws ValueError when the groups do not divide the channels
 * @source Wu & He 2018, arXiv:1803.08494
 */
export function groupNorm(x: Tensor, groups: number, { weight, bias, eps = 1e-5 }: Affine = {}): Tensor {
  if (x.rank < 2) throw new ShapeError("groupNorm", "expects x: [n, …, channels]", { x });
  const shape = x.shape.slice(-1);
  const channels = shape[0]!;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ValueError("groupNorm", `groups must divide the ${channels} channels`, String(groups));
  const attributes = { groups, eps: checkEps("groupNorm", eps) };
  return groupNormOp([x, weight ?? full(shape, 1), bias ?? full(shape, 0)], attributes)[0];
}

/**
 * (x − mean)/√(variance + eps)·weight + bias for each sample and channel.
 *
 * @param x [n, …, channels]  @param options weight, bias [channels], default 1 and 0; eps, default 1e-5
 * @source Ulyanov et al. 2016, arXiv:1607.08022
 */
export const instanceNorm = (x: Tensor, options: Affine = {}): Tensor => groupNorm(x, x.shape[x.rank - 1]!, options);

/**
 * x / (k + alpha·mean of x² over `size` neighbouring channels)^beta.
 *
 * @param x [..., channels]  @param options alpha, default 1e-4; beta, default 0.75; k, default 1
 * @source Krizhevsky et al. 2012, section 3.3, with PyTorch's mean for the sum
 */
export const localResponseNorm = (
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: { alpha?: number; beta?: number; k?: number } = {},
): Tensor => {
  const channels = x.shape[x.rank - 1]!;
  const around = pad(square(x), [[Math.floor(size / 2), Math.floor((size - 1) / 2)]]);
  let total = slice(around, 0, channels, -1);
  for (let i = 1; i < size; ++i) total = add(total, slice(around, i, i + channels, -1));
  return div(x, pow(add(mul(total, alpha / size), k), beta));
};
