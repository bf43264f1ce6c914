import { save } from "../../io/model-file.ts";
import type { Callback } from "../callback.ts";
import { Best, type WatchOptions } from "./watched.ts";

export type ModelCheckpointOptions = WatchOptions & {
  /** Where the model goes; each time in place of the last one. */
  path: string;
  /** After which epochs: those that are the best so far, or all. Default "best". */
  keep?: "best" | "last";
};

/**
 * Saves the model after each epoch that is the best so far, or after all: a file for `load`, as `save` writes it. To go on training
 * from, `fit({ checkpoint })` writes another kind of file, with all that training needs.
 *
 * @example callbacks: [modelCheckpoint({ path: "best.safetensors", monitor: "accuracy" })]
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const { path, keep = "best" } = options;
  const best = new Best("modelCheckpoint", options);
  return {
    name: "modelCheckpoint",
    async epoch(event, { model }) {
      if (best.improves(event) || keep === "last") await save(model, path);
    },
    state: () => ({ value: best.value, epoch: best.epoch }),
    restore(saved) {
      best.value = Number(saved.value);
      best.epoch = Number(saved.epoch);
    },
  };
}
