/** Attention without the matrix of all scores, forwards and backwards. */

import { ShapeError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { broadcast, type Shape, sizeOf } from "../core/shape.ts";
import { defineOp, type Output } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attentionKernels } from "../wasm/kernels.gen.ts";
import * as TUNE from "../wasm/tune.gen.ts";
import {
  type Heads,
  isInner,
  maskStrides,
  type Part,
  plainAttention,
  plainGradients,
  plainWeights,
  scoreGradients,
} from "./attention-plain.ts";
import { cast } from "./cast.ts";
import { where } from "./pointwise.ts";
import { sumTo } from "./reduce.ts";
import { expand, reshape } from "./shape.ts";

/** Nanoseconds a multiply-add takes on one thread, and a score to become a probability. */
const MULTIPLY_ADD_NS = 0.04;
const SCORE_NS = 0.6;

const KINDS = { none: 0, mayAttend: 1, added: 2 } as const;

type Extents = { batch: number; rows: number; keys: number };

function extentsOf(inputs: readonly Tensor[], { parts }: Heads): Extents {
  const length = ({ of }: Part): number => inputs[of]!.shape.at(isInner(inputs[of]!) ? 1 : 2)!;
  return { batch: inputs[0]!.shape[0]!, rows: length(parts[0]), keys: length(parts[1]) };
}

function shapeOfY(inputs: readonly Tensor[], heads: Heads): Shape {
  const { batch, rows } = extentsOf(inputs, heads);
  return isInner(inputs[0]!) ? [batch, rows, heads.heads * heads.valueSize] : [batch, heads.heads, rows, heads.valueSize];
}

/** Operands of both kernels. */
function operandsOf(inputs: readonly Tensor[], heads: Heads) {
  const { rows, keys } = extentsOf(inputs, heads);
  const [q, k, v] = heads.parts.map(({ of }) => inputs[of]!) as [Tensor, Tensor, Tensor];
  const mask = heads.mask === "none" ? null : inputs[heads.matrices]!;
  const width = (matrix: Tensor): number => matrix.shape.at(-1)!;
  return {
    ...{ q: q.ref, k: k.ref, v: v.ref, mask: (mask ?? q).ref },
    ...{ heads: heads.heads, rows, keys, size: heads.size, valueSize: heads.valueSize, inner: isInner(q) ? 1 : 0 },
    ...{ qAt: heads.parts[0].at, kAt: heads.parts[1].at, vAt: heads.parts[2].at },
    ...{ qRow: width(q), kRow: width(k), vRow: width(v) },
    ...{ kind: KINDS[heads.mask], ...maskStrides(mask?.shape ?? [1, 1, 1, 1]) },
    ...{ causal: heads.causal ? 1 : 0, scale: heads.scale },
  };
}

function timeOf(inputs: readonly Tensor[], heads: Heads, products: number): number {
  const { batch, rows, keys } = extentsOf(inputs, heads);
  const scores = batch * heads.heads * rows * keys * (heads.causal ? 0.5 : 1);
  return scores * (products * 0.5 * (heads.size + heads.valueSize) * MULTIPLY_ADD_NS + SCORE_NS);
}

/** Inputs: matrices that hold q, k and v, a mask, then y, logZ and dy. Outputs: a gradient for each matrix. */
const attentionGradOp = defineOp<readonly Tensor[], Heads>({
  name: "attentionGrad",
  names: ["x"],
  shape: (inputs, { matrices }) => inputs.slice(0, matrices).map(({ shape }): Output => shape),
  lower(program, inputs, outputs, heads) {
    const [y, logZ, dy] = inputs.slice(-3) as [Tensor, Tensor, Tensor];
    const [dq, dk, dv] = heads.parts.map(({ of }) => outputs[of]!.ref) as [Tensor["ref"], Tensor["ref"], Tensor["ref"]];
    const operands = { ...operandsOf(inputs, heads), y: y.ref, logZ: logZ.ref, dy: dy.ref, dq, dk, dv };
    program.emit(attentionKernels.attentionGrad, operands, extentsOf(inputs, heads).batch * heads.heads, timeOf(inputs, heads, 5));
  },
  plain: (inputs, heads) => plainGradients(inputs, inputs.at(-1)!, heads),
});

