/** What an optimizer goes on from, as named arrays: for checkpoints. */
import type { TypedArray } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { engineOf } from "../wasm/engine.ts";
import type { SettingsBlock } from "./settings.ts";

/** Arrays by name: `settings` (counters, products and rates, as bytes), and `path:slot` for each parameter. */
export type OptimizerState = Readonly<Record<string, TypedArray>>;

/** Where a parameter's part of a slot stands. */
export type Part = { readonly name: string; readonly slot: Tensor; readonly offset: number; readonly length: number };

const SETTINGS = "settings";

/** Its numbers, in memory: not beyond the next op. */
export function viewOf({ slot, offset, length }: Omit<Part, "name">): Float32Array<ArrayBuffer> {
  const at = (slot.cell("optimizer").address >>> 2) + offset;
  return engineOf().f32.subarray(at, at + length);
}

export function saved(settings: SettingsBlock, parts: readonly Part[]): OptimizerState {
  return { [SETTINGS]: settings.save(), ...Object.fromEntries(parts.map((part) => [part.name, viewOf(part).slice()])) };
}

/** @throws FormatError when an array is missing, too much, or of another length; nothing is changed then */
export function restored(where: string, settings: SettingsBlock, parts: readonly Part[], state: OptimizerState): void {
  const lengths = new Map([[SETTINGS, settings.save().length], ...parts.map(({ name, length }) => [name, length] as const)]);
  for (const [name, length] of lengths) {
    const given = state[name];
    if (given?.length !== length || given instanceof Uint8Array !== (name === SETTINGS))
      throw new FormatError(where, `the state needs '${name}' with ${length} numbers`, given ? String(given.length) : "none");
  }
  const extra = Object.keys(state).find((name) => !lengths.has(name));
  if (extra) throw new FormatError(where, "the state belongs to another model or rule", `'${extra}'`);
  settings.restore(state[SETTINGS] as Uint8Array);
  for (const part of parts) viewOf(part).set(state[part.name]!);
}
