/**
 * The control block: all that threads share besides the program. Its address is passed in; each word that is written while
 * others spin has a cache line of its own.
 */

/** u64: generation (24 bits) | instruction (20) | chunks left of its stage (20). One compare-exchange claims a chunk. */
export const CLAIM: usize = 0;
/** i32: chunks of the stage, and the instruction behind it. */
export const TOTAL: usize = 8;
export const NEXT: usize = 12;
/** i32: chunks of the current stage that are done. */
export const DONE: usize = 64;
/** i32: counts what a sleeper may wait for: a published stage, a finished program. */
export const EPOCH: usize = 128;
/** i32: threads asleep on EPOCH. */
export const SLEEPERS: usize = 132;
/** i32: generation of the last finished program. */
export const FINISHED: usize = 192;
/** i32: families of kernels that have been linked: a thread that has fewer claims nothing. */
export const LINKED: usize = 196;
/** i32: workers at work. */
export const READY: usize = 200;
/** i32: where the running program stands in memory, one past its last instruction, and its generation. */
export const PROGRAM: usize = 256;
export const LAST: usize = 260;
export const GENERATION: usize = 264;
/** i32 pair: lowest bad row + 1 (0: none), and the first instruction of the stage that met it. */
export const FAULT: usize = 320;
export const FAULT_AT: usize = 324;
/** i32 per thread: chunks it has run, for the tests that every thread works. */
export const CHUNKS: usize = 384;
