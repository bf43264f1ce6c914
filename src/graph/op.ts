/** How an op is defined: once, with its shape rule, its lowering and its gradient beside each other. */
import type { DType } from "../core/dtype.ts";
import { DTypeError, MemoryError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { Cell, type Version } from "../wasm/cell.ts";
import type { Program, Ref } from "../wasm/program.ts";
import "./eager.ts"; // registers itself as the recorder of all that is not compiled
import { eagerly, isCompiling, type Recorder, recorder } from "./record.ts";
import { Tensor } from "./tensor.ts";

/** What an op returns: a shape of f32, or a shape and another element type. */
export type Output = Shape | { readonly shape: Shape; readonly dtype: DType };

/** A gradient for one input, computed only if it is wanted. Null: none flows. */
export type Thunk = () => Tensor | null;

export type OpDefinition<Inputs extends readonly Tensor[], Attributes> = {
  readonly name: string;
  /** Element types of the inputs; "any" for whatever comes. Default: all f32. The last one holds for all further inputs. */
  readonly dtypes?: readonly (DType | "any")[];
  /** Names of the inputs in errors. Default a, b, c, … */
  readonly names?: readonly string[];
  /** Shapes of the outputs; throws on operands it cannot accept. Pure. */
  shape(inputs: Inputs, attributes: Attributes): readonly Output[];
  /** Appends instructions. Never allocates but by `program.temp`. */
  lower(program: Program, inputs: Inputs, outputs: readonly Tensor[], attributes: Attributes): void;
  /** The output shows the input's memory where that cannot change; `lower` copies where it can. */
  readonly view?: boolean;
  /** Gradients, one thunk per input, in the library's own ops. Neither this nor `plain`: not differentiable. */
  grad?(gradients: readonly Tensor[], inputs: Inputs, outputs: readonly Tensor[], attributes: Attributes): readonly Thunk[];
  /** The same value in other ops: reference for tests, and where `grad` is absent the source of derivatives. */
  plain?(inputs: Inputs, attributes: Attributes): readonly Tensor[];
};

/** How a tensor was computed. */
export type Node = {
  readonly id: number;
  readonly op: Differentiable;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: unknown;
  /** State among the inputs, and how often it had changed then. */
  readonly versions: readonly { readonly version: Version; readonly changes: number }[];
};

/** An op whose types of inputs and attributes are no longer known. Methods, not properties: parameters vary both ways. */
export type AnyOp = OpDefinition<readonly Tensor[], unknown>;

/** What reverse mode asks of an op. */
export type Differentiable = Pick<AnyOp, "name" | "grad" | "plain">;

let nodes = 0;
let tracking = true;

/** The number of the newest node. */
export function lastNode(): number {
  return nodes;
}

/** Calls `f` without remembering how its tensors are computed: no gradients, less memory. */
export function noGrad<T>(f: () => T): T {
  return withTracking(false, f);
}

/** Calls `f` with or without remembering how its tensors are computed. */
export function withTracking<T>(track: boolean, f: () => T): T {
  const before = tracking;
  tracking = track;
  try {
    return f();
  } finally {
    tracking = before;
  }
}

/** Whether a gradient may be asked for. */
export function isTracked(tensor: Tensor): boolean {
  return tensor.leaf || tensor.node !== null;
}

function checkTypes(op: AnyOp, inputs: readonly Tensor[]): void {
  const { dtypes } = op;
  for (let i = 0; i < inputs.length; ++i) {
    const expected = dtypes ? (dtypes[i] ?? dtypes[dtypes.length - 1]!) : "f32";
    const { dtype } = inputs[i]!;
    if (expected === "any" || dtype === expected) continue;
    const name = op.names?.[i] ?? String.fromCharCode(97 + i);
    throw new DTypeError(op.name, `${name} must be ${expected}`, dtype, `cast("${expected}")`);
  }
}

/** Called with every op's outputs, for diagnosis; null when nobody looks. */
let watcher: ((op: AnyOp, outputs: readonly Tensor[]) => void) | null = null;

/** Calls `look` with each op that `f` computes. */
export function watching<T>(look: (op: string, outputs: readonly Tensor[]) => void, f: () => T): T {
  watcher = (op, outputs) => look(op.name, outputs);
  try {
    return f();
  } finally {
    watcher = null;
  }
}

function attach(op: Differentiable, inputs: readonly Tensor[], outputs: readonly Tensor[], attributes: unknown): void {
  const versions = [];
  for (const input of inputs) {
    const { ref } = input;
    if (ref instanceof Cell && ref.version) versions.push({ version: ref.version, changes: ref.version.changes });
  }
  const node: Node = { id: ++nodes, op, inputs, outputs, attributes, versions };
  for (const output of outputs) output.node = node;
}

/** Says how gradients flow from `outputs` to `inputs`, where they were computed without being remembered. */
export function connect(
  op: Differentiable,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attributes: unknown = undefined,
): void {
  if (tracking && inputs.some(isTracked)) attach(op, inputs, outputs, attributes);
}

function isMutable(ref: Ref): boolean {
  return ref instanceof Cell && ref.version !== null;
}

/** Constants of a compiled program up to this many bytes are computed while compiling, once and for all. */
const FOLDED_BYTES = 65536;

/** Whether nothing the op reads changes from one run of the program to the next. */
function isConstant(inputs: readonly Tensor[], shapes: readonly Output[]): boolean {
  if (shapes.length === 0) return false;
  for (const { ref } of inputs) if (!(ref instanceof Cell) || ref.version) return false;
  const size = shapes.reduce<number>((sum, output) => sum + sizeOf("shape" in output ? output.shape : output), 0);
  return size * 4 <= FOLDED_BYTES;
}

/** Lowers the op to the recorder of now. */
function lowerTo(
  target: Recorder,
  op: AnyOp,
  inputs: readonly Tensor[],
  shapes: readonly Output[],
  attributes: unknown,
): readonly Tensor[] {
  const outputs = shapes.map((output) => {
    const { shape, dtype } = "shape" in output ? output : { shape: output, dtype: "f32" as const };
    return new Tensor(target.create(dtype, shape), shape);
  });
  for (const input of inputs) void input.ref; // a parameter draws its first values by ops of its own: before this one begins
  target.begin(op.name);
  try {
    op.lower(target, inputs, outputs, attributes);
    target.end();
  } catch (error) {
    throw MemoryError.during(op.name, error);
  }
  return outputs;
}

function compute(op: AnyOp, inputs: readonly Tensor[], attributes: unknown): readonly Tensor[] {
  checkTypes(op, inputs);
  const shapes = op.shape(inputs, attributes);
  let outputs: readonly Tensor[];
  if (op.view && !isMutable(inputs[0]!.ref)) {
    const shape = shapes[0]!;
    outputs = [new Tensor(recorder().admit(inputs[0]!.ref), "shape" in shape ? shape.shape : shape)];
  } else if (isCompiling() && isConstant(inputs, shapes)) {
    outputs = eagerly(() => lowerTo(recorder(), op, inputs, shapes, attributes));
  } else outputs = lowerTo(recorder(), op, inputs, shapes, attributes);
  if (tracking && (op.grad || op.plain) && inputs.some(isTracked)) attach(op, inputs, outputs, attributes);
  watcher?.(op, outputs);
  return outputs;
}

/** An op as a function of its inputs; its outputs come as a tuple, hidden ones last. */
export type Op<Inputs extends readonly Tensor[], Attributes = undefined> = (
  inputs: Inputs,
  attributes: Attributes,
) => readonly [Tensor, ...Tensor[]];

/** Makes an op of its definition. */
export function defineOp<Inputs extends readonly Tensor[], Attributes = undefined>(
  definition: OpDefinition<Inputs, Attributes>,
): Op<Inputs, Attributes> {
  const op = definition as AnyOp;
  ops.set(op.name, op);
  return (inputs, attributes) => compute(op, inputs, attributes) as readonly [Tensor, ...Tensor[]];
}

/** Every op, by name: what the tests that hold each op to the same laws go through. */
export const ops = new Map<string, AnyOp>();
