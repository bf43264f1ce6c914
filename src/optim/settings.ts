/** An optimizer's numbers in memory: kernels read them there, so that a compiled step sees a new learning rate. */
import { stateTensor } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { engineOf } from "../wasm/engine.ts";
import { SETTINGS } from "../wasm/kernels.gen.ts";
import type { Ref } from "../wasm/program.ts";

const WORDS = SETTINGS.BANK / 4;
const NUMBERS = SETTINGS.BANK / 8;

/** What is true of the whole optimizer. */
export type Head = "STEP" | "RATE" | "GATHERED" | "EVERY" | "SECTIONS" | "SCALE" | "NORM" | "MAX_NORM";
/** What is true of one section. */
export type Place = "LR" | "DECAY" | "SHRINK" | "EPS" | "A" | "B" | "C" | "FLAG" | "START" | "PRODUCT_A" | "POWER_B" | "POWER_C";

export class SettingsBlock {
  readonly #tensor: Tensor;

  /** Nothing taken yet, nothing clipped. */
  constructor(sections: number) {
    this.#tensor = stateTensor(new Int32Array(WORDS * (1 + sections)));
    const first: Partial<Record<Head, number>> = { EVERY: 1, SECTIONS: sections, SCALE: 1, MAX_NORM: Infinity };
    for (const [name, value] of Object.entries(first)) this.setHead(name as Head, value);
    for (let section = 0; section < sections; ++section)
      for (const product of ["PRODUCT_A", "POWER_B", "POWER_C"] as const) this.set(section, product, 1);
  }

  get ref(): Ref {
    return this.#tensor.ref;
  }

  head(name: Head): number {
    return this.#memory()[SETTINGS[name] / 8]!;
  }

  setHead(name: Head, value: number): void {
    this.#memory()[SETTINGS[name] / 8] = value;
  }

  get(section: number, name: Place): number {
    return this.#memory()[(1 + section) * NUMBERS + SETTINGS[name] / 8]!;
  }

  set(section: number, name: Place, value: number): void {
    this.#memory()[(1 + section) * NUMBERS + SETTINGS[name] / 8] = value;
  }

  /** All of it, for a checkpoint. */
  save(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory().slice().buffer);
  }

  restore(bytes: Uint8Array): void {
    new Uint8Array(this.#memory().buffer, this.#memory().byteOffset, bytes.length).set(bytes);
  }

  #memory(): Float64Array<ArrayBuffer> {
    const { address, bytes } = this.#tensor.cell("optimizer");
    return engineOf().f64.subarray(address >>> 3, (address >>> 3) + bytes / 8);
  }
}
