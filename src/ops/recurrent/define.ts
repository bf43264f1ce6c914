/**
 * Recurrence over a whole sequence as one op, whatever the cell: [x, weightIh, weightHh, ...biases, ...initial states, lengths] → [y,
 * ...last states, ...what the gradient needs again]. The input's product with its weights is one for all steps. The gradient is one op
 * too; from what it gives for those products, the weights' gradients are tall products over all steps.
 */
import type { DType } from "../../core/dtype.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { type Shape, sameShape } from "../../core/shape.ts";
import { differentiate } from "../../graph/backward.ts";
import { defineOp, isTracked, type Op } from "../../graph/op.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Explain, Fault, Program, Ref } from "../../wasm/program.ts";
import * as TUNE from "../../wasm/tune.gen.ts";
import { emitCopy } from "../copy.ts";
import { full, zeros } from "../create.ts";
import { matmul } from "../matmul.ts";
import { once } from "../norm-parts.ts";
import { less, where } from "../pointwise.ts";
import { sum } from "../reduce.ts";
import { alias, expand, reshape, slice, stack } from "../shape.ts";

/** How an op walks through its sequence, and how y lies: [n, steps, hidden] or [steps, n, hidden]. All else is [steps, n, …]. */
export type Walk = { readonly reverse: boolean; readonly batchFirst: boolean };

/** What kernels ask for besides memory. */
type Extents = {
  readonly n: number;
  readonly hidden: number;
  readonly steps: number;
  readonly yRow: number;
  readonly yStep: number;
  readonly reverse: number;
  readonly strip: number;
};
/** How an instruction is shared, and what it says of a bad length. */
type Share = { readonly items: number; readonly nanoseconds: number; readonly fault?: Fault };

type Refs = readonly Ref[];
/** `p`: the input's products, which become the first of `saved` where a cell has gates. `work`: for the products of a step. */
type ForwardRefs = {
  readonly p: Ref;
  readonly panels: Ref;
  readonly biases: Refs;
  readonly initial: Refs;
  readonly lengths: Ref;
  readonly work: Ref;
  readonly y: Ref;
  readonly last: Refs;
  readonly before: Ref;
  readonly saved: Refs;
};
/** `products`: the gradients of the input's products and, where they differ, of the state's. */
type BackwardRefs = {
  readonly panels: Ref;
  readonly lengths: Ref;
  readonly dy: Ref;
  readonly dLast: Refs;
  readonly last: Refs;
  readonly before: Ref;
  readonly saved: Refs;
  readonly products: Refs;
  readonly dInitial: Refs;
};

/** A kind of cell. */
export type Cell = {
  readonly name: string;
  readonly gates: number;
  /** 1: a bias of the sum; 2: one of the input's product, one of the state's, where the cell does not just add them. */
  readonly biases: 1 | 2;
  /** 1: the hidden state; 2: and a cell. */
  readonly states: 1 | 2;
  /** Shapes of what the gradient needs again, besides the states that steps begin with: first the gates, where there are any. */
  saved(states: Shape, gates: Shape): readonly Shape[];
  /** States after a step of those before it, in other ops; p is the input's product. */
  step(p: Tensor, weight: Tensor, biases: readonly Tensor[], states: readonly Tensor[]): readonly Tensor[];
  forward(program: Program, refs: ForwardRefs, extents: Extents, share: Share): void;
  backward(program: Program, refs: BackwardRefs, extents: Extents, share: Share): void;
};

/** A kind of cell with its op. */
export type Recurrence = Cell & { readonly run: Op<Inputs, Walk> };

type Inputs = readonly Tensor[];

/** Nanoseconds a multiply-add of the recurrent product takes, and a gate's unit. */
const MULTIPLY_ADD_NS = 0.02;
const UNIT_NS = 1.5;
const PACK_NS = 0.4;
const PANEL = 8;
const TILE_ROWS = 4;

