/** Every rule, one entry each. */
export type { Group, Rule, Schedule } from "./rule.ts";
export { type AdadeltaOptions, adadelta } from "./rules/adadelta.ts";
export { type AdagradOptions, adagrad } from "./rules/adagrad.ts";
export { type AdamOptions, adam, adamW } from "./rules/adam.ts";
export { type AdamaxOptions, adamax } from "./rules/adamax.ts";
export { type LionOptions, lion } from "./rules/lion.ts";
export { type NadamOptions, nadam } from "./rules/nadam.ts";
export { type RadamOptions, radam } from "./rules/radam.ts";
export { type RmspropOptions, rmsprop } from "./rules/rmsprop.ts";
export { type SgdOptions, sgd } from "./rules/sgd.ts";
