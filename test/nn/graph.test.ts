/** Layers on graphs, against sums over the edges in f64; messages in any order of nodes. */
import { describe, expect, test } from "vitest";
import {
  compile,
  decodeModel,
  type Edges,
  encodeModel,
  GatConv,
  GcnConv,
  GraphNetwork,
  grad,
  init,
  neighbourhood,
  SageConv,
  segmentSoftmax,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { toTensor } from "../ops/laws.ts";
import { expectClose, expectSame } from "../support/match.ts";
import { numbers } from "../support/random.ts";
import { type Array64, at, build } from "../support/reference.ts";

const pairs = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 0],
  [0, 2],
] as const;
const N = 5; // node 4 has no neighbours
const edges = neighbourhood(N, pairs);
const x64 = numbers([N, 3], 5);
const x = toTensor(x64);
const UNIT = 2 ** -24;

const values = (t: Tensor): Array64 => ({ shape: t.shape, data: Float64Array.from(t.data()) });
const list = ({ source, target, weight }: Edges) =>
  Array.from(source.data(), (from, i) => ({ from, to: target.data()[i]!, weight: weight?.data()[i] ?? 1 }));

function product(a: Array64, b: Array64): Array64 {
  return build([a.shape[0]!, b.shape[1]!], ([i, j]) => {
    let total = 0;
    for (let k = 0; k < a.shape[1]!; ++k) total += at(a, [i!, k]) * at(b, [k, j!]);
    return total;
  });
}

describe("neighbourhood", () => {
  test("has both directions and each node itself, sorted by target", () => {
    expect(edges.source.size).toBe(2 * pairs.length + N);
    expect([...edges.target.data()]).toEqual([...edges.target.data()].sort((a, b) => a - b));
  });
  test("weights are 1/√(dᵢ·dⱼ)", () => {
    const one = list(edges).find(({ from, to }) => from === 1 && to === 0)!;
    expect(one.weight).toBe(Math.fround(1 / Math.sqrt(4 * 3)));
  });
});

test("GcnConv sums weighted neighbours", () => {
  const layer = init(new GcnConv(3, 4), { seed: 1 });
  const h = product(x64, values(layer.weight));
  const expected = build([N, 4], ([i, j]) =>
    list(edges).reduce((total, { from, to, weight }) => (to === i ? total + weight * at(h, [from, j!]) : total), 0),
  );
  expectClose("GcnConv", layer.forward(x, edges), expected, 32 * UNIT);
});

test("SageConv takes the mean of the neighbours, 0 where there are none", () => {
  const layer = init(new SageConv(3, 4, { bias: false }), { seed: 1 });
  const around = neighbourhood(N, pairs, { selfLoops: false, normalise: false });
  const means = build([N, 3], ([i, j]) => {
    const from = list(around).filter(({ to }) => to === i);
    return from.length === 0 ? 0 : from.reduce((total, edge) => total + at(x64, [edge.from, j!]), 0) / from.length;
  });
  const own = product(x64, values(layer.self.weight));
  const theirs = product(means, values(layer.neighbours.weight));
  expectClose(
    "SageConv",
    layer.forward(x, around),
    build([N, 4], (place) => at(own, place) + at(theirs, place)),
    64 * UNIT,
  );
});

test("GatConv weighs neighbours by softmax, for each head", () => {
  const layer = init(new GatConv(3, 2, { heads: 2 }), { seed: 1 });
  const h = product(x64, values(layer.weight));
  const [source, target] = [values(layer.attentionSource), values(layer.attentionTarget)];
  const score = (by: Array64, node: number, head: number) =>
    at(h, [node, 2 * head]) * at(by, [head, 0]) + at(h, [node, 2 * head + 1]) * at(by, [head, 1]);
  const expected = build([N, 4], ([i, j]) => {
    const head = Math.floor(j! / 2);
    const arriving = list(edges).filter(({ to }) => to === i);
    const scores = arriving.map(({ from }) => {
      const raw = score(source, from, head) + score(target, i!, head);
      return Math.exp(raw > 0 ? raw : 0.2 * raw);
    });
    const all = scores.reduce((a, b) => a + b, 0);
    return arriving.reduce((total, { from }, k) => total + (scores[k]! / all) * at(h, [from, j!]), 0);
  });
  expectClose("GatConv", layer.forward(x, edges), expected, 64 * UNIT);
  expect(new GatConv(3, 2, { heads: 2, concat: false }).forward(x, edges).shape).toEqual([N, 2]);
});

test("segmentSoftmax does not overflow", () => {
  const y = segmentSoftmax(tensor([[1000], [1000], [-1000]]), tensor(Int32Array.of(0, 0, 1)), 2);
  expect(y.toArray()).toEqual([[0.5], [0.5], [1]]);
});

describe("GraphNetwork", () => {
  const layer = init(new GraphNetwork(3, { hidden: 5 }), { seed: 2 });
  const state = { nodes: x, edges: toTensor(numbers([edges.source.size, 3], 8)) };
  test("keeps shapes, and moves both nodes and edges", () => {
    const after = layer.forward(state, edges);
    expect(after.nodes.shape).toEqual([N, 3]);
    expect(after.edges.shape).toEqual([edges.source.size, 3]);
  });
  test("compiled, it gives the same bits", () => {
    const f = (nodes: Tensor, own: Tensor): Tensor =>
      grad((z: Tensor) => sum(layer.forward({ nodes: z, edges: own }, edges).nodes.square()))(nodes);
    expectSame("gradient", compile(f)(state.nodes, state.edges), f(state.nodes, state.edges));
  });
});

test("errors name the layer", () => {
  expect(() => new GcnConv(4, 2).forward(x, edges)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: GcnConv(4 → 2): expects nodes [n, 4]; got x: [5, 3]]`,
  );
});

test("files hold them", () => {
  const layer = init(new GatConv(3, 2, { heads: 2 }), { seed: 3 });
  const loaded = decodeModel(encodeModel(layer)) as unknown as GatConv;
  expectSame("after loading", loaded.forward(x, edges), layer.forward(x, edges));
});