/** The op's inputs by name. */
function named({ biases, states }: Cell, inputs: Inputs) {
  const [x, weightIh, weightHh] = inputs as readonly [Tensor, Tensor, Tensor];
  const initialAt = 3 + biases;
  return {
    ...{ x, weightIh, weightHh, biases: inputs.slice(3, initialAt) },
    ...{ initial: inputs.slice(initialAt, initialAt + states), lengths: inputs[initialAt + states]! },
  };
}

/** How many inputs that are. */
function arity({ biases, states }: Cell): number {
  return 4 + biases + states;
}

function extentsOf(x: Tensor, weightHh: Tensor, { reverse, batchFirst }: Walk): Extents {
  const [steps, n] = x.shape as [number, number, number];
  const hidden = weightHh.shape[0]!;
  const [yRow, yStep] = batchFirst ? [steps * hidden, hidden] : [hidden, n * hidden];
  return { n, hidden, steps, yRow, yStep, reverse: reverse ? 1 : 0, strip: TUNE.RECURRENT_STRIP };
}

function shareOf({ gates }: Cell, { n, hidden, steps, strip }: Extents): Omit<Share, "fault"> {
  return { items: Math.ceil(n / strip), nanoseconds: steps * n * gates * hidden * (hidden * MULTIPLY_ADD_NS + UNIT_NS) };
}

/** Weights in the order in which products read them, transposed or not: once for all steps. */
function emitPanels(program: Program, weight: Tensor, transposed: boolean): Ref {
  const [rows, columns] = weight.shape as [number, number];
  const [k, n] = transposed ? [columns, rows] : [rows, columns];
  const count = Math.ceil(n / PANEL);
  const panels = program.temp(count * (k + 1) * PANEL);
  program.emit("packB", { b: weight.ref, panels, k, n, transB: transposed ? 1 : 0, strideB: 0 }, count, k * n * PACK_NS);
  return panels;
}

/** p = x·weight, for all steps. */
function emitProjection(program: Program, x: Tensor, weight: Tensor, p: Ref): void {
  const [k, n] = weight.shape as [number, number];
  const m = x.shape[0]! * x.shape[1]!;
  const size = { m, k, n, transA: 0, transB: 0, packed: 1, strideA: 0, strideB: 0, inner: 1, outerA: 0, outerB: 0 };
  const b = emitPanels(program, weight, false);
  program.emit("gemm", { a: x.ref, b, c: p, ...size }, Math.ceil(m / TILE_ROWS), m * k * n * MULTIPLY_ADD_NS);
}

const refsOf = (tensors: readonly Tensor[]): Ref[] => tensors.map(({ ref }) => ref);

/** What `unroll` goes through: inputs' products [steps, n, width]; a bias may be [steps, n, width] too, one for each sum. */
type Sequence = { p: Tensor; weightHh: Tensor; biases: Inputs; initial: Inputs; lengths: Tensor };

/** The whole sequence in other ops, a handful for each step. */
function unroll(cell: Cell, { p, weightHh, biases, initial, lengths }: Sequence, { reverse, batchFirst }: Walk) {
  const [steps, n, width] = p.shape as [number, number, number];
  const hidden = weightHh.shape[0]!;
  if (steps === 0) return { y: zeros(batchFirst ? [n, 0, hidden] : [0, n, hidden]), last: initial, before: zeros([0, n, hidden]) };
  const before = new Array<Tensor>(steps);
  const ys = new Array<Tensor>(steps);
  let states = initial;
  for (let s = 0; s < steps; ++s) {
    const t = reverse ? steps - 1 - s : s;
    const at = (x: Tensor): Tensor => (x.rank === 3 ? reshape(slice(x, t, t + 1), [n, width]) : x);
    before[t] = states[0]!;
    const next = cell.step(at(p), weightHh, biases.map(at), states);
    const atWork = reshape(less(full([n], t, "i32"), lengths), [n, 1]);
    states = states.map((state, i) => where(atWork, next[i]!, state));
    ys[t] = where(atWork, states[0]!, 0);
  }
  return { y: stack(ys, batchFirst ? 1 : 0), last: states, before: stack(before) };
}

/** The op in other ops. */
function plainly(cell: Cell, inputs: Inputs, walk: Walk) {
  const { x, weightIh, ...rest } = named(cell, inputs);
  return unroll(cell, { p: matmul(x, weightIh), ...rest }, walk);
}

