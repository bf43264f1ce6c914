/** `compile(f)`: f's ops become one program per set of input shapes, replayed by one call into WASM. */
import type { DType } from "../core/dtype.ts";
import { CompileError } from "../core/errors.ts";
import { type Shape, sameShape } from "../core/shape.ts";
import { beginOperation, Cell, makeResident } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import type { Ref, Value } from "../wasm/program.ts";
import { CompiledProgram } from "./compiled-program.ts";
import { copyIn, copyOut } from "./eager.ts";
import { scalar, tensorFor } from "./from.ts";
import { noGrad } from "./op.ts";
import type { Passes } from "./passes/index.ts";
import { isCompiling, recording } from "./record.ts";
import { Tensor } from "./tensor.ts";
import { Trace } from "./trace.ts";

/** Programs a function keeps, one per set of input shapes, before the least recently used is dropped. */
const MAX_PROGRAMS = 16;
const WARN_AT = 8;
/** Results up to this many bytes are handed out as ordinary arrays. */
const SMALL = 4096;

/** What an argument looks like: the cache key of programs. */
type Signature = { kind: "tensor"; shape: Shape; dtype: DType } | { kind: "number" } | { kind: "literal"; value: string | boolean };

function signatureOf(argument: unknown): Signature {
  if (argument instanceof Tensor) return { kind: "tensor", shape: argument.shape, dtype: argument.dtype };
  if (typeof argument === "number") return { kind: "number" };
  if (typeof argument === "string" || typeof argument === "boolean") return { kind: "literal", value: argument };
  throw new CompileError(
    "compile",
    "arguments are tensors, arrays of numbers, numbers, booleans or strings",
    Object.prototype.toString.call(argument),
    "capturing it in the function instead of passing it",
  );
}

function fits(signature: Signature, argument: unknown): boolean {
  if (signature.kind === "number") return typeof argument === "number";
  if (signature.kind === "literal") return argument === signature.value;
  return argument instanceof Tensor && argument.dtype === signature.dtype && sameShape(argument.shape, signature.shape);
}

/** Typed and nested arrays become tensors; the rest stays. */
function normalise(argument: unknown): unknown {
  return Array.isArray(argument) || ArrayBuffer.isView(argument) ? tensorFor("compile", argument) : argument;
}

/** Rebuilds what the function returned around other tensors. */
type Rebuild = (next: () => Tensor) => unknown;

function templateOf(result: unknown, found: Tensor[]): Rebuild {
  if (result instanceof Tensor) {
    found.push(result);
    return (next) => next();
  }
  if (Array.isArray(result)) {
    const parts = result.map((part) => templateOf(part, found));
    return (next) => parts.map((part) => part(next));
  }
  if (typeof result === "object" && result !== null && Object.getPrototypeOf(result) === Object.prototype) {
    const parts = Object.entries(result).map(([name, part]) => [name, templateOf(part, found)] as const);
    return (next) => {
      const object: Record<string, unknown> = {};
      for (const [name, part] of parts) object[name] = part(next);
      return object;
    };
  }
  if (result === undefined || result === null || ["number", "boolean", "string"].includes(typeof result)) return () => result;
  throw new CompileError(
    "compile",
    "a compiled function returns tensors, or arrays and plain objects of them",
    Object.prototype.toString.call(result),
  );
}

type Result = { readonly ref: Ref; readonly shape: Shape };

/** A program with the shapes it was made for. */
class Entry {
  readonly #signatures: readonly Signature[];
  readonly #inputs: (Value | null)[] = [];
  /** The cell whose numbers each input holds, by its number; 0 where they may change, or came from elsewhere. */
  readonly #holds: number[] = [];
  readonly #results: Result[];
  readonly #rebuild: Rebuild;
  readonly program: CompiledProgram;
  #next = 0;
  readonly #take = (): Tensor => this.#copyOf(this.#results[this.#next++]!);

