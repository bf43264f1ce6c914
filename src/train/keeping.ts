/** Where `fit` finds what keeps checkpoints, without bringing it into programs that keep none. */
import { ValueError } from "../core/errors.ts";
import type { CheckpointOptions } from "./options.ts";
import type { Run } from "./run.ts";

/** Has a training write checkpoints, and go on from the one there is. */
export type Keep = (run: Run, options: CheckpointOptions) => Promise<void>;

let known: Keep | null = null;

/** Makes `keep` known, and gives the function whose import tells bundlers that it is wanted. */
export function keptBy(keep: Keep): (options: CheckpointOptions) => CheckpointOptions {
  known = keep;
  return (options) => options;
}

/** @throws ValueError where a bundler has left checkpoints out */
export function keeping(): Keep {
  if (!known)
    throw new ValueError(
      "fit",
      "your bundler has left checkpoints out",
      undefined,
      'checkpoint: checkpointFile({ path }), imported from "nabla"',
    );
  return known;
}
