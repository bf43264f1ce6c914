import { ValueError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { save } from "../../io/model-file.ts";
import type { Callback } from "../callback.ts";
import { Best, WATCH_OPTIONS, type WatchOptions } from "./watched.ts";

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
 * @throws ValueError without a path, or on an option that there is not
 * @example callbacks: [modelCheckpoint({ path: "best.safetensors", monitor: "accuracy" })]
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  checkOptions("modelCheckpoint", options, ["path", "keep", ...WATCH_OPTIONS]);
  const { path, keep = "best" } = options;
  if (typeof path !== "string" || path === "") throw new ValueError("modelCheckpoint", "needs the path of a file", String(path));
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
