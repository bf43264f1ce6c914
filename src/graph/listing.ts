/** A compiled program as text. */
import { type Ref, Value } from "../wasm/program.ts";
import type { Compiled } from "./compile.ts";
import type { CompiledProgram } from "./compiled-program.ts";
import { type Instruction, rootOf } from "./plan.ts";

/** Gives names to what a program reads and writes, in the order of appearance. */
class Names {
  readonly #names = new Map<Ref, string>();
  readonly #inputs: ReadonlySet<Ref>;
  readonly #local: ReadonlySet<Ref>;

  constructor(inputs: readonly Value[], local: readonly Value[]) {
    this.#inputs = new Set(inputs);
    this.#local = new Set(local);
  }

  of(ref: Ref): string {
    let name = this.#names.get(ref);
    if (!name) {
      const kind = ref instanceof Value ? this.#kindOf(ref) : ref.version ? "state" : "const";
      name = `${kind}${this.#names.size}`;
      this.#names.set(ref, name);
    }
    return name;
  }

  #kindOf(value: Value): string {
    if (this.#inputs.has(value)) return "in";
    return this.#local.has(rootOf(value)) ? "local" : "v";
  }
}

function lineOf({ info, operands, items }: Instruction, names: Names): string {
  const list = info.operands.map(([name, kind]) => {
    const operand = operands[name]!;
    if (typeof operand === "number") return `${name}=${operand}`;
    const root = operand instanceof Value ? rootOf(operand) : operand;
    const place = kind === "out" && root !== operand ? ` in ${names.of(root)}` : "";
    const shape = operand instanceof Value ? operand.shape : [operand.length];
    return `${name}=${names.of(operand)}:${operand.dtype}[${shape.join(",")}]${place}`;
  });
  return `${info.name.padEnd(18)} ×${items} ${list.join(" ")}`;
}

function textOf({ steps, once, inputs, memory }: CompiledProgram): string {
  const local = steps.flatMap((step) => (step.local ? [...step.local.places.keys()] : []));
  const names = new Names(inputs, local);
  const lines = steps.flatMap(({ isGroup, members, units, tile }, i) => {
    const number = `${i < once ? "once " : ""}${i}`.padStart(once > 0 ? 8 : 3);
    if (!isGroup) return `${number} ${lineOf(members[0].instruction, names)}`;
    const own = members.map(({ instruction, factor }) => `      ${lineOf(instruction, names)} (${factor})`);
    return [`${number} group ×${units}, ${tile} at a time`, ...own];
  });
  const count = steps.reduce((total, { members }) => total + members.length, 0);
  return `${lines.join("\n")}\n${count} instructions in ${steps.length} steps; ${memory.bytes} bytes for values of ${memory.sum}`;
}

/**
 * The programs of a compiled function as text, the one that ran last first.
 *
 * One line an instruction; the members of a group stand indented below it, with their items in a unit. Values are named `in`, `v`, or
 * `local` where a thread has but a tile of them. Steps marked `once` run only where state that they read has changed.
 *
 * @param compiled what `compile` gave; of what has not been called yet there is no program
 * @example const double = compile((x) => x.mul(2)); double([1, 2]); console.log(listing(double));
 */
export function listing<Args extends readonly unknown[], Out>(compiled: Compiled<Args, Out>): string {
  return compiled.programs().map(textOf).join("\n\n");
}
