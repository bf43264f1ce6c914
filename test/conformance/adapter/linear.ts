/** 01: products. */
import { add, matmul } from "../../../src/index.ts";
import type { Adapters } from "./adapter.ts";

export const linear: Adapters = {
  linear: ({ x, weight, bias }) => {
    const y = matmul(x!, weight!, { transB: true });
    return { y: bias ? add(y, bias) : y };
  },
  matmul: ({ a, b }, { transpose_a, transpose_b }) => ({
    y: matmul(a!, b!, { transA: transpose_a === true, transB: transpose_b === true }),
  }),
};
