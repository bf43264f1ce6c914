/** The engine behind every rule: groups, slabs, slots, step counts. Each group's parameters lie side by side, so a step is one instruction. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import { gradientsOf } from "../graph/backward.ts";
import { noGrad } from "../graph/op.ts";
import { type Recorder, recorder } from "../graph/record.ts";
import { stateTensor } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { initMissing, parameters } from "../nn/model.ts";
import type { Parameter } from "../nn/parameter.ts";
import { Cell, moveInto } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import type { Ref } from "../wasm/program.ts";
import type { Formula, Group, Schedule, Settings } from "./rules.ts";

/** Places in a group's settings, f64 each: assembly/kernels/optim.ts. */
const STEP = 0;
const LR = 1;
const SETTINGS = 16;
/** Parameters in a slab begin at multiples of this many elements: a vector's width. */
const ALIGN = 4;
const UPDATE_NS = 1;

type Member = { path: string; parameter: Parameter /** in elements from the start of the slab */; offset: number };

/** Parameters that share settings, side by side in memory. */
class Section {
  readonly members: readonly Member[];
  readonly kernel: "sgd" | "sgdPlain" | "adam";
  readonly length: number;
  readonly #slab: Cell;
  readonly #slots: readonly Tensor[];
  readonly #settings: Tensor;
  readonly #ratio: number | null;

  constructor(
    members: readonly Member[],
    kernel: "sgd" | "sgdPlain" | "adam",
    slots: readonly string[],
    settings: Settings,
    rate: number,
    /** Its learning rate over the optimizer's; null where it keeps its own while the optimizer's follows a schedule. */
    ratio: number | null,
  ) {
    this.members = members;
    this.kernel = kernel;
    this.#ratio = ratio;
    const last = members.at(-1)!;
    this.length = last.offset + last.parameter.size;
    this.#slab = new Cell("f32", this.length);
    this.#slab.host = new Float32Array(this.length);
    this.#slots = slots.map(() => stateTensor(new Float32Array(this.length)));
    this.#settings = stateTensor(new Int32Array(SETTINGS * 2));
    const memory = this.#memory();
    memory.set([0, rate, settings.weightDecay, 1, 1, settings.a, settings.b, settings.eps, settings.flag]);
    for (const { parameter, offset } of members) moveInto(parameter.cell("optimizer"), this.#slab, offset * 4);
  }

  get step(): number {
    return this.#memory()[STEP]!;
  }

  /** Follows the optimizer's learning rate. */
  follow(lr: number): void {
    if (this.#ratio !== null) this.#memory()[LR] = lr * this.#ratio;
  }

  /** Throws when another optimizer has taken the parameters over. */
  check(where: string): void {
    for (const { path, parameter } of this.members) {
      if (parameter.cell(where).slab === this.#slab) continue;
      throw new ValueError(
        where,
        `'${path}' belongs to an optimizer that was made later`,
        undefined,
        "using that one, or making this one anew",
      );
    }
  }

  /** Appends the update by the given gradients; parameters without one stay as they are. */
  update(program: Recorder, gradients: ReadonlyMap<Parameter, Tensor>): void {
    const settings = this.#settings.ref;
    const reached = this.members.filter(({ parameter }) => gradients.has(parameter));
    if (reached.length === 0) return;
    program.emit("tick", { settings }, 1);
    if (reached.length === this.members.length) {
      const whole = this.#gather(program, gradients);
      this.#emit(
        program,
        this.#slab,
        whole,
        this.#slots.map((slot) => slot.ref),
        this.length,
      );
    } else {
      for (const { parameter, offset } of reached) {
        const slots = this.#slots.map((slot) => partOf(slot.cell("optimizer"), offset, parameter.size));
        this.#emit(program, parameter.ref, gradients.get(parameter)!.ref, slots, parameter.size);
      }
    }
    for (const { parameter } of reached) program.changes(parameter.cell("optimizer").version!);
  }

  #emit(program: Recorder, w: Ref, g: Ref, slots: readonly Ref[], n: number): void {
    const settings = this.#settings.ref;
    const [first, second] = slots as [Ref, Ref];
    if (this.kernel === "adam") program.emit("adam", { w, g, m: first, v: second, settings }, n, n * UPDATE_NS);
    else if (this.kernel === "sgd") program.emit("sgd", { w, g, buf: first, settings }, n, n * UPDATE_NS);
    else program.emit("sgdPlain", { w, g, settings }, n, n * UPDATE_NS);
  }

  /** The gradients side by side as the parameters are; in a compiled program they are computed there in the first place. */
  #gather(program: Recorder, gradients: ReadonlyMap<Parameter, Tensor>): Ref {
    const [only] = this.members;
    if (this.members.length === 1) return gradients.get(only!.parameter)!.ref;
    const whole = program.create("f32", [this.length]);
    for (const { parameter, offset } of this.members) {
      const { ref } = gradients.get(parameter)!;
      if (!program.place(ref, whole, offset * 4)) copyTo(program, ref, whole, offset, parameter.size);
      const rest = Math.min(offset + aligned(parameter.size), this.length) - offset - parameter.size;
      if (rest > 0) copyTo(program, nothing(), whole, offset + parameter.size, rest);
    }
    return whole;
  }

