/**
 * Generates the binding between TypeScript and AssemblyScript from the exported kernels: the `switch` that calls them
 * (assembly/dispatch.gen.ts) and their operand names, types and directions (src/wasm/kernels.gen.ts); besides, the constants of
 * assembly/tune.ts (src/wasm/tune.gen.ts). `--check` writes nothing and fails when a file is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

type Operand = { name: string; type: string; access: string; optional: boolean };
/** Facts that are one number each. */
const NUMBERS = ["block", "flop", "bytes"] as const;
/** What passes and profiles know of a kernel, as TypeScript. */
type Facts = { each: [operand: string, share: string][]; alias: [operand: string, others: string[]][] } & Record<
  (typeof NUMBERS)[number],
  string
>;
type Kernel = { name: string; file: string; family: string; operands: Operand[]; facts: Facts };

const KERNEL_DIR = "assembly/kernels";
/** Families that every program needs; each of the others is a binary of its own, which comes with the ops that use it. */
const CORE = new Set([
  "broadcast",
  "check",
  "convert",
  "copy",
  "gather",
  "gemm",
  "group",
  "optim",
  "pointwise",
  "random",
  "reduce",
  "softmax",
]);
/** Files whose kernels belong to another's family: an op brings both along, and what they share does not have to stand in the core. */
const JOINED: ReadonlyMap<string, string> = new Map([
  ["depthwise", "convolution"],
  ["winograd", "convolution"],
]);
/** A kernel's number within its family or the core is one byte. */
const MAX_KERNELS = 256;
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

function kernelsOf(file: string): Kernel[] {
  const source = readFileSync(`${KERNEL_DIR}/${file}.ts`, "utf8");
  const family = JOINED.get(file) ?? file;
  const [first = ""] = /^\/\*\*[\s\S]*?\*\//.exec(source) ?? [];
  const kernels: Kernel[] = [];
  const pattern = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export function (\w+)\(([^)]*)\): void \{/gm;
  for (const [, doc = "", name, list] of source.matchAll(pattern)) {
    const where = `${KERNEL_DIR}/${file}.ts: ${name}`;
    const parameters = list!
      .split(",")
      .map((p) => p.trim())
      .filter(Boolean)
      .map((p) => {
        const [id, type] = p.split(":").map((s) => s.trim());
        if (!TYPES.has(type!)) throw new Error(`${where}: operand '${id}' has type '${type}'; kernels take usize, i32, u32, f32`);
        return { name: id!, type: type!, access: "", optional: false };
      });
    const [begin, end] = parameters.splice(-2);
    if (begin?.name !== "begin" || end?.name !== "end") throw new Error(`${where}: the last two parameters must be begin, end`);
    const operands = parameters.map((p) => {
      const pointer = p.type === "usize" && !SUPPLIED.has(p.name);
      const optional = new RegExp(`@param\\s+${p.name}\\s.*\\bor 0\\b`).test(doc);
      return { ...p, access: pointer ? accessOf(doc, p.name, where) : "", optional };
    });
    if (operands.filter((p) => !SUPPLIED.has(p.name)).length > MAX_OPERANDS)
      throw new Error(`${where}: more than ${MAX_OPERANDS} operands`);
    kernels.push({ name: name!, file, family, operands, facts: factsOf(first, doc, operands, where) });
  }
  return kernels;
}

const files = readdirSync(KERNEL_DIR)
  .filter((f) => f.endsWith(".ts"))
  .map((f) => f.slice(0, -3))
  .sort();
const kernels = files.flatMap(kernelsOf);
const duplicate = kernels.find((k, i) => kernels.findIndex((o) => o.name === k.name) !== i);
if (duplicate) throw new Error(`two kernels are called '${duplicate.name}'`);
const core = kernels.filter(({ family }) => CORE.has(family));
const others = files.filter((family) => !CORE.has(family) && kernels.some((kernel) => kernel.family === family));
for (const { length } of [core, ...others.map(kernelsIn)]) {
  if (length > MAX_KERNELS) throw new Error(`more than ${MAX_KERNELS} kernels in a family or in the core`);
}

function kernelsIn(family: string): Kernel[] {
  return kernels.filter((kernel) => kernel.family === family);
}

/** What a family outside the core is called, in WASM and in TypeScript. */
function exportOf(family: string): string {
  return `${family.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Kernels`;
}

const HEADER = "// Generated by scripts/bind.ts from assembly/kernels/*.ts: do not edit, run `npm run bind`.\n";

function switchOver(what: string, kernels: readonly Kernel[], otherwise = ""): string {
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
  return `  switch (${what}) {\n${cases.join("")}${otherwise}  }\n`;
}