/** Gradients of f's outputs, weighed by `seeds`, that can themselves be differentiated. */
function gradientsOf(f: (xs: Inputs) => Inputs, xs: Inputs, seeds: Inputs): Tensor[] {
  const own = xs.map((x) => {
    const y = alias(x);
    if (!isTracked(y)) y.leaf = true;
    return y;
  });
  return differentiate(f(own), own, seeds).map((gradient, i) => gradient ?? zeros(xs[i]!.shape));
}

function checkShapes(cell: Cell, inputs: Inputs): void {
  const { x, weightIh, weightHh, biases, initial, lengths } = named(cell, inputs);
  const hidden = weightHh.shape[0] ?? 0;
  const width = cell.gates * hidden;
  const check = (name: string, y: Tensor, shape: Shape, words: string): void => {
    if (sameShape(y.shape, shape)) return;
    const given = x.shape.with(0, x.shape[1]!).with(1, x.shape[0]!); // as users have it
    throw new ShapeError(cell.name, `${name} must be ${words}, here [${shape.join(", ")}]`, { x: given, [name]: y });
  };
  const gates = cell.gates > 1 ? `${cell.gates}·hidden` : "hidden";
  check("weightHh", weightHh, [hidden, width], `[hidden, ${gates}]`);
  check("weightIh", weightIh, [x.shape[2]!, width], `[inputs, ${gates}]`);
  for (const bias of biases) check("bias", bias, [width], `[${gates}]`);
  for (const [i, state] of initial.entries()) check(i ? "cell" : "hidden", state, [x.shape[1]!, hidden], "[batch, hidden]");
  check("lengths", lengths, [x.shape[1]!], "[batch]");
}

/** Element types: all f32 but the lengths. */
function typesOf(cell: Cell, before: number): DType[] {
  return [...new Array<DType>(before + arity(cell) - 1).fill("f32"), "i32", "f32"];
}

/** The input's products have this shape, and their gradient. */
function productsOf(x: Tensor, weightIh: Tensor): Shape {
  return [x.shape[0]!, x.shape[1]!, weightIh.shape[1]!];
}

/** [...forward's inputs, ...its outputs but y, dy, ...gradients of the last states] → [dp, dr where it differs, ...dInitial] */
function defineBackward(cell: Cell): Op<Inputs, Walk> {
  const { name, states, biases } = cell;
  const count = arity(cell);
  return defineOp<Inputs, Walk>({
    name: `${name}Grad`,
    dtypes: typesOf(cell, 0),
    shape(inputs) {
      const { x, weightIh, initial } = named(cell, inputs);
      return [...new Array<Shape>(biases).fill(productsOf(x, weightIh)), ...initial.map(({ shape }) => shape)];
    },
    lower(program, inputs, outputs, walk) {
      const { x, weightHh, lengths } = named(cell, inputs);
      const extents = extentsOf(x, weightHh, walk);
      const [dy, ...dLast] = refsOf(inputs.slice(-1 - states)) as [Ref, ...Ref[]];
      const kept = refsOf(inputs.slice(count, -1 - states));
      const found = refsOf(outputs);
      const refs = {
        ...{ panels: emitPanels(program, weightHh, true), lengths: lengths.ref, dy, dLast },
        ...{ last: kept.slice(0, states), before: kept[states]!, saved: kept.slice(states + 1) },
        ...{ products: found.slice(0, biases), dInitial: found.slice(biases) },
      };
      cell.backward(program, refs, extents, shareOf(cell, extents));
    },
    plain(inputs, walk) {
      const { x, weightIh, weightHh, biases: given, initial, lengths } = named(cell, inputs);
      const p = matmul(x, weightIh);
      // What is added to the state's products of each step has their gradient.
      const sums = given.slice(1).map((bias) => expand(bias, p.shape));
      const f = ([own, ...rest]: Inputs): Inputs => {
        const [later, first] = [rest.slice(0, sums.length), rest.slice(sums.length)];
        const { y, last } = unroll(cell, { p: own!, weightHh, biases: [given[0]!, ...later], initial: first, lengths }, walk);
        return [y, ...last];
      };
      return gradientsOf(f, [p, ...sums, ...initial], inputs.slice(-1 - states));
    },
  });
}

