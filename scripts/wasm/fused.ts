/**
 * Two binaries in one. What asc compiles with relaxed SIMD is opened: where `a b c relaxed_madd` stands, room is made for a product
 * behind b, and both it and the sum are left open, as is the number that says which binary it is. assembly/unpack.ts closes it again:
 *
 *     relaxed   a b nop nop nop nop c relaxed_madd nop
 *     strict    a b mul nop         c add nop
 *
 * What is open is an opcode or a number written with one byte more than it needs, which no compiler does.
 */
import { instructionsOf, operandEnds, SIMD } from "./instructions.ts";
import { FUNCTION, importedFunctions, join, type Module, readModule, writeModule } from "./module.ts";

const RELAXED_MADD = SIMD + 0x105;
/** All other instructions whose results relaxed SIMD leaves to the machine. */
const RELAXED = [SIMD + 0x100, SIMD + 0x113] as const;
/** f32x4.mul, f32x4.add and i32.const 1, all with a byte too many. */
const PRODUCT = [0xfd, 0xe6, 0x81, 0x00];
const SUM = [0xfd, 0xe4, 0x81, 0x00];
const ONE = [0x41, 0x81, 0x00];
const ONE_FUNCTION = [0, 0x41, 1, 0x0b];

function openBody(module: Module, body: Uint8Array): { body: Uint8Array; sites: number } {
  const instructions = instructionsOf(body);
  const ends = operandEnds(module, instructions);
  const edits = instructions.flatMap(({ code, at, end }, i) => {
    if (code !== RELAXED_MADD) {
      if (code >= RELAXED[0] && code <= RELAXED[1]) throw new Error("wasm: of relaxed SIMD only relaxed_madd has a strict form");
      return [];
    }
    const factors = ends[i]![1]!;
    return [
      { at: factors, end: factors, by: PRODUCT },
      { at, end, by: SUM },
    ];
  });
  edits.sort((a, b) => a.at - b.at);
  let from = 0;
  const parts = edits.flatMap(({ at, end, by }) => {
    const kept = body.subarray(from, at);
    from = end;
    return [kept, by];
  });
  return { body: join(...parts, body.subarray(from)), sites: edits.length / 2 };
}

function occurrences(bytes: Uint8Array, pattern: readonly number[]): number {
  return bytes.reduce((count, _, at) => count + (pattern.every((byte, i) => bytes[at + i] === byte) ? 1 : 0), 0);
}

/** Opens a relaxed binary, whose export `relaxed` returns 1. */
export function open(relaxed: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = readModule(relaxed);
  const flag = module.exports.find(({ name, kind }) => name === "relaxed" && kind === FUNCTION);
  if (!flag) throw new Error("wasm: no export 'relaxed'");
  const index = flag.index - importedFunctions(module).length;
  if (module.bodies[index]!.join() !== ONE_FUNCTION.join()) throw new Error("wasm: 'relaxed' does more than return 1");
  let sites = 0;
  module.bodies = module.bodies.map((body, i) => {
    if (i === index) return join([0], ONE, [0x0b]);
    const opened = openBody(module, body);
    sites += opened.sites;
    return opened.body;
  });
  const opened = writeModule(module);
  for (const [pattern, count] of [
    [PRODUCT, sites],
    [SUM, sites],
    [ONE, 1],
  ] as const) {
    if (occurrences(opened, pattern) !== count) throw new Error(`wasm: the bytes ${pattern} stand elsewhere as well`);
  }
  return opened;
}
