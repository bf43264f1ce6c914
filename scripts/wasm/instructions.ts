/** The instructions of a function's body: where each begins and ends, what it takes from the stack and puts there. */
import { importedFunctions, type Module, Reader } from "./module.ts";

export type Instruction = {
  /** Its opcode; with a prefix 0xfc, 0xfd or 0xfe, that times 65536 plus the number behind it. */
  code: number;
  at: number;
  end: number;
  /** Functions, types, labels and the like that it names. */
  index: number;
  /** Bytes at which `index` begins and ends. */
  indexAt: number;
  indexEnd: number;
};

export const CALL = 0x10;
export const CALL_INDIRECT = 0x11;
export const [BLOCK, LOOP, IF, ELSE, END] = [0x02, 0x03, 0x04, 0x05, 0x0b];
const BR_TABLE = 0x0e;
/** After these, up to the block's end, nothing runs. */
const LEAVING = new Set([0x00, 0x0c, BR_TABLE, 0x0f]);
const NO_RESULT = 0x40;

export const SIMD = 0xfd * 65536;
const BULK = 0xfc * 65536;
const ATOMIC = 0xfe * 65536;

/** What follows an opcode. */
type Immediate =
  | "none"
  | "number"
  | "two numbers"
  | "memory"
  | "lane"
  | "memory and lane"
  | "16 bytes"
  | "8 bytes"
  | "4 bytes"
  | "labels";

/** Opcodes [from, to], what they take and put, and what follows them. Calls and blocks are looked up elsewhere. */
type Row = readonly [from: number, to: number, pops: number, pushes: number, immediate?: Immediate];
const PLAIN: readonly Row[] = [
  [0x00, 0x01, 0, 0],
  [0x02, 0x03, 0, 0, "number"],
  [0x04, 0x04, 1, 0, "number"],
  [0x05, 0x05, 0, 0],
  [0x0b, 0x0b, 0, 0],
  [0x0c, 0x0c, 0, 0, "number"],
  [0x0d, 0x0d, 1, 0, "number"],
  [0x0e, 0x0e, 1, 0, "labels"],
  [0x0f, 0x0f, 0, 0],
  [0x10, 0x10, 0, 0, "number"],
  [0x11, 0x11, 1, 0, "two numbers"],
  [0x1a, 0x1a, 1, 0],
  [0x1b, 0x1b, 3, 1],
  [0x20, 0x20, 0, 1, "number"],
  [0x21, 0x21, 1, 0, "number"],
  [0x22, 0x22, 1, 1, "number"],
  [0x23, 0x23, 0, 1, "number"],
  [0x24, 0x24, 1, 0, "number"],
  [0x28, 0x35, 1, 1, "memory"],
  [0x36, 0x3e, 2, 0, "memory"],
  [0x3f, 0x3f, 0, 1, "number"],
  [0x40, 0x40, 1, 1, "number"],
  [0x41, 0x42, 0, 1, "number"],
  [0x43, 0x43, 0, 1, "4 bytes"],
  [0x44, 0x44, 0, 1, "8 bytes"],
  [0x45, 0x45, 1, 1],
  [0x46, 0x4f, 2, 1],
  [0x50, 0x50, 1, 1],
  [0x51, 0x66, 2, 1],
  [0x67, 0x69, 1, 1],
  [0x6a, 0x78, 2, 1],
  [0x79, 0x7b, 1, 1],
  [0x7c, 0x8a, 2, 1],
  [0x8b, 0x91, 1, 1],
  [0x92, 0x98, 2, 1],
  [0x99, 0x9f, 1, 1],
  [0xa0, 0xa6, 2, 1],
  [0xa7, 0xc4, 1, 1],
  [BULK, BULK + 7, 1, 1],
  [BULK + 10, BULK + 10, 3, 0, "two numbers"],
  [BULK + 11, BULK + 11, 3, 0, "number"],
  [ATOMIC, ATOMIC, 2, 1, "memory"],
  [ATOMIC + 1, ATOMIC + 2, 3, 1, "memory"],
  [ATOMIC + 3, ATOMIC + 3, 0, 0, "number"],
  [ATOMIC + 0x10, ATOMIC + 0x16, 1, 1, "memory"],
  [ATOMIC + 0x17, ATOMIC + 0x1d, 2, 0, "memory"],
  [ATOMIC + 0x1e, ATOMIC + 0x47, 2, 1, "memory"],
  [ATOMIC + 0x48, ATOMIC + 0x4e, 3, 1, "memory"],
];

/** SIMD: those of two operands and one result are the rule; here are the others. */
const [ONE, THREE]: readonly [ReadonlySet<number>, ReadonlySet<number>] = [
  new Set([
    ...[77, 83, 94, 95, 96, 97, 98, 99, 100, 103, 104, 105, 106, 116, 117, 122, 124, 125, 126, 127, 128, 129, 131, 132],
    ...[135, 136, 137, 138, 148, 160, 161, 163, 164, 167, 168, 169, 170, 192, 193, 195, 196, 199, 200, 201, 202],
    ...[224, 225, 227, 236, 237, 239, 248, 249, 250, 251, 252, 253, 254, 255, 0x101, 0x102, 0x103, 0x104],
  ]),
  new Set([82, 0x105, 0x106, 0x107, 0x108, 0x109, 0x10a, 0x10b, 0x10c, 0x113]),
];

