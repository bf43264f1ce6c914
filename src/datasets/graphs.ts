/** Known graphs, inside the package. */
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { unpack } from "./unpack.ts";

/** Nodes with a class each, and edges between them, each named once. */
export type GraphDataset = {
  nodes: number;
  /** Pairs of nodes, for `neighbourhood`. */
  edges: [number, number][];
  /** i32 [nodes] */
  y: Tensor;
  classes: readonly string[];
};

/** Papers by the words they hold, and which of them the standard split trains on, watches, and tests. */
export type CitationDataset = GraphDataset & { x: Tensor; split: { train: Tensor; validation: Tensor; test: Tensor } };

type Stored = { nodes: number; edges: [number, number][]; labels: number[]; classes: string[] };

/**
 * 34 members of a karate club, which broke in two: 78 friendships, and whom each followed.
 *
 * @source W. Zachary 1977, Journal of Anthropological Research 33(4)
 * @example const { nodes, edges, y } = await karate(); const graph = neighbourhood(nodes, edges);
 */
export async function karate(): Promise<GraphDataset> {
  const { nodes, edges, labels, classes } = await unpack<Stored>((await import("./files/karate.ts")).packed);
  return { nodes, edges, y: tensor(Int32Array.from(labels)), classes };
}

/** In the order of the classes' numbers, as their sizes tell: 351, 217, 418, 818, 426, 298, 180. */
const SUBJECTS = [
  "theory",
  "reinforcement learning",
  "genetic algorithms",
  "neural networks",
  "probabilistic methods",
  "case-based",
  "rule learning",
];

/**
 * 2708 papers in seven subjects, 5278 citations: x f32 [2708, 1433], 1 where a paper holds a word; the split of Planetoid: 140 papers to
 * train on, 500 to watch, 1000 to test.
 *
 * @source P. Sen and others 2008, AI Magazine 29(3); Z. Yang, W. Cohen, R. Salakhutdinov 2016, arXiv:1603.08861, MIT licence
 */
export async function cora(): Promise<CitationDataset> {
  type Papers = Stored & { words: number; features: number[][]; split: { train: number[]; val: number[]; test: number[] } };
  const stored = await unpack<Papers>((await import("./files/cora.ts")).packed);
  const { nodes, words, edges } = stored;
  const x = new Float32Array(nodes * words);
  for (const [paper, own] of stored.features.entries()) for (const word of own) x[paper * words + word] = 1;
  const rows = (list: number[]): Tensor => tensor(Int32Array.from(list));
  const { train, val, test } = stored.split;
  return {
    nodes,
    edges,
    x: tensor(x, { shape: [nodes, words] }),
    y: rows(stored.labels),
    classes: SUBJECTS,
    split: { train: rows(train), validation: rows(val), test: rows(test) },
  };
}
