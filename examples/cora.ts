/**
 * Semi-supervised classification of papers by their citations: a two-layer GCN on Cora's standard split.
 * node examples/cora.ts --data cora.json [--seeds 5]
 *
 * The file: { features: number[][] (words of each paper), edges: [a, b][], labels: number[], split: { train, val, test } }.
 * Source of the setting: Kipf & Welling 2017, arXiv:1609.02907, section 5.2.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  adam,
  compile,
  crossEntropy,
  dropout,
  GcnConv,
  gather,
  init,
  neighbourhood,
  random,
  relu,
  type Tensor,
  tensor,
} from "nabla";

const { values } = parseArgs({ options: { data: { type: "string" }, seeds: { type: "string", default: "5" } } });
if (!values.data) throw new Error("cora: say where the data are — try --data cora.json");

type Cora = {
  numFeatures: number;
  numClasses: number;
  features: number[][];
  edges: [number, number][];
  labels: number[];
  split: { train: number[]; val: number[]; test: number[] };
};
const cora = JSON.parse(readFileSync(values.data, "utf8")) as Cora;
const { numFeatures: words, numClasses: classes } = cora;
const nodes = cora.labels.length;

const edges = neighbourhood(nodes, cora.edges);
/** Each paper's words, of equal weight, adding up to 1. */
const features = new Float32Array(nodes * words);
for (const [paper, own] of cora.features.entries()) for (const word of own) features[paper * words + word] = 1 / own.length;
const x = tensor(features, { shape: [nodes, words] });

class Gcn {
  readonly first = new GcnConv(words, 16);
  readonly second = new GcnConv(16, classes);
  readonly noise = random();
  forward(papers: Tensor, mode: "train" | "eval"): Tensor {
    const drop = (h: Tensor): Tensor => (mode === "train" ? dropout(h, 0.5, this.noise) : h);
    return this.second.forward(drop(relu(this.first.forward(drop(papers), edges))), edges);
  }
}

const rows = (list: number[]) => tensor(Int32Array.from(list));
const labels = (list: number[]) => tensor(Int32Array.from(list, (paper) => cora.labels[paper]!));

function train(seed: number): number {
  const model = init(new Gcn(), { seed });
  const groups = [{ match: /^second/, weightDecay: 0 }];
  const optimizer = adam({ lr: 0.01, weightDecay: 5e-4, groups }).for(model);
  const [known, wanted] = [rows(cora.split.train), labels(cora.split.train)];
  const step = compile(() => {
    const loss = crossEntropy(gather(model.forward(x, "train"), known), wanted);
    optimizer.minimize(loss);
    return loss;
  });
  const predict = compile(() => model.forward(x, "eval"));
  const accuracy = (list: number[]): number => {
    const found = predict().argmax().data();
    return list.filter((paper) => found[paper] === cora.labels[paper]).length / list.length;
  };
  for (let epoch = 0; epoch < 200; ++epoch) step();
  const [validation, test] = [accuracy(cora.split.val), accuracy(cora.split.test)];
  console.log(`seed ${seed}: validation ${(validation * 100).toFixed(1)} %, test ${(test * 100).toFixed(1)} %`);
  return test;
}

const found = Array.from({ length: Number(values.seeds) }, (_, seed) => train(seed + 1));
console.log(`mean test accuracy ${((found.reduce((a, b) => a + b, 0) / found.length) * 100).toFixed(2)} %`);
