/** 13: whole networks, trained for a few steps. Parameters are converted on the way in, and back for what is compared. */
import * as nabla from "../../../src/index.ts";
import { type Optimizer, Parameter, type Rule, type Tensor, tensor } from "../../../src/index.ts";
import { type Case, isNumbers, type Numbers, type Plain } from "../cases.ts";
import type { Got } from "../compare.ts";
import { type Mode, tensorOf } from "../run.ts";
import type { Adapters } from "./adapter.ts";
import { channelsFirst, channelsLast, filters } from "./layout.ts";

type Config = { readonly [name: string]: Plain };

/** Between a parameter there and here: both directions by one permutation that is its own inverse, or a pair. */
export type Layout = { in(x: Tensor): Tensor; out(x: Tensor): Tensor };
const same: Layout = { in: (x) => x, out: (x) => x };
const transposed: Layout = { in: (x) => x.transpose(), out: (x) => x.transpose() };
const filtered: Layout = { in: filters, out: (x) => x.permute([3, 2, 0, 1]) };

/** Parameters by the fixtures' names, and how they are laid out there. */
export type Held = Record<string, { parameter: Parameter; layout: Layout }>;
/** A network with its parameters; `loss` and `predict` of one step's batch. */
export type Network = { held: Held; predict(step: number): Tensor; loss(prediction: Tensor, step: number): Tensor };

export function numbersOf(of: Case, name: string): Numbers {
  const value = of.inputs[name];
  if (!isNumbers(value)) throw new Error(`the case has no '${name}'`);
  return value;
}

/** Batch `step` of an input whose first axis is the steps. */
export function batchOf(of: Case, name: string, step: number): Tensor {
  return nabla.reshape(tensorOf(numbersOf(of, name)).slice(step, step + 1), numbersOf(of, name).shape.slice(1));
}

function hold(of: Case, held: Held, name: string, layout: Layout): Parameter {
  const { shape } = layout.in(tensorOf(of.params[name]!));
  const parameter = new Parameter(shape, nabla.constant(0));
  take(of, held, name, parameter, layout);
  return parameter;
}

/** Gives a layer's parameter the case's values. */
function take(of: Case, held: Held, name: string, parameter: Parameter, layout: Layout): void {
  parameter.set(layout.in(tensorOf(of.params[name]!)));
  held[name] = { parameter, layout };
}

const LOSSES: Readonly<Record<string, (prediction: Tensor, target: Tensor) => Tensor>> = {
  cross_entropy: nabla.crossEntropy,
  mse: nabla.mse,
  bce_with_logits: nabla.bceWithLogits,
};
const PLAIN: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu: nabla.relu,
  tanh: nabla.tanh,
  sigmoid: nabla.sigmoid,
  silu: nabla.silu,
  gelu: (x) => nabla.gelu(x),
  elu: (x) => nabla.elu(x),
  // What PyTorch flattens is channels first.
  flatten: (x) => (x.rank === 4 ? channelsFirst(x) : x).flatten(),
};

function layerOf(of: Case, held: Held, layer: Config): (x: Tensor) => Tensor {
  const own = (part: string, layout: Layout): Parameter | undefined => {
    const name = `${layer.name}.${part}`;
    return of.params[name] && hold(of, held, name, layout);
  };
  const plain = PLAIN[String(layer.type)];
  if (plain) return plain;
  const pair = (value: Plain | undefined): [number, number] => [Number((value as Plain[])[0]), Number((value as Plain[])[1])];
  if (layer.type === "maxpool2d") return (x) => nabla.maxPool2d(x, pair(layer.kernel_size), { stride: pair(layer.stride) });
  if (layer.type === "avgpool2d") return (x) => nabla.avgPool2d(x, pair(layer.kernel_size), { stride: pair(layer.stride) });
  if (layer.type === "globalavgpool2d") return (x) => new nabla.GlobalAvgPool().forward(x);
  const bias = own("bias", same);
  const add = (y: Tensor): Tensor => (bias ? y.add(bias) : y);
  if (layer.type === "linear") {
    const weight = own("weight", transposed)!;
    return (x) => add(x.matmul(weight));
  }
  if (layer.type === "conv2d") {
    const weight = own("weight", filtered)!;
    return (x) => add(nabla.conv2d(x, weight, { stride: pair(layer.stride), padding: pair(layer.padding) }));
  }
  const weight = own("weight", same);
  if (layer.type === "layernorm") return (x) => nabla.layerNorm(x, weight, bias, { eps: Number(layer.eps) });
  if (layer.type === "batchnorm") return (x) => nabla.batchNorm(x, weight, bias, { eps: Number(layer.eps) })[0];
  throw new Error(`${layer.type} is not offered`);
}

