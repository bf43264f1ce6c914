/**
 * Takes a binary apart into a core and families of kernels, along what they call: a family's functions are those that only its own
 * entry reaches. Functions that it shares with the core or with other families stay in the core, which exports them by number.
 */
import { CALL, type Instruction, instructionsOf } from "./instructions.ts";
import { FUNCTION, type Import, importedFunctions, join, leb, type Module } from "./module.ts";

const GLOBALS = 6;
const TABLE = 1;

/** What a family imports the core's functions from. */
const CORE = "core";

type Function = { body: Uint8Array; type: number; calls: Instruction[] };

/** Everything that is reached from `roots`. */
function reach(functions: readonly Function[], roots: readonly number[]): Set<number> {
  const found = new Set<number>();
  const open = [...roots];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (found.has(index)) continue;
    found.add(index);
    open.push(...functions[index]!.calls.map((call) => call.index));
  }
  return found;
}

/** The body with its calls renumbered. */
function renumbered({ body, calls }: Function, numbers: ReadonlyMap<number, number>): Uint8Array {
  let from = 0;
  const parts = calls.flatMap(({ index, indexAt, indexEnd }) => {
    const kept = body.subarray(from, indexAt);
    from = indexEnd;
    return [kept, leb(numbers.get(index)!)];
  });
  return join(...parts, body.subarray(from));
}

/** A module of those functions; `imported` ones come first in its numbering. */
function part(whole: Module, functions: readonly Function[], imported: readonly number[], own: readonly number[]): Module {
  const numbers = new Map([...imported, ...own].map((index, number) => [index, number]));
  return {
    types: whole.types,
    imports: whole.imports,
    functions: own.map((index) => functions[index]!.type),
    exports: [],
    bodies: own.map((index) => renumbered(functions[index]!, numbers)),
    rest: new Map(),
  };
}

/** @param isEntry tells a family's entry by its name */
export function split(whole: Module, isEntry: (name: string) => boolean): { core: Module; families: Map<string, Module> } {
  if (importedFunctions(whole).length > 0 || whole.rest.has(GLOBALS))
    throw new Error("wasm: imported functions or globals of its own");
  const functions: Function[] = whole.bodies.map((body, i) => {
    const calls = instructionsOf(body).filter(({ code }) => code === CALL);
    return { body, type: whole.functions[i]!, calls };
  });
  const entries = whole.exports.filter(({ name }) => isEntry(name));
  const reached = entries.map(({ index }) => reach(functions, [index]));
  const shared = functions.flatMap((_, i) => (reached.filter((set) => set.has(i)).length > 1 ? [i] : []));
  const kept = whole.exports.filter(({ name }) => !isEntry(name));
  const inCore = reach(functions, [...kept.filter(({ kind }) => kind === FUNCTION).map(({ index }) => index), ...shared]);
  const order = [...inCore].sort((a, b) => a - b);

  const lent = new Set<number>();
  const families = new Map<string, Module>();
  for (const [i, { name, index: entry }] of entries.entries()) {
    const own = [...reached[i]!].filter((index) => !inCore.has(index)).sort((a, b) => a - b);
    const borrowed = [...new Set(own.flatMap((index) => functions[index]!.calls.map((call) => call.index)))]
      .filter((index) => inCore.has(index))
      .sort((a, b) => a - b);
    for (const index of borrowed) lent.add(index);
    const module = part(whole, functions, borrowed, own);
    const fromCore = (index: number): Import => {
      return { module: CORE, name: String(index), kind: FUNCTION, description: join(leb(functions[index]!.type)) };
    };
    module.imports = [...whole.imports.filter(({ kind }) => kind !== TABLE), ...borrowed.map(fromCore)];
    module.exports = [{ name, kind: FUNCTION, index: borrowed.length + own.indexOf(entry) }];
    families.set(name, module);
  }

  const core = part(whole, functions, [], order);
  core.exports = [
    ...kept.map((entry) => (entry.kind === FUNCTION ? { ...entry, index: order.indexOf(entry.index) } : entry)),
    ...[...lent].sort((a, b) => a - b).map((index) => ({ name: String(index), kind: FUNCTION, index: order.indexOf(index) })),
  ];
  core.rest = whole.rest;
  return { core, families };
}
