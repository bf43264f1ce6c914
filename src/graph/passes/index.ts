/** What `compile` makes of the instructions it has recorded. Each pass leaves every bit as it is, in both kinds of mathematics. */
import { type Ref, Value } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { withoutDeadCode } from "./dead-code.ts";
import { grouped } from "./group.ts";
import { placeInPlace } from "./in-place.ts";
import { keepLocal } from "./local.ts";
import { Step } from "./step.ts";

/** Passes by name. Tests turn them off one by one. */
export type Passes = {
  /** Leaves out what nobody reads. */
  readonly deadCode?: boolean;
  /** Takes rows through several instructions at a time. */
  readonly groups?: boolean;
  /** Units that a group takes through its members at a time, also where all of them fit the cache; default as many as fit. */
  readonly tile?: number;
  /** Lets results stand where what they are computed from stood. */
  readonly inPlace?: boolean;
  /** Gives threads memory of their own for what is computed and read inside a group. */
  readonly local?: boolean;
};

/**
 * The instructions as steps for the scheduler. Values may have been placed in others.
 *
 * @param kept what must outlive the program, or was there before it
 * @param threads that may run it
 */
export function improve(instructions: readonly Instruction[], kept: readonly Ref[], threads: number, passes: Passes = {}): Step[] {
  const { deadCode = true, groups = true, tile, inPlace = true, local = true } = passes;
  const needed = deadCode ? withoutDeadCode(instructions, kept) : instructions;
  const steps = groups ? grouped(needed, tile) : needed.map((instruction) => new Step(instruction));
  if (inPlace)
    placeInPlace(
      steps,
      kept.filter((ref) => ref instanceof Value),
    );
  if (local) keepLocal(steps, kept, threads);
  return steps;
}
