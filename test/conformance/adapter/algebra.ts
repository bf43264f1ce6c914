/** 05d: Einstein sums and small linear algebra. */
import * as nabla from "../../../src/index.ts";
import type { Adapters } from "./adapter.ts";

export const algebra: Adapters = {
  einsum: ({ a, b, c }, { equation }) => ({
    y: nabla.einsum(String(equation), ...[a, b, c].filter((x) => x !== undefined)),
  }),
  matrix_norm: ({ x }, { ord, keepdim }) => ({
    y: nabla.matrixNorm(x!, ord === "fro" ? ord : ord === "inf" ? Number.POSITIVE_INFINITY : Number(ord), {
      keepDims: keepdim === true,
    }),
  }),
  solve: ({ a, b }) => ({ y: nabla.solve(a!, b!) }),
  inv: ({ x }) => ({ y: nabla.inv(x!) }),
  det: ({ x }) => ({ y: nabla.det(x!) }),
  trace: ({ x }) => ({ y: nabla.trace(x!) }),
  outer: ({ a, b }) => ({ y: nabla.outer(a!, b!) }),
  // [out, in1, in2] there.
  bilinear: ({ a, b, weight, bias }) => {
    const y = nabla.bilinear(a!, b!, weight!.permute([1, 2, 0]));
    return { y: bias ? y.add(bias) : y };
  },
  cdist: ({ a, b }) => ({ y: nabla.cdist(a!, b!) }),
  cosine_similarity: ({ a, b }) => ({ y: nabla.cosineSimilarity(a!, b!) }),
};