/** [before, ...forward's inputs] → before: as a function of the inputs, for second derivatives. Costs nothing. */
function defineStates(cell: Cell): Op<Inputs, Walk> {
  return defineOp<Inputs, Walk>({
    name: `${cell.name}States`,
    dtypes: typesOf(cell, 1),
    view: true,
    shape: ([before]) => [before!.shape],
    lower: (program, [before], [y]) => emitCopy(program, before!.ref, y!.ref),
    plain: ([, ...inputs], walk) => [plainly(cell, inputs, walk).before],
  });
}

/** Makes a kind of cell an op. Outputs: y, the last states, and hidden the states that steps begin with, and what `saved` says. */
export function defineRecurrence(cell: Cell): Recurrence {
  const { name, states, biases: biasCount } = cell;
  const backwardOp = defineBackward(cell);
  const statesOp = defineStates(cell);
  const labels = [...["bias", "biasHh"].slice(0, biasCount), ...["hidden", "cell"].slice(0, states)];
  const run = defineOp<Inputs, Walk>({
    name,
    dtypes: typesOf(cell, 0),
    names: ["x", "weightIh", "weightHh", ...labels, "lengths"],
    shape(inputs, walk) {
      checkShapes(cell, inputs);
      const { x, weightIh, weightHh, initial } = named(cell, inputs);
      const { steps, n, hidden } = extentsOf(x, weightHh, walk);
      const before = [steps, n, hidden];
      const y = walk.batchFirst ? [n, steps, hidden] : before;
      return [y, ...initial.map(({ shape }) => shape), before, ...cell.saved(before, productsOf(x, weightIh))];
    },
    lower(program, inputs, outputs, walk) {
      const { x, weightIh, weightHh, biases, initial, lengths } = named(cell, inputs);
      const extents = extentsOf(x, weightHh, walk);
      const width = weightIh.shape[1]!;
      const [y, ...found] = refsOf(outputs) as [Ref, ...Ref[]];
      const saved = found.slice(states + 1);
      const p = cell.gates > 1 ? saved[0]! : program.temp(extents.steps * extents.n * width);
      emitProjection(program, x, weightIh, p);
      const refs = {
        ...{ p, panels: emitPanels(program, weightHh, false), biases: refsOf(biases), initial: refsOf(initial) },
        ...{ lengths: lengths.ref, work: program.temp(extents.n * width) },
        ...{ y, last: found.slice(0, states), before: found[states]!, saved },
      };
      const explain: Explain = (row, value) =>
        new ValueError(name, `a length is from 0 to the ${extents.steps} steps there are`, `${value} in row ${row}`);
      cell.forward(program, refs, extents, { ...shareOf(cell, extents), fault: { index: lengths.ref, explain } });
    },
    grad([dy, ...gradients], inputs, [, ...found], walk) {
      const { x, weightIh } = named(cell, inputs);
      const all = once(() => backwardOp([...inputs, ...found, dy!, ...gradients.slice(0, states)], walk));
      const rows = (y: Tensor): Tensor => reshape(y, [x.shape[0]! * x.shape[1]!, y.shape[2]!]);
      const tall = (a: Tensor, b: Tensor): Tensor => matmul(rows(a), rows(b), { transA: true });
      const before = (): Tensor => statesOp([found[states]!, ...inputs], walk)[0];
      return [
        () => matmul(all()[0], weightIh, { transB: true }),
        () => tall(x, all()[0]),
        () => tall(before(), all()[biasCount - 1]!), // the state's products: the input's own gradient, or one apart
        ...Array.from({ length: biasCount }, (_, i) => () => sum(all()[i]!, [0, 1])),
        ...Array.from({ length: states }, (_, i) => () => all()[biasCount + i]!),
        () => null,
      ];
    },
    plain(inputs, walk) {
      const { y, last } = plainly(cell, inputs, walk);
      return [y, ...last];
    },
  });
  return { ...cell, run };
}
