/** The recorder of `compile`: lowering appends, nothing runs. */
import type { DType } from "../core/dtype.ts";
import { CompileError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { Cell, type Version } from "../wasm/cell.ts";
import type { KernelName, Operands } from "../wasm/kernels.gen.ts";
import { DEFAULT_NS, type Emitted, type Fault, infoOf, type Ref, Value } from "../wasm/program.ts";
import type { Rewrite } from "./passes/epilogue.ts";
import type { Instruction } from "./plan.ts";
import type { Recorder } from "./record.ts";

export class Trace implements Recorder {
  readonly instructions: Instruction[] = [];
  /** State that the program changes. */
  readonly changed = new Set<Version>();
  readonly checks: (() => void)[] = [];
  /** Passes that ops have asked for. */
  readonly rewrites = new Set<Rewrite>();
  readonly #values = new Set<Value>();
  readonly #draws = new Map<Ref, number>();
  #op = "";

  input(dtype: DType, shape: Shape): Value {
    return this.#own(new Value(dtype, shape, true));
  }

  create(dtype: DType, shape: Shape): Value {
    return this.#own(new Value(dtype, shape));
  }

  temp(length: number): Value {
    return this.create("f32", [length]);
  }

  admit(ref: Ref): Ref {
    if (ref instanceof Cell || this.#values.has(ref)) return ref;
    throw new CompileError(
      this.#op || "compile",
      "uses a tensor that another compiled function made",
      undefined,
      "passing it as an argument",
    );
  }

  begin(op: string): void {
    this.#op = op;
  }

  end(): void {
    // Nothing runs before the whole program does.
  }

  emit<K extends KernelName>(
    kernel: Emitted<K>,
    operands: Operands<Ref>[K],
    items: number,
    nanoseconds = items * DEFAULT_NS,
    fault?: Fault,
  ): void {
    for (const operand of Object.values<Ref | number>(operands)) if (typeof operand === "object") this.admit(operand);
    this.instructions.push({ op: this.#op, info: infoOf(kernel), operands, items, nanoseconds, fault });
  }

  draw(stream: Ref, ticket: Ref): void {
    const offset = this.#draws.get(stream) ?? 0;
    this.#draws.set(stream, offset + 1);
    this.emit("ticket", { state: stream, out: ticket, offset }, 1);
  }

  changes(state: Version): void {
    this.changed.add(state);
    state.changes += 1; // what was computed earlier in this very trace is out of date
  }

  place(part: Ref, whole: Ref, offset: number): boolean {
    if (!(part instanceof Value && whole instanceof Value) || part.isInput || part.whole) return false;
    part.whole = whole;
    part.offset = offset;
    return true;
  }

  improve(pass: Rewrite): void {
    this.rewrites.add(pass);
  }

  onMove(check: () => void): void {
    check();
    this.checks.push(check);
  }

  /** Ends the program: streams of random numbers move on by what was drawn. */
  finish(): void {
    this.begin("draw");
    for (const [state, by] of this.#draws) this.emit("advanceStream", { state, by }, 1);
    this.begin("");
  }

  #own(value: Value): Value {
    this.#values.add(value);
    return value;
  }
}