function sequential(of: Case): Network {
  const held: Held = {};
  const layers = (of.config.layers as readonly Config[]).map((layer) => layerOf(of, held, layer));
  const images = numbersOf(of, "x").shape.length === 5;
  const x = (step: number): Tensor => (images ? channelsLast(batchOf(of, "x", step)) : batchOf(of, "x", step));
  return {
    held,
    predict: (step) => layers.reduce((y, layer) => layer(y), x(step)),
    loss: (prediction, step) =>
      LOSSES[String(of.config.loss)]!(prediction, batchOf(of, of.config.target === "input" ? "x" : "y", step)),
  };
}

function gcn(of: Case): Network {
  const held: Held = {};
  const adjacency = numbersOf(of, "adjacency");
  const n = adjacency.shape[0]!;
  const pairs = adjacency.data.flatMap((joined, at) => (joined ? [[Math.floor(at / n), at % n] as const] : []));
  const edges = nabla.neighbourhood(n, pairs);
  const dims = of.config.dims as readonly number[];
  const layers = dims.slice(1).map((outputs, i) => {
    const layer = new nabla.GcnConv(dims[i]!, outputs);
    take(of, held, `conv${i + 1}.weight`, layer.weight, same);
    take(of, held, `conv${i + 1}.bias`, layer.bias!, same);
    return layer;
  });
  const features = tensorOf(numbersOf(of, "features"));
  return {
    held,
    predict(step) {
      const y = layers.reduce((h, layer, i) => layer.forward(i ? nabla.relu(h) : h, edges), features);
      return y.gather(batchOf(of, "nodes", step));
    },
    loss: (prediction, step) => nabla.crossEntropy(prediction, batchOf(of, "y", step)),
  };
}

function lstmClassifier(of: Case): Network {
  const held: Held = {};
  const { input_size, hidden_size, num_classes } = of.config;
  const lstm = new nabla.LSTM(Number(input_size), Number(hidden_size), { returns: "last" });
  const head = new nabla.Linear(Number(hidden_size), Number(num_classes));
  const [weights] = lstm.layers;
  take(of, held, "lstm.weight_ih_l0", weights!.weightIh, transposed);
  take(of, held, "lstm.weight_hh_l0", weights!.weightHh, transposed);
  take(of, held, "lstm.bias_ih_l0", weights!.biasIh!, same);
  take(of, held, "lstm.bias_hh_l0", weights!.biasHh!, same);
  take(of, held, "head.weight", head.weight, transposed);
  take(of, held, "head.bias", head.bias!, same);
  return {
    held,
    predict: (step) => head.forward(lstm.forward(batchOf(of, "x", step))),
    loss: (prediction, step) => nabla.crossEntropy(prediction, batchOf(of, "y", step)),
  };
}

/** One block of the GPT, its parameters taken from the case. */
function blockOf(of: Case, held: Held, at: string): (x: Tensor) => Tensor {
  const { d_model, num_heads, d_ff, eps, gelu } = of.config;
  const d = Number(d_model);
  const norm = (name: string): nabla.LayerNorm => {
    const layer = new nabla.LayerNorm(d, { eps: Number(eps) });
    take(of, held, `${at}.${name}.weight`, layer.weight!, same);
    take(of, held, `${at}.${name}.bias`, layer.bias!, same);
    return layer;
  };
  const linear = (name: string, inputs: number, outputs: number): nabla.Linear => {
    const layer = new nabla.Linear(inputs, outputs);
    take(of, held, `${at}.${name}.weight`, layer.weight, transposed);
    take(of, held, `${at}.${name}.bias`, layer.bias!, same);
    return layer;
  };
  const attention = new nabla.MultiHeadAttention(d, Number(num_heads), { causal: true });
  take(of, held, `${at}.attn.in_proj_weight`, attention.inProjWeight!, transposed);
  take(of, held, `${at}.attn.in_proj_bias`, attention.inProjBias!, same);
  take(of, held, `${at}.attn.out_proj.weight`, attention.outProj.weight, transposed);
  take(of, held, `${at}.attn.out_proj.bias`, attention.outProj.bias!, same);
  const [ln1, ln2] = [norm("ln1"), norm("ln2")];
  const [fc1, fc2] = [linear("fc1", d, Number(d_ff)), linear("fc2", Number(d_ff), d)];
  return (x) => {
    const y = x.add(attention.forward(ln1.forward(x), "eval"));
    return y.add(fc2.forward(nabla.gelu(fc1.forward(ln2.forward(y)), gelu as "none" | "tanh")));
  };
}

