/** Kernels as TypeScript knows them. The binding (kernels.gen.ts) describes each in a line, so that all of them weigh little. */

/** How an operand is passed: a pointer the kernel reads, writes or both, or a plain number. */
export type OperandKind = "in" | "out" | "inout" | "i32" | "f32";
/** An instruction's plain operands by name, and its `items`. */
export type Numbers = { readonly [name: string]: number };
/** Elements of an operand that belong to each item, or to each so many items; 0: no such share. */
export type Share = number | readonly [elements: number, items: number];
type Fact<T> = T | ((o: Numbers) => T);

type Facts = {
  /** Of each operand, what an item touches; operands left out may be touched anywhere by any item. */
  readonly each?: Readonly<Record<string, Fact<Share>>>;
  /** Items that the kernel likes to have at once. */
  readonly block?: Fact<number>;
  /** Floating-point operations of all items, where it is they that take the time. */
  readonly flop?: Fact<number>;
  /** Bytes read and written; default all of every operand. */
  readonly bytes?: Fact<number>;
};

/** What an instruction has beside its kernel. */
type Given = { readonly operands: Readonly<Record<string, unknown>>; readonly items: number };

/** A fact that a kernel states as a number, or as a function of the instruction's numbers. */
export function factOf<T>(fact: Fact<T>, { operands, items }: Given): T {
  if (typeof fact !== "function") return fact;
  const numbers: Record<string, number> = { items };
  for (const [name, operand] of Object.entries(operands)) if (typeof operand === "number") numbers[name] = operand;
  return (fact as (o: Numbers) => T)(numbers);
}

/** A kernel as the binding has it. Operands in order: `x<` is read, `y>` written, `z=` both, `p~` an f32, `n` a whole number; `y>a,b` may stand where a or b does. */
export type Description = Facts & { readonly operands: string };

/** Kernels outside the core: a binary of their own, which a program brings along only if it imports an op that needs them. */
export type Family = {
  /** What the binary exports. */
  readonly name: string;
  /** Where that stands in the table of all families, and the upper byte of the kernels' codes. */
  readonly index: number;
  /** The binary, packed. */
  readonly packed: string;
};

/** A family of kernels, as every thread links it: what its module exports, and where that goes in the table; null: the core exports it. */
export type Part = { name: string; index: number; module: WebAssembly.Module | null };

export type KernelInfo = Facts & {
  readonly name: string;
  readonly code: number;
  readonly operands: readonly (readonly [name: string, kind: OperandKind])[];
  /** Outputs that may stand where an input does. */
  readonly alias?: Readonly<Record<string, readonly string[]>>;
  /** What brings it; null: the core has it. */
  readonly family: Family | null;
};

/** A kernel outside the core. */
export type Kernel<Name extends string = string> = KernelInfo & { readonly name: Name; readonly family: Family };

const KINDS: Readonly<Record<string, OperandKind>> = { "<": "in", ">": "out", "=": "inout", "~": "f32", "": "i32" };

function infoFrom<F extends Family | null>(
  name: string,
  code: number,
  { operands, ...facts }: Description,
  family: F,
): KernelInfo & { family: F } {
  const alias: Record<string, readonly string[]> = {};
  const list = operands.split(" ").map((operand) => {
    const [, id = "", mark = "", others = ""] = /(\w+)(\W?)(.*)/.exec(operand)!;
    if (others) alias[id] = others.split(",");
    return [id, KINDS[mark]!] as const;
  });
  return { ...facts, name, code, operands: list, family, ...(Object.keys(alias).length > 0 && { alias }) };
}

/** Kernels in the order of their codes; a description stands for all the names that it is listed under. */
export function infosOf<F extends Family | null>(
  descriptions: Readonly<Record<string, Description>>,
  family: F,
): (KernelInfo & { family: F })[] {
  const named = Object.entries(descriptions).flatMap(([names, about]) => names.split(" ").map((name) => [name, about] as const));
  return named.map(([name, about], i) => infoFrom(name, (family?.index ?? 0) * 256 + i, about, family));
}

/** A family's kernels by name. */
export function kernelsOf<Name extends string>(
  family: Family,
  descriptions: Readonly<Record<string, Description>>,
): { readonly [K in Name]: Kernel<K> } {
  const entries = infosOf(descriptions, family).map((info) => [info.name, info]);
  return Object.fromEntries(entries) as { readonly [K in Name]: Kernel<K> };
}
