/**
 * Generates the binding between TypeScript and AssemblyScript from the exported kernels: the `switch` that calls them
 * (assembly/dispatch.gen.ts) and their operand names, types and directions (src/wasm/kernels.gen.ts).
 * `--check` writes nothing and fails when either file is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

type Operand = { name: string; type: string; access: string };
/** Facts that are one number each. */
const NUMBERS = ["block", "flop", "bytes"] as const;
/** What passes and profiles know of a kernel, as TypeScript. */
type Facts = { each: [operand: string, share: string][]; alias: [operand: string, others: string[]][] } & Record<
  (typeof NUMBERS)[number],
  string
>;
type Kernel = { name: string; family: string; operands: Operand[]; facts: Facts };

const KERNEL_DIR = "assembly/kernels";
const FIRST_OPERAND = 16; // bytes: code, items, grain, chunks come before
const MAX_OPERANDS = 28;
/** Operands that `execute` supplies: a thread's own memory, and where an index kernel reports a bad index. */
const SUPPLIED = new Set(["scratch", "fault"]);
const TYPES = new Set(["usize", "i32", "u32", "f32"]);

function accessOf(doc: string, name: string, where: string): string {
  const line = new RegExp(`@param\\s+${name}\\s+(in|out|inout)\\b`).exec(doc);
  if (!line) throw new Error(`${where}: pointer '${name}' needs '@param ${name} in|out|inout dtype[shape]'`);
  return line[1]!;
}

/** Numbers that an expression in a doc comment may name, besides a kernel's own operands. */
const GIVEN = new Set(["items"]);

/** An expression in a doc comment, as one in TypeScript over an instruction's numbers `o`. */
function expression(text: string, operands: readonly Operand[], where: string): string {
  if (/[^\w\s()*/%+<>=!&|?:.-]/.test(text)) throw new Error(`${where}: cannot read '${text}'`);
  const named = text.replace(/[A-Za-z_]\w*/g, (name) => {
    const operand = operands.find((o) => o.name === name);
    if (!GIVEN.has(name) && (!operand || operand.access))
      throw new Error(`${where}: '${text}' names '${name}', which is no number`);
    return `o.${name}!`;
  });
  return named.trim().replace(/\s+/g, " ");
}

/** The text behind a tag, up to the next one. */
function tagged(doc: string, tag: string): string[] {
  return [...doc.matchAll(new RegExp(`@${tag}\\s((?:(?!\\n \\* @|\\*/)[\\s\\S])*)`, "g"))].map(([, text]) =>
    text!.replace(/\n \*/g, " "),
  );
}

/** `@each x = elements [per items]`: what of an operand each item touches, 0 for what may be any of it. */
function sharesIn(docs: readonly string[], operands: readonly Operand[], where: string): Facts["each"] {
  const texts = new Map<string, string>();
  for (const clause of docs.flatMap((doc) => tagged(doc, "each")).flatMap((text) => text.split(";"))) {
    const [, name, text] = /^\s*(\w+) = ([\s\S]+)$/.exec(clause) ?? [];
    if (!name || !text) throw new Error(`${where}: cannot read '@each ${clause}'`);
    if (operands.find((o) => o.name === name)?.access) texts.set(name, text); // of the family's, what this kernel has
  }
  return [...texts].map(([name, text]) => {
    const arms = text.split(/([?:])/).map((arm) => {
      if (arm === "?" || arm === ":") return arm;
      const [elements, items] = arm.split(" per ").map((part) => expression(part, operands, where));
      return items ? `[${elements}, ${items}]` : elements!;
    });
    return [name, arms.join(" ")];
  });
}

function aliasesIn(doc: string, operands: readonly Operand[]): Facts["alias"] {
  return operands.flatMap(({ name, access }): Facts["alias"] => {
    const line = access === "out" && new RegExp(`@param\\s+${name}\\s+out\\b.*\\bmay alias (.*)`).exec(doc);
    const others = line ? operands.filter((o) => o.access === "in" && new RegExp(`\\b${o.name}\\b`).test(line[1]!)) : [];
    return others.length > 0 ? [[name, others.map((o) => o.name)]] : [];
  });
}

