/**
 * `execute` runs a program: an array of fixed-size instructions in memory. Alone, one thread walks it. Together, threads claim the
 * chunks of a *stage*, instructions next to each other that do not depend on each other, by compare-exchange on (generation,
 * instruction, chunks left), and whoever finishes the last chunk moves on. So a stage waits for its chunks, never for a thread: a
 * worker that was descheduled or starts late finds nothing left to claim and holds nobody up.
 */
import {
  CHUNKS, CLAIM, DONE, EPOCH, FAULT, FAULT_AT, FINISHED, GENERATION, LAST, LINKED, NEXT, PROGRAM, READY, SLEEPERS, TOTAL,
} from "./control";
import { run } from "./dispatch.gen";
import { INSTRUCTION_BYTES, SPIN } from "./tune";

export { peakFma } from "./peak";
export { relaxed } from "./isa";

const FIELD_BITS: u64 = 20;
const FIELD: u64 = (1 << 20) - 1;

// @ts-ignore: decorator
@inline
function pack(generation: i32, instruction: i32, left: i32): u64 {
  return ((<u64>generation) << (2 * FIELD_BITS)) | ((<u64>instruction) << FIELD_BITS) | <u64>left;
}

// @ts-ignore: decorator
@inline
function instructionAt(program: usize, index: i32): usize {
  return program + <usize>index * INSTRUCTION_BYTES;
}

/** Chunks of an instruction. */
// @ts-ignore: decorator
@inline
function chunksOf(at: usize): i32 {
  return load<u16>(at, 12);
}

/** Further instructions of its stage. */
// @ts-ignore: decorator
@inline
function companionsOf(at: usize): i32 {
  return load<u16>(at, 14);
}

/** Where memory that kernels may use begins. */
export function heapBase(): usize {
  return __heap_base;
}

/** Writes one instruction's result alone: the path of programs too small to share. */
function runAlone(control: usize, program: usize, first: i32, last: i32, scratch: usize): void {
  for (let i = first; i < last; ++i) {
    const at = instructionAt(program, i);
    run(at, scratch, control + FAULT, 0, load<i32>(at, 4));
    if (load<i32>(control, FAULT)) {
      store<i32>(control, i, FAULT_AT);
      return;
    }
  }
}

/** Wakes sleepers after something they may wait for has been published. */
function signal(control: usize): void {
  atomic.add<i32>(control + EPOCH, 1);
  if (atomic.load<i32>(control + SLEEPERS)) atomic.notify(control + EPOCH, -1);
}

/** Runs instructions of one chunk at once and publishes the next stage of several, or the end. Only one thread is ever here. */
function advance(control: usize, from: i32, scratch: usize): void {
  const program = load<usize>(control, PROGRAM);
  const last = load<i32>(control, LAST);
  const generation = load<i32>(control, GENERATION);
  let i = from;
  while (i < last && load<i32>(control, FAULT) == 0) {
    const at = instructionAt(program, i);
    const next = min(i + 1 + companionsOf(at), last);
    let total = chunksOf(at);
    for (let j = i + 1; j < next; ++j) total += chunksOf(instructionAt(program, j));
    store<i32>(control, i, FAULT_AT); // where the program stops, if it does
    if (total > 1) {
      store<i32>(control, total, TOTAL);
      store<i32>(control, next, NEXT);
      atomic.store<i32>(control + DONE, 0);
      atomic.store<u64>(control + CLAIM, pack(generation, i, total));
      signal(control);
      return;
    }
    run(at, scratch, control + FAULT, 0, load<i32>(at, 4));
    ++i;
  }
  atomic.store<i32>(control + FINISHED, generation);
  signal(control);
}

/** Whether a thread with `linked` families has all there are. */
// @ts-ignore: decorator
@inline
function complete(control: usize, linked: i32): bool {
  return atomic.load<i32>(control + LINKED) == linked;
}

/** Claims and runs one chunk; false where there was none to claim, or the thread lacks a family that it may need. */
function claimOne(control: usize, scratch: usize, thread: i32, linked: i32): bool {
  const claim = atomic.load<u64>(control + CLAIM);
  if (!complete(control, linked)) return false; // asked after the claim: no later program has been published before it
  const left = <i32>(claim & FIELD);
  if (left == 0) return false;
  if (atomic.cmpxchg<u64>(control + CLAIM, claim, claim - 1) != claim) return true;
  // Until this chunk is done, no other stage is published: what follows belongs to this one.
  const total = load<i32>(control, TOTAL);
  const next = load<i32>(control, NEXT);
  let at = instructionAt(load<usize>(control, PROGRAM), <i32>((claim >> FIELD_BITS) & FIELD));
  let chunk = total - left;
  for (let chunks = chunksOf(at); chunk >= chunks; chunks = chunksOf(at)) {
    chunk -= chunks;
    at += INSTRUCTION_BYTES;
  }
  const begin = chunk * load<i32>(at, 8);
  run(at, scratch, control + FAULT, begin, min(begin + load<i32>(at, 8), load<i32>(at, 4)));
  const counter = control + CHUNKS + (<usize>thread << 2);
  store<i32>(counter, load<i32>(counter) + 1);
  if (atomic.add<i32>(control + DONE, 1) + 1 == total) advance(control, next, scratch);
  return true;
}

/**
 * Spins for a while, then sleeps until something is published. `seen` is EPOCH as it was before the caller last looked for work, so
 * nothing published since is missed. Divisions, each waiting for the one before, set the pace: a bare loop polls fifty times as often
 * on one machine as on another, and takes more from a core's other thread. x is never 0, which compilers do not see.
 */
function rest(control: usize, seen: i32, mayWait: bool): void {
  let x: f64 = 1.5;
  for (let polls = 0; polls < SPIN && x != 0; ++polls) {
    if (atomic.load<i32>(control + EPOCH) != seen) return;
    x = 1 / x;
    x = 1 / x;
    x = 1 / x;
    x = 1 / x;
  }
  if (!mayWait) return;
  atomic.add<i32>(control + SLEEPERS, 1);
  atomic.wait<i32>(control + EPOCH, seen, -1);
  atomic.sub<i32>(control + SLEEPERS, 1);
}

/**
 * Runs instructions [first, last) of a program.
 * @param threads 1: this thread alone; more: the workers may claim chunks
 * @param mayWait 0 where the host forbids this thread to sleep (a browser's main thread)
 */
export function execute(control: usize, program: usize, first: i32, last: i32, scratch: usize, threads: i32, mayWait: i32): void {
  if (threads == 1) {
    runAlone(control, program, first, last, scratch);
    return;
  }
  const generation = (load<i32>(control, GENERATION) + 1) & 0xffffff;
  store<i32>(control, generation, GENERATION);
  store<usize>(control, program, PROGRAM);
  store<i32>(control, last, LAST);
  advance(control, first, scratch);
  const linked = load<i32>(control, LINKED);
  while (true) {
    const seen = atomic.load<i32>(control + EPOCH);
    if (atomic.load<i32>(control + FINISHED) == generation) return;
    if (!claimOne(control, scratch, 0, linked)) rest(control, seen, mayWait != 0);
  }
}

/** A worker's life: claim chunks until there is a family of kernels that it has not got, `linked` being those it has. */
export function work(control: usize, scratch: usize, thread: i32, linked: i32): void {
  atomic.add<i32>(control + READY, 1);
  while (true) {
    const seen = atomic.load<i32>(control + EPOCH);
    if (claimOne(control, scratch, thread, linked)) continue;
    if (!complete(control, linked)) break;
    rest(control, seen, true);
  }
  atomic.sub<i32>(control + READY, 1);
}