/** Inputs: matrices that hold q, k and v, then a mask. Outputs: y, and hidden log Σ exp of each row's scores. */
const attentionOp = defineOp<readonly Tensor[], Heads>({
  name: "attention",
  names: ["x"],
  shape(inputs, heads) {
    const { batch, rows } = extentsOf(inputs, heads);
    return [shapeOfY(inputs, heads), [batch, heads.heads, rows]];
  },
  lower(program, inputs, [y, logZ], heads) {
    const { batch, rows } = extentsOf(inputs, heads);
    const items = batch * heads.heads * Math.ceil(rows / TUNE.ATTENTION_ROWS);
    program.emit(
      attentionKernels.attention,
      { ...operandsOf(inputs, heads), y: y!.ref, logZ: logZ!.ref },
      items,
      timeOf(inputs, heads, 2),
    );
  },
  grad([dy], inputs, [y, logZ], heads) {
    let found: readonly Tensor[] | null = null;
    const gradients = (): readonly Tensor[] => {
      found ??= attentionGradOp([...inputs, y!, logZ!, dy!], heads);
      return found;
    };
    return inputs.map((input, i) => () => {
      if (i < heads.matrices) return gradients()[i]!;
      // A learned mask is as large as the scores anyway.
      return heads.mask === "added" ? sumTo(scoreGradients(inputs, dy!, heads).ds, input.shape) : null;
    });
  },
  plain: plainAttention,
});

export type AttentionOptions = {
  /** Where it is 0, a query may not attend to a key; any element type, stretched to [..., rows, keys]. */
  mask?: Tensor | undefined;
  /** Added to the scaled scores, stretched likewise; it may be learned. */
  bias?: Tensor | undefined;
  /** Whether query i attends to keys 0 … i only. Default false. */
  causal?: boolean | undefined;
  /** What scores are multiplied by. Default 1/√size. */
  scale?: number | undefined;
};

type Masking = Pick<Heads, "mask" | "causal"> & { readonly tensor: Tensor | undefined };

/** A mask and a bias as one tensor of four axes, of which the first three may have extent 1. */
function maskingOf(where_: string, { mask, bias, causal = false }: AttentionOptions, scores: Shape): Masking {
  if (!mask && !bias) return { mask: "none", causal, tensor: undefined };
  const flags = mask && cast(mask, "f32");
  const tensor = bias ? (flags ? where(flags, bias, -Infinity) : bias) : flags!;
  const lead = scores.slice(0, -2);
  const padded: Shape = [...scores.map(() => 1), ...tensor.shape].slice(-Math.max(scores.length, tensor.rank));
  const fits = padded.length === scores.length && padded.every((extent, axis) => extent === 1 || extent === scores[axis]);
  if (!fits) {
    const shapes = mask ? (bias ? { mask, bias } : { mask }) : { bias: bias! };
    throw new ShapeError(where_, `the mask must stretch to [${scores.join(", ")}]`, shapes);
  }
  // All axes before the heads are one: a mask varies along all of them or none.
  const outer = padded.slice(0, Math.max(lead.length - 1, 0));
  const whole = outer.every((extent) => extent === 1) ? outer : lead.slice(0, -1);
  const [heads = 1] = padded.slice(lead.length - 1, lead.length);
  const [rows, keys] = [padded.at(-2)!, scores.at(-1)!];
  const stretched = expand(reshape(tensor, padded), [...whole, ...padded.slice(outer.length, -1), keys]);
  return { mask: bias ? "added" : "mayAttend", causal, tensor: reshape(stretched, [sizeOf(whole), heads, rows, keys]) };
}

type Plan = { readonly inputs: readonly Tensor[]; readonly heads: Heads; readonly lead: Shape };

