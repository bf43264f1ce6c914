/**
 * Groups: instructions that go through the same rows one after the other (a matrix product, its bias, its activation, the next
 * product; a convolution and its pooling; any chain of pointwise instructions) become one step, which takes a tile of rows through
 * all of them while it is in the cache, and whose threads do not wait for each other in between. A kernel never chooses its path by
 * its share of items, so the bits are the same.
 *
 * An instruction joins a group where all memory that they share, and one of them writes, falls to the same units of both.
 */

import { CHUNK_NS } from "../../wasm/program.ts";
import * as TUNE from "../../wasm/tune.gen.ts";
import type { Instruction } from "../plan.ts";
import { type Access, accessesOf, overlap, ownerOf, writesState } from "./access.ts";
import { Ledger } from "./ledger.ts";
import { type Member, Step } from "./step.ts";

const MAX_MEMBERS = 32;
/** Steps between an instruction and a group it may still join; and instructions, where they do but read the same. */
const REACH = 256;
const SIBLING_REACH = 8;
/** Units that are enough for any number of threads. */
const ENOUGH_UNITS = 32;
/** Time of steps that an instruction may overtake to join a group: more would have lost from the cache what they still need. */
const OVERTAKEN_NS = 2 * CHUNK_NS;
/** Larger multiples of a unit are not looked for. */
const MAX_SCALE = 1 << 24;

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** How an instruction goes with a step's units: `scale` of them become one, in which it has `factor` items. */
type Fit = { readonly scale: number; readonly factor: number };

/** Units of which both shares are whole, and the items of `theirs` in one: null where it is not a matter of rows. */
function meet(mine: Access, theirs: Access, factor: number): { scale: number; items: [number, number] } | null {
  if (mine.ref !== theirs.ref || !mine.share || !theirs.share) return null;
  const common = gcd(mine.share.elements, theirs.share.elements);
  const runs = theirs.share.items * (mine.share.elements / common);
  return {
    scale: runs / gcd(factor, runs),
    items: [factor * theirs.share.elements * mine.share.items, theirs.share.items * mine.share.elements],
  };
}

function fitOf(step: Step, accesses: readonly Access[]): Fit | null {
  let scale = 1;
  let items: [number, number] | null = null;
  const siblings: NonNullable<ReturnType<typeof meet>>[] = [];
  const agree = (found: NonNullable<ReturnType<typeof meet>>): boolean => {
    items ??= found.items;
    scale = (scale * found.scale) / gcd(scale, found.scale);
    return items[0] * found.items[1] === items[1] * found.items[0];
  };
  for (const mine of accesses) {
    for (const { accesses: others, factor } of step.members) {
      for (const theirs of others) {
        if (ownerOf(mine.ref) !== ownerOf(theirs.ref) || !overlap(mine.ref, theirs.ref)) continue;
        const found = meet(mine, theirs, factor);
        if (!mine.writes && !theirs.writes) {
          if (found) siblings.push(found);
        } else if (!found || !agree(found)) return null;
      }
    }
  }
  if (!items && !(siblings[0] && agree(siblings[0]))) return null;
  const factor = (scale * items![0]) / items![1];
  return scale <= MAX_SCALE && Number.isInteger(factor) ? { scale, factor } : null;
}

/** Whether so many units leave enough to share among threads for what takes so long. */
function shareable(nanoseconds: number, units: number): boolean {
  return units >= ENOUGH_UNITS || nanoseconds / CHUNK_NS <= units;
}

function fits(step: Step, instruction: Instruction, accesses: readonly Access[]): Fit | null {
  if (step.members.length >= MAX_MEMBERS) return null;
  const stops = instruction.fault || step.members.some((member) => member.instruction.fault);
  if (stops && [accesses, ...step.members.map((member) => member.accesses)].some(writesState)) return null;
  const fit = fitOf(step, accesses);
  if (!fit) return null;
  const units = Math.ceil(step.units / fit.scale);
  if (units < 2 || Math.ceil(instruction.items / fit.factor) !== units) return null;
  if (fit.factor > 1 && !shareable(instruction.nanoseconds, units)) return null;
  if (fit.scale > 1 && !shareable(step.nanoseconds, units)) return null;
  const bytes = leastBytes(step.with({ instruction, accesses, factor: fit.factor }, fit.scale));
  return bytes <= Math.max(TUNE.GROUP_BYTES, leastBytes(step)) ? fit : null;
}

