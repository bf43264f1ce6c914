/** Holds kernels to the shares that they state: run on some of its items, an instruction touches what belongs to those, and no more. */
import { expect } from "vitest";
import { BYTES } from "../../src/core/dtype.ts";
import { CompiledProgram } from "../../src/graph/compiled-program.ts";
import { type Access, accessesOf } from "../../src/graph/passes/access.ts";
import { runPieces } from "../../src/graph/pieces.ts";
import type { Instruction } from "../../src/graph/plan.ts";
import { recording } from "../../src/graph/record.ts";
import { Tensor } from "../../src/graph/tensor.ts";
import { Trace } from "../../src/graph/trace.ts";
import { numbersOf } from "../../src/wasm/cell.ts";
import { engineOf } from "../../src/wasm/engine.ts";
import type { KernelName } from "../../src/wasm/kernels.gen.ts";
import { type Ref, Value } from "../../src/wasm/program.ts";
import { runPart } from "./kernel.ts";

const POISON = 0xff;

/** The bytes of every operand, by memory. */
type Contents = Map<Ref, Uint8Array>;

function contentsOf(accesses: readonly Access[]): Contents {
  const { u8 } = engineOf();
  return new Map(accesses.map(({ ref }) => [ref, u8.slice(ref.address, ref.address + ref.bytes)]));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Where the items may be cut so that all shares are whole, near the middle; null where they may not. */
function cutOf({ items }: Instruction, accesses: readonly Access[]): number | null {
  const whole = accesses.reduce(
    (multiple, { share }) => (share ? (multiple * share.items) / gcd(multiple, share.items) : multiple),
    1,
  );
  const cut = Math.ceil(items / whole / 2) * whole;
  return cut > 0 && cut < items ? cut : null;
}

/** Bytes of an operand that belong to items [begin, end). */
function bytesFor({ ref, share }: Access, begin: number, end: number): [from: number, to: number] {
  if (!share) return [0, ref.bytes];
  const at = (item: number): number => Math.min(ref.bytes, Math.ceil(item / share.items) * share.elements * BYTES[ref.dtype]);
  return [at(begin), at(end)];
}

function runItems(instruction: Instruction, contents: Contents, begin: number, end: number): void {
  const operands = Object.fromEntries(
    Object.entries(instruction.operands).map(([name, operand]) => [
      name,
      typeof operand === "number" ? operand : contents.get(operand)!,
    ]),
  );
  runPart("strict", instruction.info.name as KernelName, operands as never, instruction.items, begin, end);
}

function checkPart(instruction: Instruction, accesses: readonly Access[], before: Contents, [begin, end]: [number, number]): void {
  const [whole, part]: [Contents, Contents] = [new Map(), new Map()];
  for (const [ref, bytes] of before) {
    const own = accesses.filter((access) => access.ref === ref);
    const ranges = own.map((access) => bytesFor(access, begin, end));
    const [from, to] = [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
    whole.set(ref, bytes.slice());
    // What is only written begins as poison; what is read is poison where it belongs to others.
    const mine = own.some(({ reads }) => reads) ? bytes.slice(from, to) : new Uint8Array(to - from).fill(POISON);
    const poisoned = new Uint8Array(bytes.length).fill(POISON);
    poisoned.set(mine, from);
    part.set(ref, poisoned);
  }
  const untouched = new Map([...part].map(([ref, bytes]) => [ref, bytes.slice()]));
  runItems(instruction, whole, 0, instruction.items);
  runItems(instruction, part, begin, end);
  for (const access of accesses.filter(({ writes, share }) => writes && share)) {
    const [from, to] = bytesFor(access, begin, end);
    const what = `${instruction.info.name}: ${access.name} of items ${begin} to ${end} of ${instruction.items}`;
    const [found, expected, old] = [part.get(access.ref)!, whole.get(access.ref)!, untouched.get(access.ref)!];
    expect(found.slice(from, to), what).toEqual(expected.slice(from, to));
    expect([found.slice(0, from), found.slice(to)], `${what}, the others'`).toEqual([old.slice(0, from), old.slice(to)]);
  }
}

/** Instructions that have been held to their shares already. */
const held = new Set<string>();

/** Runs what `f` lowers to, instruction by instruction, and tries each on the first and on the last of its items. */
export function checkShares(f: (...args: Tensor[]) => readonly Tensor[], args: readonly Tensor[], seen: Set<string>): void {
  const trace = new Trace();
  const inputs = args.map(({ dtype, shape }) => trace.input(dtype, shape));
  const results = recording(trace, () => f(...inputs.map((value, i) => new Tensor(value, args[i]!.shape))));
  const program = new CompiledProgram(
    trace,
    inputs,
    results.map(({ ref }) => ref),
    { deadCode: false, groups: false, inPlace: false },
  );
  for (const [i, { address }] of inputs.entries()) {
    const numbers = numbersOf(args[i]!.cell("test"));
    engineOf().u8.set(new Uint8Array(numbers.buffer), address);
  }
  const check = (step: number): void => {
    const [member] = program.steps[step]?.members ?? [];
    if (!member) return;
    const { instruction } = member;
    const accesses = accessesOf(instruction);
    const cut = cutOf(instruction, accesses);
    const numbers = Object.values(instruction.operands).map((operand) => (operand instanceof Value ? operand.length : operand));
    const key = `${instruction.info.name} ${instruction.items} ${numbers.filter((number) => typeof number === "number")}`;
    if (!cut || held.has(key) || !accesses.some(({ share, writes }) => share && writes)) return;
    held.add(key);
    seen.add(instruction.info.name);
    const before = contentsOf(accesses);
    checkPart(instruction, accesses, before, [0, cut]);
    checkPart(instruction, accesses, before, [cut, instruction.items]);
  };
  check(0);
  runPieces(program, false, (step) => check(step + 1));
  program.free();
}
