/** Layers on graphs: nodes [n, features], and edges as two lists of node numbers. Messages travel along edges and are added up in order. */
import { ShapeError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import { tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ones } from "../ops/create.ts";
import { gather, scatterAdd, scatterMax } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { layerNorm } from "../ops/norm.ts";
import { add, div, exp, leakyRelu, maximum, mul, relu, sub } from "../ops/pointwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import { concat, detach, reshape, unsqueeze } from "../ops/shape.ts";
import { constant, type Initialiser, xavierUniform } from "./initialisers.ts";
import { Linear } from "./layers.ts";
import { Parameter } from "./parameter.ts";

/** Edges from source to target, each with a weight if it has one. */
export type Edges = {
  /** i32 [edges] */
  readonly source: Tensor;
  /** i32 [edges] */
  readonly target: Tensor;
  /** [edges] */
  readonly weight?: Tensor;
};

export type GraphOptions = {
  /** Whether to add a bias. Default true. */
  bias?: boolean;
  /** First weights. Default xavierUniform. */
  init?: Initialiser;
};

function checkNodes(where: string, x: Tensor, features: number): void {
  if (x.rank !== 2 || x.shape[1] !== features) throw new ShapeError(where, `expects nodes [n, ${features}]`, { x });
}

/**
 * A graph's edges from pairs of nodes, ready for `GcnConv`: both directions, each node to itself, and the weights 1/√(dᵢ·dⱼ) with dᵢ
 * the degree. Compute it once.
 *
 * @param nodes  their number
 * @param pairs  [source, target] of each edge
 * @param options undirected: add the opposite of each edge, default true; selfLoops, default true; normalise, default true
 * @source Kipf & Welling 2017, arXiv:1609.02907, eq. 2: D^−½ (A + I) D^−½
 * @example const edges = neighbourhood(34, karate.edges);
 */
export function neighbourhood(
  nodes: number,
  pairs: readonly (readonly [source: number, target: number])[],
  { undirected = true, selfLoops = true, normalise = true } = {},
): Edges {
  const all = new Set<number>();
  const join = (from: number, to: number): void => void all.add(to * nodes + from);
  for (const [a, b] of pairs) {
    join(a, b);
    if (undirected) join(b, a);
  }
  if (selfLoops) for (let i = 0; i < nodes; ++i) join(i, i);
  const keys = [...all].sort((a, b) => a - b);
  const source = Int32Array.from(keys, (key) => key % nodes);
  const target = Int32Array.from(keys, (key) => Math.floor(key / nodes));
  const edges = { source: tensorFor("neighbourhood", source), target: tensorFor("neighbourhood", target) };
  if (!normalise) return edges;
  const degree = new Float64Array(nodes);
  for (const node of target) degree[node]! += 1;
  const weight = Float32Array.from(source, (from, i) => 1 / sqrt(degree[from]! * degree[target[i]!]!));
  return { ...edges, weight: tensorFor("neighbourhood", weight) };
}

/** Σ of the messages that arrive at each of `nodes`, in the order of the edges. @param messages [edges, features] */
function collect(messages: Tensor, { target }: Edges, nodes: number): Tensor {
  return scatterAdd(messages, target, [nodes, ...messages.shape.slice(1)]);
}

/** What stands at the sources, times the edges' weights. */
function along(x: Tensor, { source, weight }: Edges): Tensor {
  const sent = gather(x, source);
  return weight ? mul(sent, unsqueeze(weight, 1)) : sent;
}

/** Means of the rows that the index sends to one place, 0 where there is none. @param rows [n, features]  @param index i32 [n] */
export function segmentMean(rows: Tensor, index: Tensor, count: number): Tensor {
  const total = scatterAdd(rows, index, [count, ...rows.shape.slice(1)]);
  const size = scatterAdd(ones([index.size, 1]), index, [count, 1]);
  return div(total, maximum(size, 1));
}

/** Softmax over the rows that the index sends to one place, for each column. @param scores [n, heads]  @param index i32 [n] */
export function segmentSoftmax(scores: Tensor, index: Tensor, count: number): Tensor {
  const shape = [count, ...scores.shape.slice(1)];
  const top = gather(scatterMax(detach(scores), index, shape), index);
  const e = exp(sub(scores, top));
  return div(e, gather(scatterAdd(e, index, shape), index));
}

/**
 * Graph convolution: Σ over neighbours of weight·x·W, plus a bias. The edges' weights are those of `neighbourhood`.
 *
 * @source Kipf & Welling 2017, arXiv:1609.02907, eq. 2
 * @example relu(new GcnConv(1433, 16).forward(features, edges))
 */
export class GcnConv {
  readonly kind = "GcnConv";
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(inputs: number, outputs: number, { bias = true, init = xavierUniform }: GraphOptions = {}) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = new Parameter([inputs, outputs], init);
    if (bias) this.bias = new Parameter([outputs], constant(0));
  }

  describe(): readonly unknown[] {
    return [this.inputs, this.outputs, { bias: this.bias !== undefined }];
  }

  /** @param x [n, in] @returns [n, out] */
  forward(x: Tensor, edges: Edges): Tensor {
    checkNodes(`GcnConv(${this.inputs} → ${this.outputs})`, x, this.inputs);
    const y = collect(along(matmul(x, this.weight), edges), edges, x.shape[0]!);
    return this.bias ? add(y, this.bias) : y;
  }
}

/**
 * GraphSAGE with means: x·W_self + (mean of the neighbours' x)·W_neighbours, plus a bias.
 *
 * @source Hamilton et al. 2017, arXiv:1706.02216, Algorithm 1
 * @example new SageConv(1433, 16).forward(features, neighbourhood(n, pairs, { selfLoops: false, normalise: false }))
 */
