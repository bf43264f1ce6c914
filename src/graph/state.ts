/** State: tensors whose numbers change in place. They stay in WASM memory at one address. */
import { dtypeOf, type TypedArray } from "../core/dtype.ts";
import { CompileError, DTypeError, ShapeError } from "../core/errors.ts";
import { type Shape, sameShape } from "../core/shape.ts";
import { cellFrom, pin, writeNumbers } from "../wasm/cell.ts";
import { engineOf } from "../wasm/engine.ts";
import { journal } from "./journal.ts";
import { defineOp } from "./op.ts";
import { isCompiling, recorder } from "./record.ts";
import { Tensor } from "./tensor.ts";

/** A tensor that may change, with these numbers first. */
export function stateTensor(numbers: TypedArray, shape: Shape = [numbers.length]): Tensor {
  engineOf();
  const cell = cellFrom(numbers, dtypeOf(numbers)!);
  cell.version = { changes: 0 };
  pin(cell);
  return new Tensor(cell, shape);
}

/** Overwrites state from outside. */
export function writeState(state: Tensor, numbers: TypedArray): void {
  if (isCompiling())
    throw new CompileError("assign", "numbers from outside cannot be written while compiling", undefined, "assign(buffer, tensor)");
  const cell = state.cell("assign");
  if (dtypeOf(numbers) !== cell.dtype)
    throw new DTypeError("assign", `a ${cell.dtype} buffer takes numbers of its own type`, dtypeOf(numbers)!);
  if (numbers.length !== cell.length) throw new ShapeError("assign", `${numbers.length} numbers do not fill the buffer`, { state });
  writeNumbers(cell, numbers);
  if (cell.version) cell.version.changes += 1;
}

const assignOp = defineOp<[state: Tensor, x: Tensor]>({
  name: "assign",
  dtypes: ["any"],
  names: ["state", "x"],
  shape([state, x]) {
    if (state.dtype !== x.dtype)
      throw new DTypeError("assign", `x must be ${state.dtype}, as the buffer is`, x.dtype, `cast("${state.dtype}")`);
    if (!sameShape(state.shape, x.shape)) throw new ShapeError("assign", "values must have the buffer's shape", { state, x });
    return [];
  },
  lower(program, [state, x]) {
    const n = state.ref.bytes / 4;
    program.emit("copy", { x: x.ref, y: state.ref }, n);
  },
});

/** Changes a buffer (running statistics, an average, a counter) to the value of a tensor of the same shape. */
export function assign(state: Tensor, x: Tensor): void {
  if (journal()?.replaying) return;
  assignOp([state, x], undefined);
  const { version } = state.cell("assign");
  if (version) recorder().changes(version);
}
