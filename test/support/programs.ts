/** Programs of all kinds, for tests that hold different ways of running them to the same bits. */

import { stateTensor } from "../../src/graph/state.ts";
import {
  adam,
  assign,
  avgPool2d,
  batchNorm,
  concat,
  conv1d,
  conv2d,
  crossEntropy,
  Dropout,
  exp,
  Flatten,
  grad,
  init,
  Linear,
  layerNorm,
  leakyRelu,
  matmul,
  max,
  maximum,
  maxPool2d,
  mean,
  mse,
  Parameter,
  parameters,
  Rescale,
  random,
  relu,
  Sequential,
  sgd,
  sigmoid,
  softmax,
  sqrt,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  uniform,
} from "../../src/index.ts";

/** A function whose state is its own, its arguments, and what to look at besides what it returns. */
export type Program = { f: (...args: Tensor[]) => readonly Tensor[]; args: readonly Tensor[]; state?: readonly Tensor[] };

export const noise = (seed: number, ...shape: number[]): Tensor => random(seed).normal(shape);
const bytes = (seed: number, ...shape: number[]): Tensor => random(seed).uniform(shape, 0, 256).cast("u8");
export const labels = (seed: number, n: number, classes: number): Tensor => random(seed).uniform([n], 0, classes).cast("i32");

/** The article's step: rows of bytes by index, two layers, cross-entropy, update. */
function mlp(batch: number): Program {
  const model = init(new Sequential(new Rescale(1 / 255), new Flatten(), new Linear(60, 50), relu, new Linear(50, 10)), {
    seed: 1,
  });
  const optimizer = sgd({ lr: 0.1, momentum: 0.9, groups: [{ match: /bias$/, weightDecay: 0.1 }] }).for(model);
  const [x, y] = [bytes(1, 300, 6, 10), labels(2, 300, 10)];
  return {
    f(index) {
      const loss = crossEntropy(model.forward(x.gather(index!), "train"), y.gather(index!));
      optimizer.minimize(loss);
      return [loss];
    },
    args: [labels(3, batch, 300)],
    state: [...parameters(model).values()],
  };
}

function cnn(side: number): Program {
  const net = {
    filters: new Parameter([3, 3, 1, 8], uniform()),
    bias: new Parameter([8], uniform()),
    second: new Parameter([3, 3, 8, 12], uniform()),
    dropout: new Dropout(0.3),
    head: new Linear(12 * Math.floor((side >> 1) / 2) ** 2, 10),
    forward(x: Tensor): Tensor {
      const first = maxPool2d(relu(conv2d(x, this.filters, { padding: "same" }).add(this.bias)), 2);
      const second = avgPool2d(leakyRelu(conv2d(first, this.second, { padding: 1 })), 2);
      return this.head.forward(this.dropout.forward(second.flatten(), "train"));
    },
  };
  init(net, { seed: 2 });
  const optimizer = adam({ lr: 0.01 }).for(net);
  return {
    f(x, y) {
      const loss = crossEntropy(net.forward(x!), y!);
      optimizer.minimize(loss);
      return [loss];
    },
    args: [noise(1, 9, side, side, 1), labels(2, 9, 10)],
    state: [...parameters(net).values()],
  };
}

/** Batch norm with running statistics. */
function normed(): Program {
  const [mean, variance] = [stateTensor(new Float32Array(24)), stateTensor(new Float32Array(24))];
  const net = { first: new Linear(20, 24), weight: new Parameter([24], uniform()), last: new Linear(24, 1) };
  init(net, { seed: 3 });
  const optimizer = sgd({ lr: 0.05 }).for(net);
  return {
    f(x, y) {
      const [h, m, v] = batchNorm(net.first.forward(x!), net.weight);
      assign(mean, mean.mul(0.9).add(m.mul(0.1)));
      assign(variance, variance.mul(0.9).add(v.mul(0.1)));
      const loss = mse(net.last.forward(tanh(h)), y!);
      optimizer.minimize(loss);
      return [loss, h];
    },
    args: [noise(1, 150, 20), noise(2, 150, 1)],
    state: [mean, variance, ...parameters(net).values()],
  };
}

/** A transformer's block, forwards and backwards: batched products, row norms, residuals. */
function block(causal: boolean): Program {
  const [n, t, heads, width] = [3, 10, 4, 8];
  const d = heads * width;
  const net = {
    qkv: new Linear(d, 3 * d),
    out: new Linear(d, d),
    up: new Linear(d, 2 * d),
    down: new Linear(2 * d, d),
    gain: new Parameter([d], uniform()),
  };
  init(net, { seed: 4 });
  const optimizer = adam({ lr: 0.01 }).for(net);
  const split = (x: Tensor, i: number): Tensor =>
    x
      .slice(i * d, (i + 1) * d, 2)
      .reshape([n, t, heads, width])
      .permute([0, 2, 1, 3]);
  const mask = tensor(Array.from({ length: t }, (_, i) => Array.from({ length: t }, (_, j) => (causal && j > i ? -1e9 : 0))));
  return {
    f(x) {
      const all = net.qkv.forward(layerNorm(x!, net.gain));
      const [q, k, v] = [split(all, 0), split(all, 1), split(all, 2)];
      const scores = softmax(matmul(q, k, { transB: true }).div(Math.sqrt(width)).add(mask));
      const attended = matmul(scores, v).permute([0, 2, 1, 3]).reshape([n, t, d]);
      const h = x!.add(net.out.forward(attended));
      const y = h.add(net.down.forward(relu(net.up.forward(layerNorm(h, net.gain)))));
      const loss = mean(square(y.sub(1)));
      optimizer.minimize(loss);
      return [loss, y];
    },
    args: [noise(1, n, t, d)],
    state: [...parameters(net).values()],
  };
}

