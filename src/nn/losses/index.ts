/** Losses: (prediction, target) → one number, the mean over the batch, or another reduction. */
export { bce, bceWithLogits, binaryFocal, hinge } from "./binary.ts";
export { type ClassOptions, crossEntropy, focal, klDiv, multiMargin, nll } from "./classes.ts";
export { type CtcOptions, ctc } from "./ctc.ts";
export type { Loss, LossOptions, Reduction } from "./reduction.ts";
export { gaussianNll, huber, logCosh, mae, mse, poissonNll, rmse, smoothL1 } from "./regression.ts";
export { cosineEmbedding, hingeEmbedding, marginRanking, tripletMargin } from "./similarity.ts";
