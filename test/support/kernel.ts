/** Runs one kernel on raw memory, in as many pieces as a test asks for, without anything of the library around it. */
import { readFileSync } from "node:fs";
import { TABLE_SLOTS } from "../../src/wasm/host.ts";
import { FAMILIES, type KernelName, type Operands } from "../../src/wasm/kernels.gen.ts";
import * as TUNE from "../../src/wasm/tune.gen.ts";
import { KERNELS } from "./kernels.ts";

export type Memory = Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;
export type Math = "strict" | "relaxed";

type Exports = { run(at: number, scratch: number, fault: number, begin: number, end: number): void; heapBase(): number };
export type Result = { /** rows reported as bad: lowest + 1, or 0 */ fault: number };

const PAGES = 4096;

/** `null` where this Node cannot compile the binary (relaxed SIMD on Node 20). */
function instance(math: Math, wide: 0 | 1): { exports: Exports; memory: WebAssembly.Memory } | null {
  const bytes = new Uint8Array(readFileSync(new URL(`../../build/${math}.wasm`, import.meta.url)));
  if (!WebAssembly.validate(bytes)) return null;
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  const table = new WebAssembly.Table({ initial: TABLE_SLOTS, element: "anyfunc" });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, table, wide } });
  for (const kernels of Object.values(FAMILIES)) {
    const { index, name } = Object.values(kernels)[0]!.family;
    table.set(index, exports[name]);
  }
  return { exports: exports as Exports, memory };
}

const both = (math: Math) => [instance(math, 0), instance(math, 1)] as const;
const engines = { strict: both("strict"), relaxed: both("relaxed") };

/** The binaries this Node can run. */
export const maths = (["strict", "relaxed"] as const).filter((math) => engines[math][0]);

/**
 * Runs `kernel` over `items`, cut after each of `cuts` (ascending), on copies of the operands laid out in fresh memory filled with
 * NaN bytes; outputs are copied back into the arrays given. `wide` as a host tells it to the kernels, whatever this one is.
 */
export function runKernel<K extends KernelName>(
  math: Math,
  kernel: K,
  operands: Operands<Memory>[K],
  items: number,
  cuts: readonly number[] = [],
  wide: 0 | 1 = 0,
): Result {
  return run(math, kernel, operands, items, [0, ...cuts, items], wide);
}

/** Runs items [begin, end) alone. */
export function runPart<K extends KernelName>(
  math: Math,
  kernel: K,
  operands: Operands<Memory>[K],
  items: number,
  begin: number,
  end: number,
): Result {
  return run(math, kernel, operands, items, [begin, end], 0);
}

/** Runs the items between each of `edges` and the next. */
function run<K extends KernelName>(
  math: Math,
  kernel: K,
  operands: Operands<Memory>[K],
  items: number,
  edges: readonly number[],
  wide: 0 | 1,
): Result {
  const engine = engines[math][wide];
  if (!engine) throw new Error(`${math} does not run here`);
  const { exports, memory } = engine;
  const fault = exports.heapBase() + 64;
  const at = fault + 64;
  const scratch = at + TUNE.INSTRUCTION_BYTES;
  let next = scratch + TUNE.SCRATCH_BYTES + 64;
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0xff, scratch, next);
  view.setInt32(fault, 0, true);
  view.setInt32(at, KERNELS[kernel].code, true);
  view.setInt32(at + 4, items, true);
  const placed = new Map<Memory, number>();
  const values: Record<string, Memory | number> = operands;
  KERNELS[kernel].operands.forEach(([name, kind], slot) => {
    const value = values[name];
    const word = at + 16 + slot * 4;
    if (typeof value === "object") {
      let address = placed.get(value);
      if (address === undefined) {
        address = next;
        placed.set(value, address);
        bytes.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), address);
        next = (address + value.byteLength + 63) & ~31;
        bytes.fill(0xff, address + value.byteLength, next);
      }
      view.setInt32(word, address, true);
    } else if (value === undefined) throw new Error(`${kernel}: operand '${name}' is missing`);
    else if (kind === "f32") view.setFloat32(word, value, true);
    else view.setInt32(word, value, true);
  });
  for (let i = 1; i < edges.length; ++i) exports.run(at, scratch, fault, edges[i - 1]!, edges[i]!);
  for (const [array, address] of placed) {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes.subarray(address, address + array.byteLength));
    const end = address + array.byteLength;
    for (let i = end; i < ((end + 31) & ~31); ++i) if (bytes[i] !== 0xff) throw new Error(`${kernel} wrote past an operand`);
  }
  return { fault: view.getInt32(fault, true) };
}
