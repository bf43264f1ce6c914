/** What `compile` makes of the instructions it has recorded. Each pass leaves every bit as it is, in both kinds of mathematics. */
import type { Version } from "../../wasm/cell.ts";
import { type Ref, Value } from "../../wasm/program.ts";
import type { Instruction } from "../plan.ts";
import { withoutDeadCode } from "./dead-code.ts";
import type { Rewrite } from "./epilogue.ts";
import { grouped } from "./group.ts";
import { hoisted } from "./hoist.ts";
import { placeInPlace } from "./in-place.ts";
import { keepLocal } from "./local.ts";
import { inStages } from "./stages.ts";
import { Step } from "./step.ts";

/** Passes by name. Tests turn them off one by one. */
export type Passes = {
  /** Leaves out what nobody reads. */
  readonly deadCode?: boolean;
  /** Runs the passes that ops have asked for: epilogues. */
  readonly rewrite?: boolean;
  /** Computes again only what has changed since the run before. */
  readonly hoist?: boolean;
  /** Takes rows through several instructions at a time. */
  readonly groups?: boolean;
  /** Units that a group takes through its members at a time, also where all of them fit the cache; default as many as fit. */
  readonly tile?: number;
  /** Lets results stand where what they are computed from stood. */
  readonly inPlace?: boolean;
  /** Gives threads memory of their own for what is computed and read inside a group. */
  readonly local?: boolean;
  /** Lets steps that do not depend on each other run side by side. */
  readonly stages?: boolean;
};

/** What a program's instructions are about. */
export type Context = {
  /** What must outlive the program, or was there before it. */
  readonly kept: readonly Ref[];
  /** State that it changes. */
  readonly changed: ReadonlySet<Version>;
  /** Passes that its ops have asked for. */
  readonly rewrites: Iterable<Rewrite>;
  /** Threads that may run it. */
  readonly threads: number;
};

/** A program for the scheduler. */
export type Improved = {
  readonly steps: readonly Step[];
  /** So many of the first steps run only where one of `watched` has changed since. */
  readonly once: number;
  readonly watched: readonly Version[];
  /** What has to outlive a run, what was asked for and more. */
  readonly kept: readonly Ref[];
};

/** The instructions as steps for the scheduler. Values may have been placed in others. */
export function improve(
  instructions: readonly Instruction[],
  { kept, changed, rewrites, threads }: Context,
  passes: Passes = {},
): Improved {
  const {
    deadCode = true,
    rewrite = true,
    hoist = true,
    groups = true,
    tile,
    inPlace = true,
    local = true,
    stages = true,
  } = passes;
  let needed = deadCode ? withoutDeadCode(instructions, kept) : instructions;
  if (rewrite) for (const pass of rewrites) needed = pass(needed, kept);
  const { once, always, watched, lasting } = hoist
    ? hoisted(needed, changed)
    : { once: [], always: needed, watched: [], lasting: [] };
  const asSteps = (part: readonly Instruction[]): Step[] => (groups ? grouped(part, tile) : part.map((one) => new Step(one)));
  const first = asSteps(once);
  const rest = asSteps(always);
  const steps = [...first, ...rest];
  const all = [...kept, ...lasting];
  if (inPlace)
    placeInPlace(
      steps,
      all.filter((ref) => ref instanceof Value),
    );
  if (local) keepLocal(steps, all, threads);
  const ordered = stages ? [first, rest].flatMap((part) => inStages(part, threads)) : steps;
  return { steps: ordered, once: first.length, watched, kept: all };
}
