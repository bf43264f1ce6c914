/** The kernels' binaries, out of the text in which they travel. */
import { KERNELS, UNPACK } from "./binary.gen.ts";

/** assembly/unpack.ts, and where in its memory stand the text, what is unpacked, and the binary made of that. */
type Unpacker = {
  memory: WebAssembly.Memory;
  unpack(text: number, to: number): number;
  close(from: number, end: number, to: number, relaxed: number): void;
};
const TEXT = 0x20000;
const OPEN = 0x40000;
const CLOSED = 0xa0000;

/** The smallest module with a relaxed instruction: `unreachable`, `f32x4.relaxed_madd`, `drop`. */
const PROBE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 0, 253, 133, 2, 26, 11];

/** Whether this engine has relaxed SIMD, and with it fused multiply-add. */
export function hasRelaxed(): boolean {
  return WebAssembly.validate(new Uint8Array(PROBE));
}

/** The bytes behind base64. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** The relaxed or the strict binary. */
export function binary(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(decode(UNPACK)));
  const { memory, unpack, close } = exports as Unpacker;
  const bytes = new Uint8Array(memory.buffer);
  new TextEncoder().encodeInto(KERNELS, bytes.subarray(TEXT));
  const end = unpack(TEXT, OPEN);
  close(OPEN, end, CLOSED, Number(relaxed));
  return bytes.slice(CLOSED, CLOSED + end - OPEN);
}

/**
 * The binaries are built for shared memory. Whether a module's imported memory is shared is one byte, 3 or 1, after the import's
 * name: `env`, `memory`, kind 2.
 */
export function unshared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const plain = bytes.slice();
  const name = [3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2];
  const at = plain.findIndex((_, i) => name.every((byte, j) => plain[i + j] === byte));
  plain[at + name.length] = 1;
  return plain;
}
