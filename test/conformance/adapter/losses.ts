/** 08: losses. Class scores stand on axis 1 there, last here. */

import type { ClassOptions, LossOptions, Tensor } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import type { Adapter, Adapters, Config } from "./adapter.ts";
import { channelsLast, numbers } from "./layout.ts";

function reduction(config: Config): { reduction: "mean" | "sum" | "none" } {
  return { reduction: config.reduction as "mean" | "sum" | "none" };
}

type Simple = (x: Tensor, target: Tensor, options: LossOptions) => Tensor;
const simple =
  (f: Simple): Adapter =>
  ({ x, target }, config) => ({ y: f(x!, target!, reduction(config)) });

function classOptions(weight: Tensor | undefined, config: Config): ClassOptions {
  return { ...reduction(config), ignoreIndex: Number(config.ignore_index), ...(weight && { weight }) };
}

const last = (x: Tensor): Tensor => (x.rank > 2 ? channelsLast(x) : x);

export const losses: Adapters = {
  mse_loss: simple(nabla.mse),
  l1_loss: simple(nabla.mae),
  huber_loss: ({ x, target }, config) => ({ y: nabla.huber(x!, target!, { ...reduction(config), delta: Number(config.delta) }) }),
  smooth_l1_loss: ({ x, target }, config) => ({
    y: nabla.smoothL1(x!, target!, { ...reduction(config), beta: Number(config.beta) }),
  }),
  bce_loss: ({ x, target, weight }, config) => ({ y: nabla.bce(x!, target!, { ...reduction(config), ...(weight && { weight }) }) }),
  bce_with_logits_loss: ({ x, target, pos_weight: posWeight }, config) => ({
    y: nabla.bceWithLogits(x!, target!, { ...reduction(config), ...(posWeight && { posWeight }) }),
  }),
  cross_entropy: ({ x, target, weight }, config) => {
    const options = { ...classOptions(weight, config), labelSmoothing: Number(config.label_smoothing) };
    return { y: nabla.crossEntropy(last(x!), config.target_kind === "probabilities" ? last(target!) : target!, options) };
  },
  nll_loss: ({ x, target, weight }, config) => ({ y: nabla.nll(last(x!), target!, classOptions(weight, config)) }),
  kl_div: ({ x, target }, config) => {
    const asked = config.reduction === "batchmean" ? "batchMean" : reduction(config).reduction;
    return { y: nabla.klDiv(x!, target!, { reduction: asked, logTarget: config.log_target === true }) };
  },
  hinge_embedding_loss: ({ x, target }, config) => ({
    y: nabla.hingeEmbedding(x!, target!, { ...reduction(config), margin: Number(config.margin) }),
  }),
  margin_ranking_loss: ({ x1, x2, target }, config) => ({
    y: nabla.marginRanking(x1!, x2!, target!, { ...reduction(config), margin: Number(config.margin) }),
  }),
  triplet_margin_loss: ({ anchor, positive, negative }, config) => ({
    y: nabla.tripletMargin(anchor!, positive!, negative!, {
      ...reduction(config),
      ...{ margin: Number(config.margin), p: Number(config.p), eps: Number(config.eps), swap: config.swap === true },
    }),
  }),
  cosine_embedding_loss: ({ x1, x2, target }, config) => ({
    y: nabla.cosineEmbedding(x1!, x2!, target!, { ...reduction(config), margin: Number(config.margin) }),
  }),
  poisson_nll_loss: ({ x, target }, config) => ({
    y: nabla.poissonNll(x!, target!, {
      ...reduction(config),
      ...{ logInput: config.log_input === true, full: config.full === true, eps: Number(config.eps) },
    }),
  }),
  gaussian_nll_loss: ({ x, target, var: variance }, config) => ({
    y: nabla.gaussianNll(x!, target!, variance!, { ...reduction(config), full: config.full === true, eps: Number(config.eps) }),
  }),
  ctc_loss: ({ x, target }, config) => ({
    y: nabla.ctc(nabla.logSoftmax(x!), target!, {
      ...reduction(config),
      ...{ inputLengths: numbers(config.input_lengths), targetLengths: numbers(config.target_lengths) },
      ...{ blank: Number(config.blank), zeroInfinity: config.zero_infinity === true },
    }),
  }),
};
