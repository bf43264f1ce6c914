import { BYTES } from "../core/dtype.ts";
import type { Program, Ref } from "../wasm/program.ts";

const word = new Float32Array(1);
const bits = new Uint32Array(word.buffer);

/** Appends the instruction that sets every element of `y` (f32 or i32) to `value`. */
export function fillWith(program: Program, y: Ref, value: number): void {
  if (y.dtype === "f32") {
    word[0] = value;
    program.emit("fill", { y, bits: bits[0]! | 0 }, y.length, y.length * 0.1);
  } else program.emit("fill", { y, bits: value | 0 }, (y.length * BYTES[y.dtype]) / 4, y.length * 0.1);
}