/** Chains of pointwise instructions, stretched along rows and columns, into reductions of all kinds. */
function chains(rows: number, cols: number): Program {
  return {
    f(x, row, column) {
      const a = tanh(x!.mul(row!)).add(column!).mul(2);
      const b = exp(a.sub(max(a, 1, { keepDims: true })));
      const p = b.div(sum(b, 1, { keepDims: true }));
      const c = maximum(sigmoid(a), p).sub(x!);
      return [p, sum(c, 1), sum(c, 0), sum(square(c)), mean(sqrt(square(a).add(1)))];
    },
    args: [noise(1, rows, cols), noise(2, cols), noise(3, rows, 1)],
  };
}

/** Values that are read again after others might have taken their place. */
function reused(n: number): Program {
  return {
    f(x) {
      const a = x!.add(1);
      const b = relu(a);
      const c = a.mul(b);
      const d = a.sub(c).mul(a);
      const e = concat([c, d.neg(), a], 1);
      const [f, g] = [e.slice(0, 3, 1), e.mul(e)];
      return [b, d, sum(g, 0), f.add(f), a, x!.mul(x!), f.reshape([3, n]).add(1)];
    },
    args: [noise(1, n, 3)],
  };
}

/** Two networks that take turns: the second loss sees the first update. */
function rivals(): Program {
  const [g, d] = [init({ l: new Linear(6, 5) }, { seed: 5 }), init({ l: new Linear(5, 1) }, { seed: 6 })];
  const [optG, optD] = [adam().for(g), sgd({ lr: 0.1, momentum: 0.5 }).for(d)];
  const stream = random(8);
  return {
    f(real) {
      const fake = tanh(g.l.forward(stream.normal([40, 6])));
      const lossD = mean(d.l.forward(fake)).sub(mean(d.l.forward(real!)));
      optD.minimize(lossD);
      const lossG = mean(d.l.forward(fake)).neg();
      optG.minimize(lossG);
      return [lossD, lossG];
    },
    args: [noise(1, 40, 5)],
    state: [...parameters(g).values(), ...parameters(d).values(), stream.state],
  };
}

/** Rows of a table and their gradients, sequences, groups of channels. */
function sequences(): Program {
  const net = {
    table: new Parameter([20, 8], uniform()),
    filters: new Parameter([3, 8, 8], uniform()),
    own: new Parameter([3, 1, 8], uniform()),
    head: new Linear(8, 3),
  };
  init(net, { seed: 7 });
  const optimizer = sgd({ lr: 0.1 }).for(net);
  return {
    f(ids, y) {
      const x = net.table.gather(ids!);
      const h = relu(conv1d(relu(conv1d(x, net.filters, { padding: "same" })), net.own, { padding: 1, groups: 8 })).add(x);
      const loss = crossEntropy(net.head.forward(mean(h, 1)), y!);
      optimizer.minimize(loss);
      return [loss, h];
    },
    args: [random(1).uniform([7, 11], 0, 20).cast("i32"), labels(2, 7, 3)],
    state: [...parameters(net).values()],
  };
}

/** A gradient's own gradient: Gulrajani et al. 2017, arXiv:1704.00028. */
function penalty(): Program {
  const net = init(new Sequential(new Linear(9, 16), leakyRelu, new Linear(16, 16), tanh, new Linear(16, 1)), { seed: 8 });
  const optimizer = adam({ lr: 0.01 }).for(net);
  return {
    f(x) {
      const slopes = grad((z: Tensor) => sum(net.forward(z)))(x!);
      const loss = mean(square(sqrt(sum(square(slopes), 1).add(1e-6)).sub(1)));
      optimizer.minimize(loss);
      return [loss, slopes];
    },
    args: [noise(1, 50, 9)],
    state: [...parameters(net).values()],
  };
}

/** Branches that do not depend on each other, of several sizes, one of which reads rows by index. */
function branches(n: number): Program {
  const state = stateTensor(new Float32Array(n), [n]);
  return {
    f(x, index) {
      const heads = Array.from({ length: 6 }, (_, i) => tanh(matmul(x!, x!.slice(0, n - i * 3, 1).mul(1 / n))));
      const sums = heads.map((head) => sum(matmul(head, head, { transA: true })));
      const rows = x!.gather(index!);
      assign(state, sum(rows, 0).add(state));
      return [...heads, ...sums, exp(rows)];
    },
    args: [noise(1, n, n), labels(2, n, n)],
    state: [state],
  };
}

export const programs: Readonly<Record<string, () => Program>> = {
  "the article's step, 200 rows": () => mlp(200),
  "the article's step, 7 rows": () => mlp(7),
  "convolutions of 13 × 13": () => cnn(13),
  "convolutions of 28 × 28": () => cnn(28),
  "batch norm": normed,
  "a transformer's block": () => block(false),
  "a masked one": () => block(true),
  "chains of 100 × 37": () => chains(100, 37),
  "chains of 3 × 20000": () => chains(3, 20000),
  "chains of 6000 × 3": () => chains(6000, 3),
  "chains of 1 × 1": () => chains(1, 1),
  "values read again": () => reused(5000),
  "few values read again": () => reused(5),
  "no rows": () => chains(0, 4),
  "two networks in turn": rivals,
  sequences,
  "branches of 20": () => branches(20),
  "branches of 96": () => branches(96),
  "a penalty on gradients": penalty,
};