/** What the file's first comment says of all its kernels, unless their own says otherwise, and what theirs say. */
function factsOf(family: string, doc: string, operands: readonly Operand[], where: string): Facts {
  const one = (tag: string): string => {
    const [text] = [...tagged(doc, tag), ...tagged(family, tag)];
    return text ? expression(text, operands, where) : "";
  };
  return {
    each: sharesIn([family, doc], operands, where),
    alias: aliasesIn(doc, operands),
    block: one("block"),
    flop: one("flop"),
    bytes: one("bytes"),
  };
}

function kernelsOf(family: string): Kernel[] {
  const source = readFileSync(`${KERNEL_DIR}/${family}.ts`, "utf8");
  const [first = ""] = /^\/\*\*[\s\S]*?\*\//.exec(source) ?? [];
  const kernels: Kernel[] = [];
  const pattern = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export function (\w+)\(([^)]*)\): void \{/gm;
  for (const [, doc = "", name, list] of source.matchAll(pattern)) {
    const where = `${KERNEL_DIR}/${family}.ts: ${name}`;
    const parameters = list!
      .split(",")
      .map((p) => p.trim())
      .filter(Boolean)
      .map((p) => {
        const [id, type] = p.split(":").map((s) => s.trim());
        if (!TYPES.has(type!)) throw new Error(`${where}: operand '${id}' has type '${type}'; kernels take usize, i32, u32, f32`);
        return { name: id!, type: type!, access: "" };
      });
    const [begin, end] = parameters.splice(-2);
    if (begin?.name !== "begin" || end?.name !== "end") throw new Error(`${where}: the last two parameters must be begin, end`);
    const operands = parameters.map((p) => {
      const pointer = p.type === "usize" && !SUPPLIED.has(p.name);
      return { ...p, access: pointer ? accessOf(doc, p.name, where) : "" };
    });
    if (operands.filter((p) => !SUPPLIED.has(p.name)).length > MAX_OPERANDS)
      throw new Error(`${where}: more than ${MAX_OPERANDS} operands`);
    kernels.push({ name: name!, family, operands, facts: factsOf(first, doc, operands, where) });
  }
  return kernels;
}

const families = readdirSync(KERNEL_DIR)
  .filter((f) => f.endsWith(".ts"))
  .map((f) => f.slice(0, -3))
  .sort();
const kernels = families.flatMap(kernelsOf);
const duplicate = kernels.find((k, i) => kernels.findIndex((o) => o.name === k.name) !== i);
if (duplicate) throw new Error(`two kernels are called '${duplicate.name}'`);

const HEADER = "// Generated by scripts/bind.ts from assembly/kernels/*.ts: do not edit, run `npm run bind`.\n";

function dispatch(): string {
  const imports = families.map((family) => {
    const names = kernels.filter((k) => k.family === family).map((k) => k.name);
    return names.length ? `import { ${names.join(", ")} } from "./kernels/${family}";\n` : "";
  });
  const cases = kernels.map((kernel, code) => {
    let at = FIRST_OPERAND;
    const call = kernel.operands.map(({ name, type }) => {
      if (SUPPLIED.has(name)) return name;
      const text = `load<${type}>(at, ${at})`;
      at += 4;
      return text;
    });
    return `    case ${code}: ${kernel.name}(${[...call, "begin", "end"].join(", ")}); break;\n`;
  });
  return `${HEADER}${imports.join("")}
/** Runs items [begin, end) of the instruction at \`at\`. */
export function run(at: usize, scratch: usize, fault: usize, begin: i32, end: i32): void {
  switch (load<i32>(at)) {
${cases.join("")}  }
}
`;
}

/** Constants that TypeScript needs too: their names and values as members of an object. */
function constantsOf(path: string): string {
  const found = readFileSync(path, "utf8").matchAll(/^export const (\w+): (?:i32|f32) = ([\d._e-]+);/gm);
  return [...found].map(([, name, value]) => `  ${name}: ${value},\n`).join("");
}

