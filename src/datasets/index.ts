/**
 * Known data sets, as tensors ready for `split` and `fit`. Nothing is fetched: small ones are inside the package, in files that are loaded
 * when asked for; of large ones each function says where its files come from.
 */
export type { Dataset } from "../data/dataset.ts";
export { fashionMnist } from "./fashion-mnist.ts";
export { type CitationDataset, cora, type GraphDataset, karate } from "./graphs.ts";
export { mnist } from "./mnist.ts";
export { airlinePassengers, breastCancer, diabetes, digits, iris, type TabularDataset, wine } from "./tabular.ts";
export { names, tinyShakespeare } from "./texts.ts";
