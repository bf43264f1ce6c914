/** Parameters side by side in memory, so that a step over all of them is one instruction a section. */
import { ValueError } from "../core/errors.ts";
import type { Recorder } from "../graph/record.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import { Cell, moveInto, own } from "../wasm/cell.ts";
import type { Ref } from "../wasm/program.ts";

/** Each parameter begins at a multiple of this many elements: kernels go by whole vectors. */
export const VECTOR = 4;

/** A parameter and where it begins, in elements from the start of the slab. */
export type Member = { readonly path: string; readonly parameter: Parameter; readonly offset: number };

/** Elements of a slab that lie side by side: whole vectors. */
export type Run = { readonly from: number; length: number };

export function aligned(elements: number): number {
  return Math.ceil(elements / VECTOR) * VECTOR;
}

/** A place for each parameter, one after the other from `start` on. */
export function layOut(parameters: Iterable<readonly [path: string, parameter: Parameter]>, start = 0): Member[] {
  let offset = start;
  return [...parameters].map(([path, parameter]) => {
    const member = { path, parameter, offset };
    offset += aligned(parameter.size);
    return member;
  });
}

/** Where the last of them ends. */
export function endOf(members: readonly Member[]): number {
  const last = members.at(-1);
  return last ? last.offset + aligned(last.parameter.size) : 0;
}

/** The chosen among neighbouring members as few runs as they make. */
export function runsOf(members: readonly Member[], chosen: (member: Member) => boolean): Run[] {
  const runs: Run[] = [];
  for (const member of members) {
    const length = aligned(member.parameter.size);
    const last = runs.at(-1);
    if (length === 0 || !chosen(member)) continue;
    if (last && last.from + last.length === member.offset) last.length += length;
    else runs.push({ from: member.offset, length });
  }
  return runs;
}

let zeros: Cell | null = null;
/** Zeros for the gaps behind parameters. */
function nothing(): Cell {
  if (!zeros) {
    zeros = new Cell("f32", VECTOR);
    zeros.host = new Float32Array(VECTOR);
    own(zeros, zeros); // for good: the last program that reads them must not take them along
  }
  return zeros;
}

function copyTo(program: Recorder, x: Ref, y: Ref, offset: number, n: number): void {
  program.emit("place", { x, y, offset, d1: 1, d2: 1, d3: 1, d4: 1, d5: n, s0: 0, s1: 0, s2: 0, s3: 0, s4: 0, s5: 1 }, n);
}

export class Slab {
  readonly members: readonly Member[];
  /** Elements, whole vectors. */
  readonly length: number;
  readonly cell: Cell;

  /** Moves the parameters there; whatever owned them before owns them no more. */
  constructor(members: readonly Member[]) {
    this.members = members;
    this.length = endOf(members);
    this.cell = new Cell("f32", this.length);
    this.cell.host = new Float32Array(this.length);
    for (const { parameter, offset } of members) moveInto(parameter.cell("optimizer"), this.cell, offset * 4);
  }

  /** Throws when another optimizer has taken the parameters over. */
  check(where: string): void {
    for (const { path, parameter } of this.members) {
      if (parameter.cell(where).slab === this.cell) continue;
      throw new ValueError(
        where,
        `'${path}' belongs to an optimizer that was made later`,
        undefined,
        "using that one, or making this one anew",
      );
    }
  }

  /** Declares that parameters change: all, or the chosen. */
  change(program: Recorder, chosen: (member: Member) => boolean = () => true): void {
    for (const member of this.members) if (chosen(member)) program.changes(member.parameter.cell("optimizer").version!);
  }

  /**
   * The gradients side by side as the parameters are; in a compiled program they are computed there in the first place. Where there
   * is none for a parameter, the memory is undefined, and likewise behind one, unless `clean`.
   */
  gather(program: Recorder, gradients: ReadonlyMap<Parameter, Tensor>, clean: boolean): Ref {
    const [only] = this.members;
    if (this.members.length === 1 && only!.parameter.size === this.length) return gradients.get(only!.parameter)!.ref;
    const whole = program.create("f32", [this.length]);
    for (const { parameter, offset } of this.members) {
      const gradient = gradients.get(parameter);
      if (!gradient) continue;
      const { size } = parameter;
      if (!program.place(gradient.ref, whole, offset * 4)) copyTo(program, gradient.ref, whole, offset, size);
      if (clean && size < aligned(size)) copyTo(program, nothing(), whole, offset + size, aligned(size) - size);
    }
    return whole;
  }
}
