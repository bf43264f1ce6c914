/**
 * Every measured constant. Unless a line says otherwise: AMD EPYC (Zen 3), 2 virtual CPUs, Node 20.20 to 26.10, 2026-11-22.
 * Plain `export const NAME: i32 = value;` lines, which the binding generator hands to TypeScript too.
 */

/** Bytes of an instruction in memory: code, items, grain, chunks, then 28 operands. */
export const INSTRUCTION_BYTES: i32 = 128;

/** Scratch each thread owns, in bytes: a packed block of A (64 × 256 f32) and an edge tile fit. */
export const SCRATCH_BYTES: i32 = 131072;

/** Polls of the claim word before a thread goes to sleep: about 30 µs. */
export const SPIN: i32 = 3000;

/** Elements that one block of a two-stage sum covers: short enough that blocks in lanes keep an f32 sum at 1e-7. */
export const SUM_BLOCK: i32 = 4096;
