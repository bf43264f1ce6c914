import { FormatError, ValueError } from "../../core/errors.ts";
import type { WeightAverage, WeightAverageRule } from "../../optim/average.ts";
import type { OptimizerState } from "../../optim/state.ts";
import type { Callback } from "../callback.ts";
import { isArray } from "../saved.ts";

export type AverageWeightsOptions = {
  /** Whether weights are taken into the average after each step or after each epoch. Default "step", for `swa()` "epoch". */
  by?: "step" | "epoch";
  /** The first epoch that counts, from 0. Default 0. */
  from?: number;
};

/**
 * Keeps an average of the weights, and gives it to the model at the end of training.
 *
 * @param rule `ema()` or `swa()`
 * @throws ValueError when `from` is not a whole number ≥ 0
 * @example callbacks: [averageWeights(swa(), { from: 15 })]
 */
export function averageWeights(rule: WeightAverageRule, options: AverageWeightsOptions = {}): Callback {
  const { by = rule.name === "swa" ? "epoch" : "step", from = 0 } = options;
  if (!Number.isInteger(from) || from < 0) throw new ValueError("averageWeights", "from is a whole number ≥ 0", String(from));
  let averages: Record<string, WeightAverage> = {};
  let saved: Record<string, OptimizerState> = {};
  const update = (): void => {
    for (const average of Object.values(averages)) average.update();
  };
  return {
    name: "averageWeights",
    start({ optimizers }) {
      averages = Object.fromEntries(Object.entries(optimizers).map(([name, optimizer]) => [name, rule.for(optimizer)]));
      for (const [name, state] of Object.entries(saved)) averages[name]?.restore(state);
    },
    step({ epoch }) {
      if (by === "step" && epoch >= from) update();
    },
    epoch({ epoch }) {
      if (by === "epoch" && epoch >= from) update();
    },
    end() {
      for (const average of Object.values(averages)) if (average.step > 0) average.swap();
    },
    state: () =>
      Object.fromEntries(
        Object.entries(averages).flatMap(([name, average]) =>
          Object.entries(average.state()).map(([part, data]) => [`${name}/${part}`, data] as const),
        ),
      ),
    restore(state) {
      saved = {};
      for (const [path, data] of Object.entries(state)) {
        const [name = "", part = ""] = path.split("/");
        if (!isArray(data)) throw new FormatError("averageWeights", "the state holds arrays", path);
        saved[name] = { ...saved[name], [part]: data };
      }
    },
  };
}
