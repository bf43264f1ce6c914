/**
 * Known data sets, as tensors ready for `split` and `fit`. Nothing is fetched: each function says where its files come from.
 */
export type { Dataset } from "../data/dataset.ts";
export { mnist } from "./mnist.ts";
