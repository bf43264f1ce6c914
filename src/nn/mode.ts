import { ValueError } from "../core/errors.ts";
import type { Mode } from "./model.ts";

/** The mode, where a layer needs it. @throws ValueError where there is none */
export function checkMode(where: string, mode: Mode): Mode {
  if (mode === "train" || mode === "eval") return mode;
  throw new ValueError(where, 'needs to know whether it trains: mode is "train" or "eval"', String(mode), 'forward(x, "train")');
}