function simd(code: number): Row {
  const row = (pops: number, pushes: number, immediate?: Immediate): Row => [code, code, pops, pushes, immediate ?? "none"];
  if (code <= 10 || code === 92 || code === 93) return row(1, 1, "memory");
  if (code === 11) return row(2, 0, "memory");
  if (code === 12) return row(0, 1, "16 bytes");
  if (code === 13) return row(2, 1, "16 bytes");
  if (code >= 15 && code <= 20) return row(1, 1);
  if (code >= 21 && code <= 34) return row([23, 26, 28, 30, 32, 34].includes(code) ? 2 : 1, 1, "lane");
  if (code >= 84 && code <= 87) return row(2, 1, "memory and lane");
  if (code >= 88 && code <= 91) return row(2, 0, "memory and lane");
  if (code > 0x113) throw new Error(`wasm: unknown SIMD instruction ${code}`);
  return row(ONE.has(code) ? 1 : THREE.has(code) ? 3 : 2, 1);
}

function rowOf(code: number): Row {
  if (code >= SIMD && code < ATOMIC) return simd(code - SIMD);
  const row = PLAIN.find(([from, to]) => code >= from && code <= to);
  if (!row) throw new Error(`wasm: unknown instruction 0x${code.toString(16)}`);
  return row;
}

function pass(reader: Reader, immediate: Immediate): void {
  if (immediate === "number") reader.number();
  else if (immediate === "two numbers" || immediate === "memory") {
    reader.number();
    reader.number();
  } else if (immediate === "lane") reader.byte();
  else if (immediate === "memory and lane") {
    reader.number();
    reader.number();
    reader.byte();
  } else if (immediate === "16 bytes") reader.take(16);
  else if (immediate === "8 bytes") reader.take(8);
  else if (immediate === "4 bytes") reader.take(4);
  else if (immediate === "labels") {
    reader.list(() => reader.number());
    reader.number();
  }
}

/** All instructions of a body. */
export function instructionsOf(body: Uint8Array): Instruction[] {
  const reader = new Reader(body);
  reader.list(() => [reader.number(), reader.byte()]); // locals
  const instructions: Instruction[] = [];
  while (!reader.done) {
    const at = reader.at;
    let code = reader.byte();
    if (code >= 0xfc) code = code * 65536 + reader.number();
    const immediate = rowOf(code)[4] ?? "none";
    const indexAt = reader.at;
    const index = immediate.includes("number") ? reader.number() : 0;
    const indexEnd = reader.at;
    reader.at = indexAt;
    pass(reader, immediate);
    instructions.push({ code, at, end: reader.at, index, indexAt, indexEnd });
  }
  return instructions;
}

type Effect = { pops: number; pushes: number };

function ofType(module: Module, index: number): Effect {
  const reader = new Reader(module.types[index]!, 1);
  const count = (): number => reader.take(reader.number()).length;
  return { pops: count(), pushes: count() };
}

function typeOfFunction(module: Module, index: number): number {
  const imported = importedFunctions(module);
  if (index >= imported.length) return module.functions[index - imported.length]!;
  return new Reader(imported[index]!.description).number();
}

function effectOf(module: Module, { code, index }: Instruction): Effect {
  if (code === CALL) return ofType(module, typeOfFunction(module, index));
  if (code === CALL_INDIRECT) {
    const { pops, pushes } = ofType(module, index);
    return { pops: pops + 1, pushes };
  }
  const [, , pops, pushes] = rowOf(code);
  return { pops, pushes };
}

/**
 * For each instruction where its operands were complete: the ends of the instructions that put them on the stack, the deepest first.
 * Blocks have no parameters and at most one result, as asc emits them.
 */
export function operandEnds(module: Module, instructions: readonly Instruction[]): number[][] {
  const stack: number[] = [];
  /** Open blocks: the stack's height when they began, and whether they leave a result. */
  const blocks: { height: number; result: boolean; leaving: boolean }[] = [{ height: 0, result: false, leaving: false }];
  return instructions.map((instruction) => {
    const { code, end, index } = instruction;
    const { pops, pushes } = effectOf(module, instruction);
    const block = blocks[blocks.length - 1]!;
    const operands: number[] = [];
    for (let i = 0; i < pops; ++i) {
      const top = stack.length > block.height ? stack.pop() : undefined;
      if (top === undefined && !block.leaving) throw new Error("wasm: an operand is missing");
      operands.unshift(top ?? -1);
    }
    if (code === BLOCK || code === LOOP || code === IF)
      blocks.push({ height: stack.length, result: index !== NO_RESULT, leaving: false });
    else if (code === ELSE || code === END) {
      stack.length = block.height;
      block.leaving = false;
      if (code === END) {
        blocks.pop();
        if (block.result) stack.push(end);
      }
    } else if (LEAVING.has(code)) {
      stack.length = block.height;
      block.leaving = true;
    }
    for (let i = 0; i < pushes; ++i) stack.push(end);
    return operands;
  });
}
