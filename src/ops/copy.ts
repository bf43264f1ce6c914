/** Copies as instructions. */
import type { Program, Ref } from "../wasm/program.ts";

/** y = x, of any type. */
export function emitCopy(program: Program, x: Ref, y: Ref): void {
  if (x.bytes % 4 === 0) program.emit("copy", { x, y }, x.bytes / 4, (x.bytes / 4) * 0.2);
  else program.emit("copy8", { x, y }, x.bytes, x.bytes * 0.05);
}
