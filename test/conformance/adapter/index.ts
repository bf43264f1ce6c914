/** What each operation of the fixtures is called here. */
import { activations } from "./activations.ts";
import type { Adapters } from "./adapter.ts";
import { algebra } from "./algebra.ts";
import { attention } from "./attention.ts";
import { convolutions } from "./convolution.ts";
import { estimators } from "./estimators.ts";
import { indexing } from "./indexing.ts";
import { linear } from "./linear.ts";
import { losses } from "./losses.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { norms } from "./norm.ts";
import { optimizers } from "./optimizers.ts";
import { pointwise } from "./pointwise.ts";
import { pools } from "./pool.ts";
import { preparation } from "./preparation.ts";
import { recurrent } from "./recurrent.ts";
import { reductions } from "./reduce.ts";
import { schedules } from "./schedules.ts";
import { secondOrder } from "./second-order.ts";

export const adapters: Adapters = {
  ...activations,
  ...algebra,
  ...attention,
  ...secondOrder,
  ...estimators,
  ...indexing,
  ...linear,
  ...losses,
  ...metrics,
  ...models,
  ...convolutions,
  ...norms,
  ...optimizers,
  ...pointwise,
  ...pools,
  ...preparation,
  ...recurrent,
  ...reductions,
  ...schedules,
};
