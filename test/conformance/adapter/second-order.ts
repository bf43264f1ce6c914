/** 14: gradients of gradients. */
import * as nabla from "../../../src/index.ts";
import { type Tensor, tensor } from "../../../src/index.ts";
import type { Adapter, Adapters, Config, Tensors } from "./adapter.ts";
import { channelsFirst, channelsLast, filters } from "./layout.ts";

type F = (of: Tensors, config: Config) => Tensor;

/** What PyTorch's expressions are here. */
const functions: Readonly<Record<string, F>> = {
  "torch.exp(x)": ({ x }) => nabla.exp(x!),
  "torch.log(x)": ({ x }) => nabla.log(x!),
  "torch.sin(x)": ({ x }) => nabla.sin(x!),
  "torch.sqrt(x)": ({ x }) => nabla.sqrt(x!),
  "torch.tanh(x)": ({ x }) => nabla.tanh(x!),
  "torch.sigmoid(x)": ({ x }) => nabla.sigmoid(x!),
  "x * x": ({ x }) => nabla.mul(x!, x!),
  "x ** 3": ({ x }) => nabla.pow(x!, 3),
  "1 / x": ({ x }) => nabla.reciprocal(x!),
  "F.softplus(x)": ({ x }) => nabla.softplus(x!),
  "F.gelu(x)": ({ x }) => nabla.gelu(x!),
  "F.silu(x)": ({ x }) => nabla.silu(x!),
  "F.softmax(x, -1)": ({ x }) => nabla.softmax(x!),
  "F.log_softmax(x, -1)": ({ x }) => nabla.logSoftmax(x!),
  "torch.logsumexp(x, -1)": ({ x }) => nabla.logSumExp(x!, -1),
  "x.pow(2).sum(-1).sqrt()": ({ x }) => nabla.norm(x!, -1),
  "x.prod(-1)": ({ x }) => nabla.prod(x!, -1),
  "F.leaky_relu(x, 0.1)": ({ x }) => nabla.leakyRelu(x!, 0.1),
  "x.var(-1, unbiased=False)": ({ x }) => nabla.variance(x!, -1, { correction: 0 }),
  "x @ x.transpose(-1, -2)": ({ x }) => nabla.matmul(x!, x!, { transB: true }),
  "F.layer_norm(x, [x.shape[-1]])": ({ x }) => nabla.layerNorm(x!),
  "x.mean(-1, keepdim=True) * x": ({ x }) => nabla.mul(nabla.mean(x!, -1, { keepDims: true }), x!),
  "x.amax(-1) ** 2": ({ x }) => nabla.pow(nabla.max(x!, -1), 2),
  "torch.cumsum(x, -1) ** 2": ({ x }) =>
    nabla.pow(nabla.matmul(x!, nabla.triu(nabla.ones([x!.shape.at(-1)!, x!.shape.at(-1)!]))), 2),
  "x[..., [1, 0, 1]] ** 2 * x[..., :1]": ({ x }) =>
    nabla.mul(nabla.pow(nabla.indexSelect(x!, tensor(Int32Array.of(1, 0, 1)), -1), 2), nabla.slice(x!, 0, 1, -1)),
  "torch.matmul(a, b)": ({ a, b }) => nabla.matmul(a!, b!),
  "a / b": ({ a, b }) => nabla.div(a!, b!),
  "a * b": ({ a, b }) => nabla.mul(a!, b!),
  "a ** b": ({ a, b }) => nabla.pow(a!, b!),
  "F.conv2d(x, w, stride=stride, padding=padding)": ({ x, w }, { stride, padding }) =>
    channelsFirst(nabla.conv2d(channelsLast(x!), filters(w!), { stride: Number(stride), padding: Number(padding) })),
  "batch norm over axis 1 (training statistics, eps 1e-5, no affine)": ({ x }) => nabla.batchNorm(x!)[0],
  "F.cross_entropy(x, target), mean": ({ x }, { target }) => nabla.crossEntropy(x!, tensor(Int32Array.from(target as number[]))),
};

/** Gradients of a number by each of the named tensors. */
function gradients(f: (of: Tensors) => Tensor, of: Tensors, names: readonly string[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name) => [name, nabla.grad((one: Tensor) => f({ ...of, [name]: one }))(of[name]!)]));
}

