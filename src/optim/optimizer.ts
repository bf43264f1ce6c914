/** The engine behind every rule: groups, slots, counters, clipping, gathering. It knows no rule by name. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import { gradientsOf } from "../graph/backward.ts";
import { noGrad } from "../graph/op.ts";
import { recorder } from "../graph/record.ts";
import { stateTensor } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { initMissing, parameters } from "../nn/model.ts";
import type { Parameter } from "../nn/parameter.ts";
import { zeros } from "../ops/create.ts";
import type { Plan, Progress } from "./rule.ts";
import { partsOf, type Section, sectionsOf, slotParts } from "./sections.ts";
import type { SettingsBlock } from "./settings.ts";
import { Slab } from "./slab.ts";
import { type OptimizerState, type Part, restored, saved } from "./state.ts";
import { emitStep } from "./step.ts";

/** Changes one model's parameters, and only those. */
export class Optimizer {
  readonly #plan: Plan;
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #slab: Slab;
  readonly #sections: readonly Section[];
  readonly #settings: SettingsBlock;
  /** The sum of a step's gradients, where there are several. */
  readonly #sum: Tensor | null;

  /** @internal `rule.for(model)` makes optimizers. */
  constructor(plan: Plan, model: object) {
    this.#plan = plan;
    initMissing(model, undefined);
    this.#parameters = parameters(model);
    if (this.#parameters.size === 0) {
      throw new ValueError(
        plan.name,
        "found no parameters in the model's fields",
        undefined,
        "keeping layers in public fields: #private ones cannot be seen",
      );
    }
    const { sections, settings } = sectionsOf(plan, this.#parameters);
    this.#sections = sections;
    this.#settings = settings;
    this.#slab = new Slab(sections.flatMap(({ members }) => members));
    this.#sum = plan.whole.accumulate > 1 ? stateTensor(new Float32Array(this.#slab.length)) : null;
  }

  /** Steps taken so far. */
  get step(): number {
    return this.#settings.head("STEP");
  }

  /** The learning rate; those of groups with one of their own follow in proportion. */
  get lr(): number {
    return this.#settings.head("RATE");
  }

  set lr(value: number) {
    this.#settings.setHead("RATE", value);
    for (const [i, { ratio }] of this.#sections.entries()) if (ratio !== null) this.#settings.set(i, "LR", value * ratio);
  }

  /** What moves against the learning rate in a cycle: momentum, or the first of `betas`; NaN where there is none. */
  get momentum(): number {
    const i = this.#sections.findIndex(({ momentum }) => momentum);
    return i < 0 ? Number.NaN : this.#settings.get(i, this.#sections[i]!.momentum!);
  }

  /** Sets that of all groups that have one. @throws ValueError where none has */
  set momentum(value: number) {
    if (Number.isNaN(this.momentum)) {
      const { name } = this.#plan;
      throw new ValueError(name, "has no momentum to change", undefined, "sgd or rmsprop with momentum, or one of Adam's family");
    }
    for (const [i, { momentum }] of this.#sections.entries()) if (momentum) this.#settings.set(i, momentum, value);
  }

  /** Sets learning rate and momentum as the rule's schedule says; nothing where it has none. */
  follow(progress: Progress): void {
    const { lr } = this.#plan;
    if (typeof lr === "number") return;
    this.lr = lr(progress);
    if (lr.momentum && !Number.isNaN(this.momentum)) this.momentum = lr.momentum(progress);
  }

  /** Norm of the last step's gradients, all together, before they were clipped; NaN where the rule has no `clipNorm`. */
  get gradientNorm(): number {
    return this.#plan.whole.measures ? this.#settings.head("NORM") : Number.NaN;
  }

  /** All that the next steps depend on besides the parameters, as arrays to store. */
  state(): OptimizerState {
    return saved(this.#settings, this.#parts());
  }

  /**
   * Goes on from a state that `state()` gave, of an optimizer by the same rule of a model with the same parameters.
   *
   * @throws FormatError when it is of another; nothing is changed then
   */
  restore(state: OptimizerState): void {
    restored(this.#plan.name, this.#settings, this.#parts(), state);
  }

  /** @internal How the parameters lie, and how many calls make a step: what averages need. */
  get layout(): { readonly slab: Slab; readonly accumulate: number } {
    return { slab: this.#slab, accumulate: this.#plan.whole.accumulate };
  }

  /**
   * One step down the gradient of `loss`; with `accumulate`, a part of one.
   *
   * @throws ValueError when the loss depends on none of the model's parameters
   * @throws ShapeError when the loss is not a single number
   */
  minimize(loss: Tensor): void {
    noGrad(() => {
      const wanted = [...this.#parameters.values()];
      const found = gradientsOf("minimize", loss, wanted);
      const gradients = new Map<Parameter, Tensor>();
      for (const [i, gradient] of found.entries()) if (gradient) gradients.set(wanted[i]!, gradient);
      if (gradients.size === 0) {
        throw new ValueError(
          "minimize",
          "the loss depends on no parameter of this optimizer's model",
          undefined,
          "computing it with that model, outside noGrad",
        );
      }
      this.#update(gradients);
    });
  }

  /**
   * One step by the given gradients, as `gradients(loss, model)` returns them; parameters without one stay as they are.
   *
   * @throws ValueError on a path that the model does not have  @throws ShapeError on a gradient of another shape
   */
  apply(gradients: Readonly<Record<string, Tensor>>): void {
    const found = new Map<Parameter, Tensor>();
    for (const [path, gradient] of Object.entries(gradients)) {
      const parameter = this.#parameters.get(path);
      if (!parameter) {
        const known = [...this.#parameters.keys()];
        const list = `${known.slice(0, 4).join(", ")}${known.length > 4 ? ", …" : ""}`;
        throw new ValueError(
          "apply",
          "a gradient must belong to a parameter of this optimizer's model",
          `'${path}' where there are ${list}`,
        );
      }
      if (!sameShape(parameter.shape, gradient.shape)) {
        throw new ShapeError("apply", `the gradient of '${path}' has another shape`, { parameter: parameter.shape, gradient });
      }
      found.set(parameter, gradient);
    }
    this.#update(found);
  }

  #parts(): Part[] {
    const slots = this.#sections.flatMap(slotParts);
    return this.#sum ? [...slots, ...partsOf(this.#slab.members, "gathered", this.#sum, 0)] : slots;
  }

  #update(given: ReadonlyMap<Parameter, Tensor>): void {
    const { name, kernel, whole } = this.#plan;
    const gradients = this.#sum ? this.#completed(given) : given;
    const program = recorder();
    program.onMove(() => this.#slab.check(name));
    program.begin(name);
    const [slab, sections, settings, sum] = [this.#slab, this.#sections, this.#settings.ref, this.#sum?.ref ?? null];
    const { measures, clipValue, accumulate } = whole;
    emitStep(program, { kernel, slab, sections, settings, sum, measures, bound: clipValue * accumulate }, gradients);
    program.end();
  }

  /** Where gradients are gathered, a parameter that one of them does not reach has 0 there. */
  #completed(gradients: ReadonlyMap<Parameter, Tensor>): Map<Parameter, Tensor> {
    const all = [...this.#parameters.values()];
    return new Map(all.map((parameter) => [parameter, gradients.get(parameter) ?? zeros(parameter.shape)]));
  }
}