  #memory(): Float64Array {
    const at = this.#settings.cell("optimizer").address >>> 3;
    return engineOf().f64.subarray(at, at + SETTINGS);
  }
}

function aligned(elements: number): number {
  return Math.ceil(elements / ALIGN) * ALIGN;
}

let zeros: Cell | null = null;
/** Zeros for the gaps between parameters. */
function nothing(): Cell {
  if (!zeros) {
    zeros = new Cell("f32", ALIGN);
    zeros.host = new Float32Array(ALIGN);
  }
  return zeros;
}

function copyTo(program: Recorder, x: Ref, y: Ref, offset: number, n: number): void {
  program.emit("place", { x, y, offset, d1: 1, d2: 1, d3: 1, d4: 1, d5: n, s0: 0, s1: 0, s2: 0, s3: 0, s4: 0, s5: 1 }, n);
}

/** `length` elements of a pinned cell as a cell of their own. */
function partOf(whole: Cell, offset: number, length: number): Cell {
  const part = new Cell("f32", length);
  part.slab = whole;
  part.address = whole.address + offset * 4;
  part.version = whole.version;
  part.pins = 1;
  return part;
}

function matches(match: Group<unknown>["match"], path: string, parameter: Parameter): boolean {
  return typeof match === "function" ? match(path, parameter) : match.test(path);
}

/** Changes one model's parameters, and only those. */
export class Optimizer {
  readonly #name: string;
  readonly #sections: Section[] = [];
  readonly #parameters: ReadonlyMap<string, Parameter>;
  #lr: number;

  /** @internal `rule.for(model)` makes optimizers. */
  constructor(
    formula: Formula<never>,
    options: { lr: number | Schedule },
    groups: readonly Group<{ lr: number | Schedule }>[],
    model: object,
  ) {
    this.#name = formula.name;
    initMissing(model, undefined);
    this.#parameters = parameters(model);
    if (this.#parameters.size === 0) {
      throw new ValueError(
        formula.name,
        "found no parameters in the model's fields",
        undefined,
        "keeping layers in public fields: #private ones cannot be seen",
      );
    }
    this.#lr = typeof options.lr === "number" ? options.lr : 0;
    const sections = new Map<object, Member[]>();
    for (const [path, parameter] of this.#parameters) {
      const group = groups.find(({ match }) => matches(match, path, parameter)) ?? options;
      const members = sections.get(group) ?? [];
      const before = members.at(-1);
      members.push({ path, parameter, offset: before ? before.offset + aligned(before.parameter.size) : 0 });
      sections.set(group, members);
    }
    for (const [group, members] of sections) {
      const own = { ...options, ...group } as never;
      const { kernel, slots } = formula.update(own);
      const { lr } = group as { lr?: number | Schedule };
      const fixed = typeof options.lr !== "number" && typeof lr === "number";
      const rate = typeof lr === "number" ? lr : this.#lr;
      const ratio = fixed ? null : this.#lr > 0 ? rate / this.#lr : 1;
      this.#sections.push(new Section(members, kernel, slots, formula.settings(own), rate, ratio));
    }
  }

  /** Steps taken so far. */
  get step(): number {
    return Math.max(...this.#sections.map((section) => section.step));
  }

  /** The learning rate; those of groups with one of their own follow in proportion. */
  get lr(): number {
    return this.#lr;
  }

  set lr(value: number) {
    for (const section of this.#sections) section.follow(value);
    this.#lr = value;
  }

  /**
   * One step down the gradient of `loss`.
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

  #update(gradients: ReadonlyMap<Parameter, Tensor>): void {
    const program = recorder();
    program.onMove(() => {
      for (const section of this.#sections) section.check(this.#name);
    });
    program.begin(this.#name);
    for (const section of this.#sections) section.update(program, gradients);
    program.end();
  }
}