const gradOfGrad: Adapter = (of, config) => {
  const f = (tensors: Tensors): Tensor => functions[String(config.f)]!(tensors, config);
  const wanted = Object.keys(of).filter((name) => of[`v_${name}`]);
  const seeded = (tensors: Tensors): Tensor => nabla.mul(f(tensors), tensors.g!).sum();
  const first = (tensors: Tensors): Record<string, Tensor> => gradients(seeded, tensors, wanted);
  const s = (tensors: Tensors): Tensor =>
    Object.entries(first(tensors))
      .map(([name, gradient]) => nabla.mul(gradient, of[`v_${name}`]!).sum())
      .reduce((a, b) => a.add(b));
  const named = (prefix: string, found: Record<string, Tensor>) =>
    Object.entries(found).map(([name, value]) => [`${prefix}_${name}`, value] as const);
  return Object.fromEntries([["y", f(of)], ...named("grad", first(of)), ...named("grad2", gradients(s, of, [...wanted, "g"]))]);
};

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  tanh: nabla.tanh,
  sigmoid: nabla.sigmoid,
  softplus: (x) => nabla.softplus(x),
};

/** A plain network of fc1, fc2, …, weights [out, in] as there. */
function mlp(of: Tensors, x: Tensor, { activation }: Config): Tensor {
  let y = x;
  for (let i = 1; of[`fc${i}.weight`]; ++i) {
    if (i > 1) y = activations[String(activation)]!(y);
    y = nabla.matmul(y, of[`fc${i}.weight`]!, { transB: true }).add(of[`fc${i}.bias`]!);
  }
  return y;
}

const gradientPenalty: Adapter = (of, config) => {
  const output = mlp(of, of.x!, config);
  const inputGrad = nabla.grad((x: Tensor) => mlp(of, x, config).sum())(of.x!);
  const lengths = nabla.sqrt(nabla.square(inputGrad).sum(-1).add(1e-12));
  const penalty = nabla
    .square(lengths.sub(Number(config.target)))
    .mean()
    .mul(Number(config.lambda));
  return { penalty, output, input_grad: inputGrad };
};

const hessianVector: Adapter = (of, config) => {
  const loss = (tensors: Tensors): Tensor => nabla.crossEntropy(mlp(tensors, tensors.x!, config), of.y!);
  const names = Object.keys(of).filter((name) => of[`v:${name}`]);
  const along = (tensors: Tensors): Tensor =>
    Object.entries(gradients(loss, tensors, names))
      .map(([name, gradient]) => nabla.mul(gradient, of[`v:${name}`]!).sum())
      .reduce((a, b) => a.add(b));
  const named = (prefix: string, found: Record<string, Tensor>) =>
    Object.entries(found).map(([name, value]) => [`${prefix}:${name}`, value] as const);
  return Object.fromEntries([
    ["loss", loss(of)],
    ...named("grad", gradients(loss, of, names)),
    ...named("Hv", gradients(along, of, names)),
  ]);
};

const valley = (p: Tensor): Tensor => {
  const n = p.size;
  const climb = nabla.sub(p.slice(1), nabla.square(p.slice(0, n - 1)));
  return nabla
    .square(nabla.sub(p, 1))
    .sum()
    .add(nabla.square(climb).sum().mul(2))
    .add(nabla.sin(p.mul(3)).sum().mul(0.5));
};

const nth: Adapter = ({ x }, { n }) => {
  let f = (z: Tensor): Tensor => nabla.mul(nabla.tanh(z), nabla.exp(z.mul(0.3)));
  const found: Record<string, Tensor> = { d0: f(x!) };
  for (let i = 1; i <= Number(n); ++i) {
    const before = f;
    f = nabla.grad((z: Tensor) => before(z).sum());
    found[`d${i}`] = f(x!);
  }
  return found;
};

export const secondOrder: Adapters = {
  grad_of_grad: gradOfGrad,
  gradient_penalty: gradientPenalty,
  hessian_vector_product: hessianVector,
  hessian: ({ p }) => ({ value: valley(p!), gradient: nabla.grad(valley)(p!), hessian: nabla.hessian(valley)(p!) }),
  nth_derivative: nth,
};
