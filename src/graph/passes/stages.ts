/**
 * Stages: steps that do not depend on each other stand side by side and share one barrier. Threads go through the chunks of all of them,
 * and what is too small to be shared by itself runs beside others.
 */
import { CHUNK_NS } from "../../wasm/program.ts";
import { Ledger } from "./ledger.ts";
import type { Step } from "./step.ts";

const MAX_STEPS = 64;
/** Time of stages that a step may overtake to join an earlier one: beside larger ones a barrier is nothing, and the cache is. */
const OVERTAKEN_NS = 2 * CHUNK_NS;

/**
 * The steps stage by stage; what depends on each other keeps its order. To be called when values have been placed in others: what shares
 * memory is ordered.
 *
 * @param threads that may run it; for one, the order is the same, and each step is a stage of its own
 */
export function inStages(steps: readonly Step[], threads: number): Step[] {
  const ledger = new Ledger<Step>();
  const stageOf = new Map<Step, number>();
  const stages: { steps: Step[]; nanoseconds: number }[] = [];
  for (const step of steps) {
    const needs = step.members.flatMap(({ instruction, accesses }) => [...ledger.needs(instruction, accesses)]);
    const first = needs.reduce((after, need) => Math.max(after, stageOf.get(need)! + 1), 0);
    let at = stages.length;
    let overtaken = 0;
    for (let earlier = at - 1; earlier >= first && overtaken <= OVERTAKEN_NS; --earlier) {
      if (stages[earlier]!.steps.length < MAX_STEPS) at = earlier;
      overtaken += stages[earlier]!.nanoseconds;
    }
    if (at === stages.length) stages.push({ steps: [], nanoseconds: 0 });
    const stage = stages[at]!;
    stage.steps.push(step);
    stage.nanoseconds += step.nanoseconds;
    stageOf.set(step, at);
    for (const { instruction, accesses } of step.members) ledger.enter(instruction, accesses, step);
  }
  if (threads > 1) for (const { steps } of stages) for (const [i, step] of steps.entries()) step.companions = steps.length - 1 - i;
  return stages.flatMap(({ steps }) => steps);
}

/** The stages that such steps form. */
export function stagesOf(steps: readonly Step[]): Step[][] {
  const stages: Step[][] = [];
  for (let i = 0; i < steps.length; i += stages.at(-1)!.length) stages.push(steps.slice(i, i + 1 + steps[i]!.companions));
  return stages;
}
