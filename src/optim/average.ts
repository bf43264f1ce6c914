/** Averages of weights over the steps of a training, kept beside them. */
import { FormatError, ValueError } from "../core/errors.ts";
import { eagerly, recorder } from "../graph/record.ts";
import { stateTensor } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { averageKernels } from "../wasm/kernels.gen.ts";
import { Optimizer } from "./optimizer.ts";
import { SettingsBlock } from "./settings.ts";
import { type Slab, VECTOR } from "./slab.ts";
import { type OptimizerState, viewOf } from "./state.ts";

const VECTOR_NS = 1;

/** An average to be; `for(optimizer)` keeps that of the parameters it changes. */
export type WeightAverageRule = { readonly name: "ema" | "swa"; for(optimizer: Optimizer): WeightAverage };

/** The average of an optimizer's parameters. */
export class WeightAverage {
  readonly #name: string;
  readonly #slab: Slab;
  readonly #mean: Tensor;
  readonly #settings = new SettingsBlock(1);

  /** @internal `ema` and `swa` make averages. */
  constructor(name: string, optimizer: Optimizer, decay: number | null) {
    if (!(optimizer instanceof Optimizer))
      throw new ValueError(name, "averages what an optimizer changes", "none", `${name}(…).for(adam().for(model))`);
    const { slab, accumulate } = optimizer.layout;
    this.#name = name;
    this.#slab = slab;
    this.#mean = stateTensor(new Float32Array(slab.length));
    this.#settings.setHead("EVERY", accumulate);
    this.#settings.set(0, "A", decay ?? 0);
    this.#settings.set(0, "FLAG", decay === null ? 1 : 0);
  }

  /** Averages taken so far. */
  get step(): number {
    return this.#settings.head("STEP");
  }

  /** Takes the weights as they are into the average. Call it after each step, or whenever they are worth it; compiles. */
  update(): void {
    const vectors = this.#slab.length / VECTOR;
    const settings = this.#settings.ref;
    const program = recorder();
    program.onMove(() => this.#slab.check(this.#name));
    program.begin(this.#name);
    program.emit("beginStep", { settings }, 1);
    program.emit(
      averageKernels.averageWeights,
      { mean: this.#mean.ref, w: this.#slab.cell, settings },
      vectors,
      vectors * VECTOR_NS,
    );
    program.end();
  }

  /**
   * Puts the average into the model, and keeps the weights in its place; a second call puts them back.
   *
   * @throws ValueError when there is no average yet
   */
  swap(): void {
    if (this.step === 0) throw new ValueError(this.#name, "has no average yet", undefined, "update() after steps");
    eagerly(() => {
      const vectors = this.#slab.length / VECTOR;
      const program = recorder();
      program.onMove(() => this.#slab.check(this.#name));
      program.begin(this.#name);
      program.emit(averageKernels.exchange, { a: this.#mean.ref, b: this.#slab.cell }, vectors, vectors * VECTOR_NS);
      this.#slab.change(program);
      program.end();
    });
  }

  /** What it goes on from, as arrays to store. Not while the model has the average for weights. */
  state(): OptimizerState {
    return { mean: this.#view().slice(), settings: this.#settings.save() };
  }

  /**
   * Goes on from a state that `state()` gave, of an average of the same parameters.
   *
   * @throws FormatError when it is of another; nothing is changed then
   */
  restore({ mean, settings }: OptimizerState): void {
    const isOurs = mean instanceof Float32Array && mean.length === this.#mean.size;
    if (!isOurs || !(settings instanceof Uint8Array && settings.length === this.#settings.save().length))
      throw new FormatError(
        this.#name,
        `the state needs the mean of ${this.#mean.size} numbers, and settings`,
        String(mean?.length),
      );
    this.#view().set(mean);
    this.#settings.restore(settings);
  }

  #view(): Float32Array<ArrayBuffer> {
    return viewOf({ slot: this.#mean, offset: 0, length: this.#mean.size });
  }

  /**
   * Calls `f` while the model has the average for weights; if it returns a promise, until that is settled.
   *
   * @example await average.use(() => evaluate(model, test, { accuracy }))
   */
  use<T>(f: () => T): T {
    this.swap();
    let isPending = false;
    try {
      const result = f();
      if (!(result instanceof Promise)) return result;
      isPending = true;
      return result.finally(() => this.swap()) as T;
    } finally {
      if (!isPending) this.swap();
    }
  }
}

/**
 * Exponential moving average of weights: mean ← decay·mean + (1 − decay)·w, the first one as it is.
 *
 * @param decay from 0 to below 1; default 0.999
 * @throws ValueError when decay is out of range
 * @source Polyak & Juditsky 1992; PyTorch's swa_utils.AveragedModel with get_ema_avg_fn
 * @example const average = ema({ decay: 0.99 }).for(optimizer); // average.update() after each step
 */
export function ema({ decay = 0.999 }: { decay?: number } = {}): WeightAverageRule {
  if (!(decay >= 0 && decay < 1)) throw new ValueError("ema", "decay is from 0 to below 1", String(decay));
  return { name: "ema", for: (optimizer) => new WeightAverage("ema", optimizer, decay) };
}

/**
 * Stochastic weight averaging: the plain mean of the weights at every `update`, which is best called at the ends of late epochs.
 *
 * @source Izmailov et al. 2018, arXiv:1803.05407, Algorithm 1; PyTorch's swa_utils.AveragedModel
 * @example const average = swa().for(optimizer); // average.update() after each of the last epochs
 */
export function swa(): WeightAverageRule {
  return { name: "swa", for: (optimizer) => new WeightAverage("swa", optimizer, null) };
}
