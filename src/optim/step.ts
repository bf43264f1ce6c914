/** An optimizer's step as instructions: count, gather, measure, update. */
import type { Recorder } from "../graph/record.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { Ref } from "../wasm/program.ts";
import * as TUNE from "../wasm/tune.gen.ts";
import type { UpdateKernel } from "./rule.ts";
import type { Section } from "./sections.ts";
import { type Member, type Run, runsOf, type Slab, VECTOR } from "./slab.ts";

/** Time a vector takes, roughly: an update, and its part of a norm; and an element that is clamped. */
const UPDATE_NS = 2;
const NORM_NS = 0.4;
const CLAMP_NS = 0.1;
/** Elements of a run that is not worth sharing, so that its instruction can count the step as well. */
const SHORT = 2048;

/** What a step is made of. */
export type Parts = {
  readonly kernel: UpdateKernel;
  readonly slab: Slab;
  readonly sections: readonly Section[];
  readonly settings: Ref;
  /** Where a step's gradients are gathered, if there are several. */
  readonly sum: Ref | null;
  /** Whether the gradients' norm is wanted. */
  readonly measures: boolean;
  /** The largest size of a gathered gradient's element. */
  readonly bound: number;
};

type SectionRun = Run & { readonly section: number };

/** Appends a step by the gradients of some parameters; the others stay as they are. */
export function emitStep(program: Recorder, parts: Parts, gradients: ReadonlyMap<Parameter, Tensor>): void {
  const { slab, sections, settings, sum, measures, bound } = parts;
  const reached = ({ parameter }: Member): boolean => gradients.has(parameter);
  const runs = sections.flatMap(({ members }, section) => runsOf(members, reached).map((run) => ({ section, ...run })));
  // Whatever comes first counts the step: an update can, if there is nothing to do before and it is not shared.
  const counting = measures || sum ? undefined : runs.find(({ length }) => length <= SHORT);
  if (!counting) program.emit("beginStep", { settings }, 1);
  let g = slab.gather(program, gradients, measures);
  if (sum) {
    const vectors = slab.length / VECTOR;
    program.emit("gatherGradient", { sum, g, settings }, vectors, vectors * UPDATE_NS);
    g = sum;
  }
  if (bound < Infinity) {
    const bounded = program.create("f32", [slab.length]); // another place: others may read the gradients themselves
    program.emit("clamp", { x: g, y: bounded, low: -bound, high: bound }, slab.length, slab.length * CLAMP_NS);
    g = bounded;
  }
  if (measures) measure(program, g, settings, runsOf(slab.members, reached));
  if (counting) emitUpdate(program, parts, g, counting, true);
  for (const run of runs) if (run !== counting) emitUpdate(program, parts, g, run, false);
  slab.change(program, reached);
}

function measure(program: Recorder, g: Ref, settings: Ref, runs: readonly Run[]): void {
  const blocksOf = ({ length }: Run): number => Math.ceil(length / TUNE.NORM_BLOCK);
  const blocks = runs.reduce((sum, run) => sum + blocksOf(run), 0);
  const partial = program.temp(2 * blocks); // f64
  let at = 0;
  for (const run of runs) {
    const from = run.from / VECTOR;
    program.emit("squareSums", { g, partial, from, n: run.length, at }, blocksOf(run), (run.length / VECTOR) * NORM_NS);
    at += blocksOf(run);
  }
  program.emit("limitNorm", { partial, settings, blocks }, 1);
}

function emitUpdate(program: Recorder, parts: Parts, g: Ref, { section, from, length }: SectionRun, counts: boolean): void {
  const { kernel, slab, sections, settings } = parts;
  const vectors = length / VECTOR;
  const w = slab.cell;
  // What a rule does not use may be any memory.
  const [first = w, second = w, third = w] = Object.values(sections[section]!.slots).map((slot) => slot?.ref ?? w);
  const operands = { w, g, first, second, third, settings, section, from: from / VECTOR, ticks: counts ? 1 : 0 };
  program.emit(kernel, operands, vectors, counts ? 0 : vectors * UPDATE_NS); // no time: never shared
}