function binding(): string {
  const own = kernels.map((k) => ({ ...k, operands: k.operands.filter((o) => !SUPPLIED.has(o.name)) }));
  const types = own.map((k) => {
    const fields = k.operands.map((o) => `${o.name}: ${o.access ? "Ref" : "number"}`);
    return `  ${k.name}: { ${fields.join("; ")} };\n`;
  });
  const functions = new Map<string, string>();
  /** An expression as a number where it is one, else as a function that all who say the same share. */
  const value = (text: string): string => {
    if (/^\d+$/.test(text)) return text;
    if (!functions.has(text)) functions.set(text, `f${functions.size}`);
    return functions.get(text)!;
  };
  const table = own.map((k, code) => {
    const operands = k.operands.map((o) => `["${o.name}", "${o.access || o.type}"]`);
    const { each, alias } = k.facts;
    const facts = [
      each.length > 0 && `each: { ${each.map(([name, text]) => `${name}: ${value(text)}`).join(", ")} }`,
      alias.length > 0 && `alias: { ${alias.map(([name, others]) => `${name}: ["${others.join('", "')}"]`).join(", ")} }`,
      ...NUMBERS.map((name) => k.facts[name] && `${name}: ${value(k.facts[name])}`),
    ].filter(Boolean);
    return `  ${k.name}: { name: "${k.name}", code: ${code}, operands: [${operands.join(", ")}]${facts.map((fact) => `, ${fact}`).join("")} },\n`;
  });
  const shared = [...functions].map(
    ([text, name]) => `const ${name} = (o: Numbers) => ${text.replaceAll(/\[(.*?)\]/g, "[$1] as const")};\n`,
  );
  return `${HEADER}
/** How an operand is passed: a pointer the kernel reads, writes or both, or a plain number. */
export type OperandKind = "in" | "out" | "inout" | "i32" | "u32" | "f32";
/** An instruction's plain operands by name, and its \`items\`. */
export type Numbers = { readonly [name: string]: number };
/** Elements of an operand that belong to each item, or to each so many items; 0: no such share. */
export type Share = number | readonly [elements: number, items: number];
type Fact<T> = T | ((o: Numbers) => T);
export type KernelInfo = {
  readonly name: string;
  readonly code: number;
  readonly operands: readonly (readonly [name: string, kind: OperandKind])[];
  /** Of each operand, what an item touches; operands left out may be touched anywhere by any item. */
  readonly each?: Readonly<Record<string, Fact<Share>>>;
  /** Outputs that may stand where an input does. */
  readonly alias?: Readonly<Record<string, readonly string[]>>;
  /** Items that the kernel likes to have at once. */
  readonly block?: Fact<number>;
  /** Floating-point operations of all items, where it is they that take the time. */
  readonly flop?: Fact<number>;
  /** Bytes read and written; default all of every operand. */
  readonly bytes?: Fact<number>;
};

/** Operands of each kernel; \`Ref\` is whatever the caller uses to name memory. */
export interface Operands<Ref> {
${types.join("")}}
export type KernelName = keyof Operands<never>;

${shared.join("")}
export const KERNELS: { readonly [K in KernelName]: KernelInfo } = {
${table.join("")}};

/** assembly/tune.ts, for the choices that lowering makes. */
export const TUNE = {
${constantsOf("assembly/tune.ts")}} as const;

/** assembly/update/settings.ts, where an optimizer's settings stand. */
export const SETTINGS = {
${constantsOf("assembly/update/settings.ts")}} as const;
`;
}

const outputs = { "assembly/dispatch.gen.ts": dispatch(), "src/wasm/kernels.gen.ts": binding() };
for (const [file, text] of Object.entries(outputs)) {
  let old = "";
  try {
    old = readFileSync(file, "utf8");
  } catch {
    // first generation
  }
  if (old === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${file} is out of date: run 'npm run bind'`);
    process.exitCode = 1;
  } else writeFileSync(file, text);
}
