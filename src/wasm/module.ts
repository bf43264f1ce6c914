/** The kernels' binaries, out of the texts in which they travel. */
import { core, unpacker } from "./binary.gen.ts";

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

let running: Unpacker | null = null;
/** Where the core ends, once it is unpacked. */
let coreEnd = 0;

function start(): Unpacker {
  const code = Uint8Array.from(atob(unpacker), (c) => c.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Unpacker;
}

/** The bytes behind a text, at `to`: where they end. */
function unpack(text: string, to: number): number {
  running ??= start();
  new TextEncoder().encodeInto(text, new Uint8Array(running.memory.buffer, TEXT));
  return running.unpack(TEXT, to);
}

function take(from: number, end: number, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const { memory, close } = running!;
  close(from, end, CLOSED, Number(relaxed));
  return new Uint8Array(memory.buffer).slice(CLOSED, CLOSED + end - from);
}

/** The relaxed or the strict binary of the core, or of a family, whose text is given. */
export function binary(relaxed: boolean, family?: string): Uint8Array<ArrayBuffer> {
  coreEnd ||= unpack(core, OPEN);
  return family === undefined ? take(OPEN, coreEnd, relaxed) : take(coreEnd, unpack(family, coreEnd), relaxed);
}

/** The relaxed or the strict binary made of `open` bytes. */
export function closed(open: Uint8Array, relaxed: boolean): Uint8Array<ArrayBuffer> {
  running ??= start();
  new Uint8Array(running.memory.buffer).set(open, OPEN);
  coreEnd = 0;
  return take(OPEN, OPEN + open.length, relaxed);
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