function gpt(of: Case): Network {
  const held: Held = {};
  const { vocab_size, d_model, num_layers, context, tied_head, eps } = of.config;
  const [vocabulary, d] = [Number(vocab_size), Number(d_model)];
  const token = new nabla.Embedding(vocabulary, d);
  const position = new nabla.Embedding(Number(context), d);
  take(of, held, "tok_emb.weight", token.weight, same);
  take(of, held, "pos_emb.weight", position.weight, same);
  const blocks = Array.from({ length: Number(num_layers) }, (_, i) => blockOf(of, held, `blocks.${i}`));
  const norm = new nabla.LayerNorm(d, { eps: Number(eps) });
  take(of, held, "ln_f.weight", norm.weight!, same);
  take(of, held, "ln_f.bias", norm.bias!, same);
  const head = tied_head === true ? null : new nabla.Linear(d, vocabulary, { bias: false });
  if (head) take(of, held, "head.weight", head.weight, transposed);
  return {
    held,
    predict(step) {
      const tokens = batchOf(of, "tokens", step);
      const ids = tokens.slice(0, -1, 1);
      let x = token.forward(ids).add(position.forward(nabla.arange(ids.shape[1]!)));
      for (const block of blocks) x = block(x);
      const y = norm.forward(x);
      return head ? head.forward(y) : y.matmul(token.weight, { transB: true });
    },
    loss: (prediction, step) => nabla.crossEntropy(prediction, batchOf(of, "tokens", step).slice(1, undefined, 1)),
  };
}

const ARCHITECTURES: Readonly<Record<string, (of: Case) => Network>> = { sequential, gcn, lstm_classifier: lstmClassifier, gpt };

function optimizerOf({ name, lr, ...rest }: Config, model: object): Optimizer {
  const { betas, eps, weight_decay, amsgrad } = rest;
  const options = {
    lr: Number(lr),
    ...(betas && { betas: betas as readonly [number, number] }),
    ...(eps && { eps: Number(eps) }),
    ...(weight_decay && { weightDecay: Number(weight_decay) }),
    ...(amsgrad && { amsgrad: true }),
  };
  const rules: Readonly<Record<string, (options: never) => Rule>> = { sgd: nabla.sgd, adam: nabla.adam, adamw: nabla.adamW };
  return rules[String(name)]!(options as never).for(model);
}

const length = (x: Tensor): number => Math.sqrt(Array.from(x.data()).reduce((sum, value) => sum + value * value, 0));

function finals({ held }: Network): Record<string, Got> {
  const found: Record<string, Got> = {};
  for (const [name, { parameter, layout }] of Object.entries(held)) {
    const values = Array.from(layout.out(tensor(parameter.data(), { shape: parameter.shape })).data());
    const sums = [values.reduce((a, b) => a + b, 0), values.reduce((a, b) => a + Math.abs(b), 0), length(parameter)];
    found[`final_stats:${name}`] = { shape: [3], data: sums };
    found[`final_head:${name}`] = { shape: [Math.min(5, values.length)], data: values.slice(0, 5) };
  }
  return found;
}

/** Trains as the case says; compiled, each step is a program of its own batch. */
function trained(of: Case, mode: Mode): Record<string, Got | Tensor> {
  const build = ARCHITECTURES[String(of.config.architecture)];
  if (!build) throw new Error(`${of.config.architecture} is not offered`);
  const network = build(of);
  const model = Object.fromEntries(
    Object.entries(network.held).map(([name, { parameter }]) => [name.replaceAll(".", "_"), parameter]),
  );
  const first = network.predict(0);
  const slopes = nabla.gradients(network.loss(network.predict(0), 0), model);
  const lengths = Object.keys(of.params).map((name) => length(slopes[name.replaceAll(".", "_")]!));
  const optimizer = optimizerOf(of.config.optimizer as Config, model);
  const losses = Array.from({ length: Number(of.config.steps) }, (_, step) => {
    const run = (): Tensor => {
      const loss = network.loss(network.predict(step), step);
      optimizer.minimize(loss);
      return loss;
    };
    return (mode === "compiled" ? nabla.compile(run)() : run()).item();
  });
  return {
    pred0: first,
    grad_l2_step0: { shape: [lengths.length], data: lengths },
    losses: { shape: [losses.length], data: losses },
    ...finals(network),
  };
}

export const models: Adapters = { train_model: { run: trained } };
