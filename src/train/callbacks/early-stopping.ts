import type { TypedArray } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { sizeOf } from "../../core/shape.ts";
import { arraysOf, fillState, stateOf } from "../../io/model-state.ts";
import type { Callback, Saved } from "../callback.ts";
import { isArray } from "../saved.ts";
import { Best, WATCH_OPTIONS, type WatchOptions } from "./watched.ts";

export type EarlyStoppingOptions = WatchOptions & {
  /** Epochs without improvement that are borne. Default 5. */
  patience?: number;
  /** Whether the model gets the weights of its best epoch at the end. Default true. */
  restoreBest?: boolean;
};

/** Weights under names that tell them from other parts of the state. */
const PREFIX = "weights/";

/** Weights of one moment, to come back to. */
class Weights {
  #kept: ReadonlyMap<string, { readonly data: TypedArray }> = new Map();

  take(model: object): void {
    this.#kept = new Map(arraysOf(stateOf(model)).map(({ name, data }) => [name, { data }]));
  }

  giveTo(model: object): void {
    fillState(stateOf(model), this.#kept);
  }

  state(): Record<string, TypedArray> {
    return Object.fromEntries([...this.#kept].map(([name, { data }]) => [`${PREFIX}${name}`, data]));
  }

  restore(saved: Saved): void {
    this.#kept = new Map(
      Object.entries(saved).flatMap(([name, data]) =>
        name.startsWith(PREFIX) && isArray(data) ? [[name.slice(PREFIX.length), { data }]] : [],
      ),
    );
  }

  /** Whether these are of such a model. */
  fit(model: object): boolean {
    return [...stateOf(model)].every(([name, { shape }]) => this.#kept.get(name)?.data.length === sizeOf(shape));
  }
}

/**
 * Ends training when the validation loss (or what else is watched) has not improved for `patience` epochs, and gives the model the
 * weights of its best epoch, also where training ends for another reason.
 *
 * @throws ValueError on a patience that is not a whole number ≥ 0, or when there is nothing of the name to watch
 * @source Prechelt 1998, Early Stopping – But When?
 * @example await fit(model, data, { …, validation: 0.2, epochs: 200, callbacks: [earlyStopping({ patience: 10 })] })
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkOptions("earlyStopping", options, ["patience", "restoreBest", ...WATCH_OPTIONS]);
  const { patience = 5, restoreBest = true } = options;
  if (!Number.isInteger(patience) || patience < 0)
    throw new ValueError("earlyStopping", "patience is a whole number ≥ 0", String(patience));
  const best = new Best("earlyStopping", options);
  const weights = new Weights();
  return {
    name: "earlyStopping",
    epoch(event, training) {
      if (best.improves(event)) {
        if (restoreBest) weights.take(training.model);
      } else if (event.epoch - best.epoch > patience) {
        const epochs = `${event.epoch - best.epoch} ${event.epoch - best.epoch === 1 ? "epoch" : "epochs"}`;
        training.stop(`no better ${best.nameIn(event)} for ${epochs}${restoreBest ? `; back to epoch ${best.epoch + 1}` : ""}`);
      }
    },
    end({ model }) {
      if (weights.fit(model)) weights.giveTo(model);
    },
    state: () => ({ value: best.value, epoch: best.epoch, ...weights.state() }),
    restore(saved) {
      best.value = Number(saved.value);
      best.epoch = Number(saved.epoch);
      weights.restore(saved);
    },
  };
}