/** [batch, heads, length, size] of three tensors whose leading axes stretch to one another. */
function planOf(where_: string, q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Plan {
  if (q.rank < 2 || k.rank < 2 || v.rank < 2) throw new ShapeError(where_, "needs [..., length, size]", { q, k, v });
  const [size, keys] = [q.shape.at(-1)!, k.shape.at(-2)!];
  if (k.shape.at(-1) !== size || size === 0)
    throw new ShapeError(where_, "queries and keys must have one size, above 0", { q, k, v });
  if (v.shape.at(-2) !== keys) throw new ShapeError(where_, "there must be as many values as keys", { q, k, v });
  const front = (x: Tensor): Shape => x.shape.slice(0, -2);
  const lead = broadcast(where_, broadcast(where_, front(q), front(k)), front(v));
  const heads = lead.at(-1) ?? 1;
  const batch = sizeOf(lead.slice(0, -1));
  const inputs = [q, k, v].map((x) => reshape(expand(x, [...lead, ...x.shape.slice(-2)]), [batch, heads, ...x.shape.slice(-2)]));
  const { tensor, ...masking } = maskingOf(where_, options, [...lead, q.shape.at(-2)!, keys]);
  const parts = [0, 1, 2].map((of): Part => ({ of, at: 0 })) as [Part, Part, Part];
  const scale = options.scale ?? 1 / sqrt(size);
  return {
    inputs: tensor ? [...inputs, tensor] : inputs,
    heads: { parts, heads, size, valueSize: v.shape.at(-1)!, matrices: 3, ...masking, scale },
    lead,
  };
}

/**
 * softmax(scale·q·kᵀ + bias)·v: for each query a mean of the values, weighted by how well their keys match. The scores are never all in
 * memory, neither forwards nor backwards.
 *
 * @param q [..., rows, size]  @param k [..., keys, size]  @param v [..., keys, valueSize]; axes in front (heads) broadcast
 * @param options mask (0: may not attend), bias (added to the scores), causal, scale (default 1/√size)
 * @returns [..., rows, valueSize]; NaN where a query may attend to nothing
 * @throws ShapeError when sizes differ or the mask does not stretch to [..., rows, keys]
 * @source Vaswani et al. 2017, arXiv:1706.03762, eq. 1; computed as in Dao et al. 2022, arXiv:2205.14135
 * @example scaledDotProductAttention(q, k, v, { causal: true })
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { inputs, heads, lead } = planOf("scaledDotProductAttention", q, k, v, options);
  const [y] = attentionOp(inputs, heads);
  return reshape(y, [...lead, ...y.shape.slice(-2)]);
}

/**
 * The weights that scaledDotProductAttention gives the values: softmax(scale·q·kᵀ + bias), all of them in memory.
 *
 * @param q [..., rows, size]  @param k [..., keys, size]
 * @returns [..., rows, keys]
 */
export function attentionWeights(q: Tensor, k: Tensor, options: AttentionOptions = {}): Tensor {
  const { inputs, heads, lead } = planOf("attentionWeights", q, k, k, options);
  const weights = plainWeights(inputs, heads);
  return reshape(weights, [...lead, ...weights.shape.slice(-2)]);
}

export type ColumnOptions = AttentionOptions & {
  /** Which matrix holds q, k and v, and from which column on; together they fill all columns. */
  parts: readonly [q: Part, k: Part, v: Part];
  heads: number;
  size: number;
  valueSize: number;
};

function columnsOf(matrices: readonly Tensor[], { parts, heads, size, valueSize, ...options }: ColumnOptions): Omit<Plan, "lead"> {
  const [q, k] = [matrices[parts[0].of]!, matrices[parts[1].of]!];
  const { tensor, ...masking } = maskingOf("MultiHeadAttention", options, [q.shape[0]!, heads, q.shape[1]!, k.shape[1]!]);
  const scale = options.scale ?? 1 / sqrt(size);
  return {
    inputs: tensor ? [...matrices, tensor] : matrices,
    heads: { parts, heads, size, valueSize, matrices: matrices.length, ...masking, scale },
  };
}

/**
 * Attention of heads that lie side by side in columns of matrices [batch, length, columns]: no head is ever moved.
 *
 * @param drop what becomes of the weights, where something does: then all of them are in memory
 * @returns [batch, rows, heads·valueSize]
 */
export function attendColumns(matrices: readonly Tensor[], options: ColumnOptions, drop?: (weights: Tensor) => Tensor): Tensor {
  const { inputs, heads } = columnsOf(matrices, options);
  return drop ? plainAttention(inputs, heads, drop)[0] : attentionOp(inputs, heads)[0];
}

/** The weights of attendColumns, [batch, heads, rows, keys]. */
export function weightColumns(matrices: readonly Tensor[], options: ColumnOptions): Tensor {
  const { inputs, heads } = columnsOf(matrices, options);
  return plainWeights(inputs, heads);
}
