/** 04: activation functions. */

import type { Tensor } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import type { Adapter, Adapters } from "./adapter.ts";

const unary =
  (f: (x: Tensor) => Tensor): Adapter =>
  ({ x }) => ({ y: f(x!) });

export const activations: Adapters = {
  relu: unary(nabla.relu),
  relu6: unary(nabla.relu6),
  leaky_relu: ({ x }, { negative_slope }) => ({ y: nabla.leakyRelu(x!, Number(negative_slope)) }),
  elu: ({ x }, { alpha }) => ({ y: nabla.elu(x!, Number(alpha)) }),
  selu: unary(nabla.selu),
  celu: ({ x }, { alpha }) => ({ y: nabla.celu(x!, Number(alpha)) }),
  gelu: ({ x }, { approximate }) => ({ y: nabla.gelu(x!, approximate as "none" | "tanh") }),
  silu: unary(nabla.silu),
  mish: unary(nabla.mish),
  softplus: ({ x }, { beta, threshold }) => ({ y: nabla.softplus(x!, { beta: Number(beta), threshold: Number(threshold) }) }),
  softsign: unary(nabla.softsign),
  hardtanh: ({ x }, { min_val, max_val }) => ({ y: nabla.hardTanh(x!, Number(min_val), Number(max_val)) }),
  hardsigmoid: unary(nabla.hardSigmoid),
  hardswish: unary(nabla.hardSwish),
  sigmoid: unary(nabla.sigmoid),
  tanh: unary(nabla.tanh),
  logsigmoid: unary(nabla.logSigmoid),
  softshrink: ({ x }, { lambd }) => ({ y: nabla.softShrink(x!, Number(lambd)) }),
  hardshrink: ({ x }, { lambd }) => ({ y: nabla.hardShrink(x!, Number(lambd)) }),
  tanhshrink: unary(nabla.tanhShrink),
  // One weight for all, or one for each channel, which stand on axis 1 there.
  prelu: ({ x, weight }) => {
    const last = weight!.size > 1 && x!.rank > 2;
    return { y: last ? nabla.prelu(x!.transpose(1, -1), weight!).transpose(1, -1) : nabla.prelu(x!, weight!) };
  },
  glu: ({ x }, { dim }) => ({ y: nabla.glu(x!, Number(dim)) }),
  softmax: ({ x }, { dim }) => ({ y: nabla.softmax(x!, Number(dim)) }),
  log_softmax: ({ x }, { dim }) => ({ y: nabla.logSoftmax(x!, Number(dim)) }),
  softmin: ({ x }, { dim }) => ({ y: nabla.softmin(x!, Number(dim)) }),
};