/** Bytes of the smallest tile that members like to have. */
function leastBytes(step: Step): number {
  return step.unitBytes * step.blockUnits;
}

/** A program while its groups form. */
class Grouping {
  readonly #ledger = new Ledger<Step>();
  readonly #needs = new Map<Step, Set<Step>>();
  /** Where steps stand in `order`, and the number of the last instruction in each. */
  readonly #at = new Map<Step, number>();
  readonly #last = new Map<Step, number>();
  readonly order: Step[] = [];

  enter(instruction: Instruction, number: number): void {
    const accesses = accessesOf(instruction);
    const needs = this.#ledger.needs(instruction, accesses);
    const joined =
      instruction.items > 0 && accesses.some(({ share }) => share) ? this.#join(instruction, accesses, needs, number) : null;
    const step = joined ?? this.#append(new Step(instruction, accesses));
    const all = this.#needs.get(step) ?? new Set();
    for (const need of needs) if (need !== step) all.add(need);
    this.#needs.set(step, all);
    this.#last.set(step, number);
    this.#ledger.enter(instruction, accesses, step);
  }

  #append(step: Step): Step {
    this.#at.set(step, this.order.length);
    this.order.push(step);
    return step;
  }

  /** The step that takes the instruction in: the latest that can. */
  #join(instruction: Instruction, accesses: readonly Access[], needs: ReadonlySet<Step>, number: number): Step | null {
    const near = accesses.flatMap((access) => (access.share ? this.#ledger.touching(access) : []));
    const candidates = [...new Set(near)].filter(
      (step) =>
        this.order.length - this.#at.get(step)! <= REACH && (needs.has(step) || number - this.#last.get(step)! <= SIBLING_REACH),
    );
    for (const step of candidates.sort((a, b) => this.#at.get(b)! - this.#at.get(a)!)) {
      const fit = fits(step, instruction, accesses);
      const first = fit && this.#before(step, needs);
      if (!fit || !first || this.#overtaken(step, first) > OVERTAKEN_NS) continue;
      this.#moveBefore(step, first);
      for (const member of step.members) member.factor *= fit.scale;
      step.members.push({ instruction, accesses, factor: fit.factor });
      return step;
    }
    return null;
  }

  /** The later steps that have to run before `step` if it waits for `needs`; null where one of those waits for it. */
  #before(step: Step, needs: ReadonlySet<Step>): ReadonlySet<Step> | null {
    const at = this.#at.get(step)!;
    const found = new Set<Step>();
    const stack = [...needs].filter((need) => need !== step);
    for (let need = stack.pop(); need; need = stack.pop()) {
      if (need === step) return null;
      if (this.#at.get(need)! < at || found.has(need)) continue;
      found.add(need);
      stack.push(...this.#needs.get(need)!);
    }
    return found;
  }

  /** Time of the steps behind `step` that are not moved before it. */
  #overtaken(step: Step, first: ReadonlySet<Step>): number {
    return this.order.slice(this.#at.get(step)! + 1).reduce((sum, one) => sum + (first.has(one) ? 0 : one.nanoseconds), 0);
  }

  #moveBefore(step: Step, first: ReadonlySet<Step>): void {
    if (first.size === 0) return;
    const at = this.#at.get(step)!;
    const tail = this.order.splice(at);
    this.order.push(...tail.filter((one) => first.has(one)), ...tail.filter((one) => !first.has(one)));
    for (let i = at; i < this.order.length; ++i) this.#at.set(this.order[i]!, i);
  }
}

/** Single steps where a group is so small that one thread does all of it in one tile. */
function worthwhile(step: Step): Step[] {
  const small = step.nanoseconds < 2 * CHUNK_NS && step.units * step.unitBytes <= TUNE.GROUP_TILE_BYTES;
  return small ? step.members.map(({ instruction, accesses }: Member) => new Step(instruction, accesses)) : [step];
}

/**
 * The instructions as steps, those that go through the same rows together in groups; what does not depend on it may change places.
 *
 * @param tile units at a time, also where a group is not worth while; default as many as fit the cache
 */
export function grouped(instructions: readonly Instruction[], tile: number | undefined): Step[] {
  const grouping = new Grouping();
  for (const [number, instruction] of instructions.entries()) grouping.enter(instruction, number);
  return grouping.order.flatMap((step) => {
    if (!step.isGroup) return [step];
    step.tile = tile ?? step.fittingTile();
    return tile === undefined ? worthwhile(step) : [step];
  });
}