function dispatch(): string {
  const imports = files.map((file) => {
    const names = kernels.filter((kernel) => kernel.file === file).map(({ name }) => name);
    return names.length ? `import { ${names.join(", ")} } from "./kernels/${file}";\n` : "";
  });
  const parameters = "(at: usize, scratch: usize, fault: usize, begin: i32, end: i32): void";
  const parts = others.map(
    (family) => `
/** The instruction at \`at\`, whose kernel is one of kernels/${family}. */
export function ${exportOf(family)}${parameters} {
${switchOver("<i32>load<u8>(at)", kernelsIn(family))}}
`,
  );
  return `${HEADER}${imports.join("")}
/** Runs items [begin, end) of the instruction at \`at\`. Families outside the core stand in a table: see src/wasm/kernel.ts. */
export function run${parameters} {
${switchOver("load<i32>(at)", core, "    default: call_indirect<void>(load<u32>(at) >> 8, at, scratch, fault, begin, end);\n")}}
${parts.join("")}`;
}

/** Constants that TypeScript needs too, by name. */
function constantsOf(path: string): [name: string, value: string][] {
  const found = readFileSync(path, "utf8").matchAll(/^export const (\w+): (?:i32|f32) = ([\d._e-]+);/gm);
  return [...found].map(([, name, value]) => [name!, value!]);
}

/** assembly/tune.ts: constants apart, so that bundlers leave out those that nobody reads. */
function tuning(): string {
  const lines = constantsOf("assembly/tune.ts").map(([name, value]) => `export const ${name} = ${value};\n`);
  return `${HEADER}${lines.join("")}`;
}

function namesOf(kernels: readonly Kernel[]): string {
  return kernels.map(({ name }) => `"${name}"`).join(" | ");
}

const MARKS: Readonly<Record<string, string>> = { in: "<", out: ">", inout: "=", f32: "~", i32: "", u32: "" };

/**
 * Descriptions of kernels, as src/wasm/kernel.ts reads them, alike ones that follow each other in one; `value` gives an expression's
 * text a name.
 */
function described(kernels: readonly Kernel[], value: (text: string) => string): string {
  const rows: { names: string[]; text: string }[] = [];
  for (const { name, operands, facts } of kernels) {
    const { each, alias, ...numbers } = facts;
    const aliases = new Map(alias);
    const list = operands
      .filter((o) => !SUPPLIED.has(o.name))
      .map((o) => `${o.name}${MARKS[o.access || o.type]}${aliases.get(o.name) ?? ""}`);
    const stated = [
      `operands: "${list.join(" ")}"`,
      each.length > 0 && `each: { ${each.map(([operand, text]) => `${operand}: ${value(text)}`).join(", ")} }`,
      ...NUMBERS.map((fact) => numbers[fact] && `${fact}: ${value(numbers[fact])}`),
    ];
    const text = stated.filter(Boolean).join(", ");
    const last = rows.at(-1);
    if (last?.text === text) last.names.push(name);
    else rows.push({ names: [name], text });
  }
  return `{\n${rows.map(({ names, text }) => `  "${names.join(" ")}": { ${text} },\n`).join("")}}`;
}

function binding(): string {
  const types = kernels.map(({ name, operands }) => {
    const own = operands.filter((o) => !SUPPLIED.has(o.name));
    return `  ${name}: { ${own.map((o) => `${o.name}: ${o.access ? `Ref${o.optional ? " | 0" : ""}` : "number"}`).join("; ")} };\n`;
  });
  const functions = new Map<string, string>();
  /** An expression as a number where it is one, else as a function that all who say the same share. */
  const value = (text: string): string => {
    if (/^\d+$/.test(text)) return text;
    if (!functions.has(text)) functions.set(text, `f${functions.size}`);
    return functions.get(text)!;
  };
  const inCore = described(core, value);
  const parts = others.map((family, i) => {
    const name = exportOf(family);
    const about = `{ name: "${name}", index: ${i + 1}, packed: packed.${name} }`;
    const names = namesOf(kernelsIn(family));
    return `export const ${name} = /* @__PURE__ */ kernelsOf<${names}>(${about}, ${described(kernelsIn(family), value)});\n`;
  });
  const shared = [...functions].map(
    ([text, name]) => `const ${name} = (o: Numbers) => ${text.replaceAll(/\[(.*?)\]/g, "[$1] as const")};\n`,
  );
  const settings = constantsOf("assembly/update/settings.ts").map(([name, value]) => `  ${name}: ${value},\n`);
  return `${HEADER}import * as packed from "./binary.gen.ts";
import { type Description, kernelsOf, type Numbers } from "./kernel.ts";

/** Operands of each kernel; \`Ref\` is whatever the caller uses to name memory. */
export interface Operands<Ref> {
${types.join("")}}
export type KernelName = keyof Operands<never>;
export type CoreName = ${namesOf(core)};

${shared.join("")}
/** The kernels that every program brings along. */
export const CORE: Readonly<Record<string, Description>> = ${inCore};

${parts.join("\n")}
/** All families outside the core. */
export const FAMILIES = { ${others.map(exportOf).join(", ")} } as const;

/** assembly/update/settings.ts, where an optimizer's settings stand. */
export const SETTINGS = {
${settings.join("")}} as const;
`;
}

const outputs = {
  "assembly/dispatch.gen.ts": dispatch(),
  "src/wasm/kernels.gen.ts": binding(),
  "src/wasm/tune.gen.ts": tuning(),
};
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
