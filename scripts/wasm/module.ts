/** WASM modules taken apart and put together again, as far as asc's output needs it: sections, imports, exports and functions. */

export type Import = { module: string; name: string; kind: number; description: Uint8Array };
export type Export = { name: string; kind: number; index: number };

export type Module = {
  /** Function types, encoded. */
  types: Uint8Array[];
  imports: Import[];
  /** Types of the functions that are not imported. */
  functions: number[];
  exports: Export[];
  /** Their bodies: locals, then instructions. */
  bodies: Uint8Array[];
  /** All other sections, by id. Custom sections are dropped. */
  rest: Map<number, Uint8Array>;
};

export const FUNCTION = 0;
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const [TYPE, IMPORT, FUNCTIONS, EXPORT, CODE] = [1, 2, 3, 7, 10];
/** Sections in the order they must have; 12, the number of data segments, comes before code. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

/** Reads numbers and runs of bytes one after another. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error("wasm: ends too early");
    return byte;
  }

  /** An unsigned number of up to 32 bits; a signed one is passed over as well. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    const part = this.bytes.subarray(this.at, this.at + length);
    if (part.length < length) throw new Error("wasm: ends too early");
    this.at += length;
    return part;
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.number()));
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.number() }, item);
  }
}

/** The bytes of an unsigned number. */
export function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))];
}

export function join(...parts: (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return join(leb(bytes.length), bytes);
}

function list(items: readonly Uint8Array[]): Uint8Array {
  return join(leb(items.length), ...items);
}

/** Passes over a function type: 0x60, parameters, results. */
function typeOf(reader: Reader): Uint8Array {
  const from = reader.at;
  reader.byte();
  reader.take(reader.number());
  reader.take(reader.number());
  return reader.bytes.subarray(from, reader.at);
}

/** Passes over limits: flags, minimum, and a maximum where the first flag says so. */
function limits(reader: Reader): void {
  const flags = reader.byte();
  reader.number();
  if (flags & 1) reader.number();
}

/** What an import is, after its kind: a function's type, a table, a memory, or a global. */
const DESCRIPTIONS: readonly ((reader: Reader) => void)[] = [
  (reader) => reader.number(),
  (reader) => {
    reader.byte();
    limits(reader);
  },
  limits,
  (reader) => reader.take(2),
];

function importOf(reader: Reader): Import {
  const module = reader.text();
  const name = reader.text();
  const kind = reader.byte();
  const from = reader.at;
  DESCRIPTIONS[kind]!(reader);
  return { module, name, kind, description: reader.bytes.subarray(from, reader.at) };
}

export function readModule(bytes: Uint8Array): Module {
  const reader = new Reader(bytes, HEADER.length);
  const module: Module = { types: [], imports: [], functions: [], exports: [], bodies: [], rest: new Map() };
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.take(reader.number());
    const section = new Reader(content);
    if (id === TYPE) module.types = section.list(() => typeOf(section));
    else if (id === IMPORT) module.imports = section.list(() => importOf(section));
    else if (id === FUNCTIONS) module.functions = section.list(() => section.number());
    else if (id === EXPORT)
      module.exports = section.list(() => ({ name: section.text(), kind: section.byte(), index: section.number() }));
    else if (id === CODE) module.bodies = section.list(() => section.take(section.number()));
    else if (id !== 0) module.rest.set(id, content);
  }
  return module;
}

export function writeModule({ types, imports, functions, exports, bodies, rest }: Module): Uint8Array<ArrayBuffer> {
  const sections = new Map(rest);
  sections.set(TYPE, list(types));
  sections.set(IMPORT, list(imports.map((i) => join(text(i.module), text(i.name), [i.kind], i.description))));
  sections.set(FUNCTIONS, list(functions.map((type) => join(leb(type)))));
  sections.set(EXPORT, list(exports.map((e) => join(text(e.name), [e.kind], leb(e.index)))));
  sections.set(CODE, list(bodies.map((body) => join(leb(body.length), body))));
  const present = ORDER.filter((id) => sections.has(id)).map((id) => ({ id, content: sections.get(id)! }));
  return join(HEADER, ...present.flatMap(({ id, content }) => [[id], leb(content.length), content]));
}

/** Functions that are imported: they come first in the numbering of functions. */
export function importedFunctions({ imports }: Module): Import[] {
  return imports.filter(({ kind }) => kind === FUNCTION);
}