  constructor(f: (...args: never[]) => unknown, args: readonly unknown[], passes: Passes | undefined) {
    this.#signatures = args.map(signatureOf);
    const trace = new Trace();
    const found: Tensor[] = [];
    const given = this.#signatures.map((signature) => {
      if (signature.kind === "literal") {
        this.#inputs.push(null);
        this.#holds.push(0);
        return signature.value;
      }
      const [shape, dtype] = signature.kind === "tensor" ? [signature.shape, signature.dtype] : [[], "f32" as const];
      const value = trace.input(dtype, shape);
      this.#inputs.push(value);
      this.#holds.push(0);
      return new Tensor(value, shape);
    });
    this.#rebuild = recording(trace, () => {
      const template = templateOf(f(...(given as never[])), found);
      trace.finish();
      return template;
    });
    for (const result of found) trace.admit(result.ref);
    this.#results = found.map(({ ref, shape }) => ({ ref, shape }));
    this.program = new CompiledProgram(
      trace,
      this.#inputs.filter((value) => value !== null),
      this.#results.map(({ ref }) => ref),
      passes,
    );
  }

  matches(args: readonly unknown[]): boolean {
    if (args.length !== this.#signatures.length) return false;
    for (let i = 0; i < args.length; ++i) if (!fits(this.#signatures[i]!, args[i])) return false;
    return true;
  }

  /** Writes the inputs into the program's memory. */
  write(args: readonly unknown[]): void {
    this.program.prepare();
    for (let i = 0; i < args.length; ++i) {
      const value = this.#inputs[i];
      if (!value) continue;
      const argument = args[i] as Tensor | number;
      if (typeof argument === "number") {
        writeNumber(value, argument);
        continue;
      }
      const cell = argument.cell("compile");
      if (cell.id === this.#holds[i]) continue;
      writeCell(value, cell);
      this.#holds[i] = cell.version ? 0 : cell.id;
    }
  }

  run(args: readonly unknown[]): unknown {
    this.write(args);
    this.program.run();
    beginOperation(); // so that what earlier calls have returned may move out
    this.#next = 0;
    return this.#rebuild(this.#take);
  }

  #copyOf({ ref, shape }: Result): Tensor {
    const cell = new Cell(ref.dtype, ref.length);
    if (ref.length === 1 && ref.dtype === "f32") cell.setSingle(engineOf().f32[ref.address >>> 2]!);
    else if (cell.bytes <= SMALL) cell.host = copyOut(ref.dtype, ref.address, ref.length);
    else {
      const address = makeResident(cell);
      engineOf().u8.copyWithin(address, ref.address, ref.address + ref.bytes);
    }
    return new Tensor(cell, shape);
  }
}

function writeNumber({ address }: Value, number: number): void {
  engineOf().f32[address >>> 2] = number;
}

function writeCell({ address }: Value, cell: Cell): void {
  if (cell.host) copyIn(cell.host, address);
  else engineOf().u8.copyWithin(address, cell.address, cell.address + cell.bytes);
}

type Forward = { forward(x: Tensor, mode: "eval"): Tensor };

/** A compiled function. */
export type Compiled<Args extends readonly unknown[], Out> = ((...args: Args) => Out) & {
  /** @internal Its programs, for `listing`. */
  programs(): readonly CompiledProgram[];
  /** @internal The program for these arguments, which stand in its memory: what `profile` runs. */
  prepared(args: readonly unknown[]): CompiledProgram;
};

/** Arguments as a compiled function takes them: arrays stand for tensors. */
export type CompiledArguments<Args extends readonly unknown[]> = {
  [I in keyof Args]: Args[I] extends Tensor ? Tensor | Nestable : Args[I] extends number | Tensor ? Args[I] | number : Args[I];
};
/** How a function is compiled. */
export type CompileOptions = {
  /** Passes to leave out; for tests, which compare the bits. */
  passes?: Passes;
};
type Nestable = readonly unknown[] | ArrayBufferView | number;

/**
 * Makes one program of all that `f` computes, gradients and updates of optimizers too, and replays it at each call.
 *
 * Tensors and arrays passed are inputs (one program per set of shapes, 16 at most); numbers become tensors without axes; booleans and
 * strings choose a program. Tensors captured are constants, parameters and buffers are read as they are at each call. What is returned
 * does not change later. The results are those of eager mode to the last bit.
 *
 * @throws CompileError when a value is read while compiling, or an argument is of another kind
 * @example const step = compile((x, y) => { const loss = mse(model.forward(x), y); optimizer.minimize(loss); return loss; });
 */
export function compile<Args extends readonly unknown[], Out>(
  f: (...args: Args) => Out,
  options?: CompileOptions,
): Compiled<CompiledArguments<Args>, Out>;
/** Compiles a model's forward pass in eval mode, without gradients. @example const predict = compile(model); predict([[0, 1]]) */
export function compile(model: Forward, options?: CompileOptions): Compiled<CompiledArguments<[x: Tensor]>, Tensor>;
export function compile<Args extends readonly unknown[], Out>(
  f: ((...args: Args) => Out) | Forward,
  { passes }: CompileOptions = {},
): Compiled<CompiledArguments<Args>, Out> {
  const whole = typeof f === "function" ? f : (x: Tensor) => noGrad(() => f.forward(x, "eval"));
  const call = whole as (...args: unknown[]) => Out;
  let entries: Entry[] = [];
  let warned = false;
  const lookUp = (args: readonly unknown[]): Entry => {
    const at = entries.findIndex((entry) => entry.matches(args));
    if (at >= 0) {
      const [entry] = entries.splice(at, 1);
      entries.unshift(entry!);
      return entry!;
    }
    const entry = new Entry(call, args, passes);
    entries.unshift(entry);
    if (entries.length >= WARN_AT && !warned) {
      warned = true;
      console.warn(
        `nabla: a compiled function has been called with ${WARN_AT} sets of shapes, and compiles for each; pad the inputs to few shapes`,
      );
    }
    for (const { program } of entries.slice(MAX_PROGRAMS)) program.free();
    entries = entries.slice(0, MAX_PROGRAMS);
    return entry;
  };
  const run = (...args: unknown[]): unknown => {
    // Inside another compiled function it is just its ops.
    if (isCompiling())
      return call(...args.map((argument) => (typeof argument === "number" ? scalar(argument) : normalise(argument))));
    const first = entries[0];
    if (first?.matches(args)) return first.run(args);
    const tensors = args.map(normalise);
    return lookUp(tensors).run(tensors);
  };
  return Object.assign(run as (...args: CompiledArguments<Args>) => Out, {
    programs: () => entries.map(({ program }) => program),
    prepared(args: readonly unknown[]): CompiledProgram {
      const tensors = args.map(normalise);
      const entry = lookUp(tensors);
      entry.write(tensors);
      return entry.program;
    },
  });
}