export class SageConv {
  readonly kind = "SageConv";
  readonly self: Linear;
  readonly neighbours: Linear;

  constructor(inputs: number, outputs: number, { bias = true, init = xavierUniform }: GraphOptions = {}) {
    this.self = new Linear(inputs, outputs, { bias, init });
    this.neighbours = new Linear(inputs, outputs, { bias: false, init });
  }

  describe(): readonly unknown[] {
    return [this.self.inputs, this.self.outputs, { bias: this.self.bias !== undefined }];
  }

  /** @param x [n, in] @returns [n, out] */
  forward(x: Tensor, { source, target }: Edges): Tensor {
    checkNodes(`SageConv(${this.self.inputs} → ${this.self.outputs})`, x, this.self.inputs);
    return add(this.self.forward(x), this.neighbours.forward(segmentMean(gather(x, source), target, x.shape[0]!)));
  }
}

export type GatOptions = GraphOptions & {
  /** Attention heads. Default 1. */
  heads?: number;
  /** Whether heads stand side by side, [n, heads·out], or their mean is taken. Default true. */
  concat?: boolean;
  /** Slope of the leaky ReLU on scores. Default 0.2. */
  negativeSlope?: number;
};

/**
 * Graph attention: neighbours count by softmax of leakyRelu(a·[x_target·W, x_source·W]).
 *
 * @source Veličković et al. 2018, arXiv:1710.10903, eqs. 3–6
 * @example new GatConv(1433, 8, { heads: 8 }).forward(features, neighbourhood(n, pairs))
 */
export class GatConv {
  readonly kind = "GatConv";
  readonly inputs: number;
  readonly outputs: number;
  readonly options: { readonly heads: number; readonly concat: boolean; readonly negativeSlope: number; readonly bias: boolean };
  readonly weight: Parameter;
  readonly attentionSource: Parameter;
  readonly attentionTarget: Parameter;
  readonly bias?: Parameter;

  constructor(
    inputs: number,
    outputs: number,
    { heads = 1, concat = true, negativeSlope = 0.2, bias = true, init = xavierUniform }: GatOptions = {},
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.options = { heads, concat, negativeSlope, bias };
    this.weight = new Parameter([inputs, heads * outputs], init);
    this.attentionSource = new Parameter([heads, outputs], init);
    this.attentionTarget = new Parameter([heads, outputs], init);
    if (bias) this.bias = new Parameter([concat ? heads * outputs : outputs], constant(0));
  }

  describe(): readonly unknown[] {
    return [this.inputs, this.outputs, this.options];
  }

  /** @param x [n, in] @returns [n, heads·out], or [n, out] */
  forward(x: Tensor, { source, target }: Edges): Tensor {
    const { heads, concat: beside, negativeSlope } = this.options;
    checkNodes(`GatConv(${this.inputs} → ${this.outputs})`, x, this.inputs);
    const n = x.shape[0]!;
    const h = reshape(matmul(x, this.weight), [n, heads, this.outputs]);
    const score = (by: Parameter, ends: Tensor): Tensor => gather(sum(mul(h, by), -1), ends);
    const scores = leakyRelu(add(score(this.attentionSource, source), score(this.attentionTarget, target)), negativeSlope);
    const share = segmentSoftmax(scores, target, n);
    const y = scatterAdd(mul(gather(h, source), unsqueeze(share, -1)), target, h.shape);
    const joined = beside ? reshape(y, [n, heads * this.outputs]) : mean(y, 1);
    return this.bias ? add(joined, this.bias) : joined;
  }
}

/** Two layers with ReLU between, normalised: the update functions of a graph network. */
class Update {
  readonly first: Linear;
  readonly second: Linear;
  readonly scale: Parameter;
  readonly shift: Parameter;

  constructor(inputs: number, hidden: number, outputs: number) {
    this.first = new Linear(inputs, hidden);
    this.second = new Linear(hidden, outputs);
    this.scale = new Parameter([outputs], constant(1));
    this.shift = new Parameter([outputs], constant(0));
  }

  forward(x: Tensor): Tensor {
    return layerNorm(this.second.forward(relu(this.first.forward(x))), this.scale, this.shift);
  }
}

/**
 * One step of message passing with features on edges, as learned physics uses it: each edge is updated from itself and both its ends,
 * each node from itself and the sum of the edges that arrive; both are added to what they were.
 *
 * @param features of nodes and of edges alike  @param hidden width of the two update networks; default the features
 * @source Sanchez-Gonzalez et al. 2020, arXiv:2002.09405, section 3 (processor)
 * @example const { nodes, edges } = new GraphNetwork(64).forward({ nodes: x, edges: e }, { source, target });
 */
export class GraphNetwork {
  readonly kind = "GraphNetwork";
  readonly features: number;
  readonly hidden: number;
  readonly edge: Update;
  readonly node: Update;

  constructor(features: number, { hidden = features }: { hidden?: number } = {}) {
    this.features = features;
    this.hidden = hidden;
    this.edge = new Update(3 * features, hidden, features);
    this.node = new Update(2 * features, hidden, features);
  }

  describe(): readonly unknown[] {
    return [this.features, { hidden: this.hidden }];
  }

  /** @param state nodes [n, features] and edges [edges, features] @returns both, updated */
  forward(state: { nodes: Tensor; edges: Tensor }, ends: Edges): { nodes: Tensor; edges: Tensor } {
    const { nodes, edges } = state;
    checkNodes(`GraphNetwork(${this.features})`, nodes, this.features);
    const message = this.edge.forward(concat([edges, gather(nodes, ends.source), gather(nodes, ends.target)], 1));
    const arrived = collect(message, ends, nodes.shape[0]!);
    return { nodes: add(nodes, this.node.forward(concat([nodes, arrived], 1))), edges: add(edges, message) };
  }
}
