/** NumPy's files: one array (.npy), or several in a zip archive (.npz). @source numpy/lib/format.py: versions 1, 2 and 3 */
import { type UnzipFileInfo, unzipSync } from "fflate";
import type { TypedArray } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import { type Shape, sizeOf, stridesOf } from "../core/shape.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { f16 } from "../ops/index.ts";
import { bytesOf, nameOf, type Source } from "./source.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

type Read = (view: DataView, at: number, little: boolean) => number;
type Element = { bytes: number; read: Read; make: (n: number) => TypedArray };

const f32 = (n: number): TypedArray => new Float32Array(n);
const i32 = (n: number): TypedArray => new Int32Array(n);
const u8 = (n: number): TypedArray => new Uint8Array(n);

/** NumPy's element types, and what becomes of them. */
const ELEMENTS: Readonly<Record<string, Element>> = {
  f2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little), make: (n) => new Uint16Array(n) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little), make: f32 },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little), make: f32 },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at), make: (n) => new Int8Array(n) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little), make: i32 },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little), make: i32 },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)), make: i32 },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at), make: u8 },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little), make: i32 },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little), make: i32 },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)), make: i32 },
  b1: { bytes: 1, read: (view, at) => view.getUint8(at), make: u8 },
};

type Header = { element: Element; little: boolean; columnsFirst: boolean; shape: number[]; start: number };

/** The header: a Python dictionary of three entries. */
function headerOf(where: string, bytes: Uint8Array): Header {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new FormatError(where, "begins with \\x93NUMPY", undefined, "a .npy file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw new FormatError(where, "is of version 1, 2 or 3", String(version));
  const size = version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? Infinity : view.getUint32(8, true);
  const from = version === 1 ? 10 : 12;
  if (from + size > bytes.length)
    throw new FormatError(where, "the header lies within the file", `${size} bytes of ${bytes.length}`);
  const text = new TextDecoder().decode(bytes.subarray(from, from + size));
  const kind = /'descr':\s*'([<>|=])(\w+)'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text);
  if (!kind || !order || !shape)
    throw new FormatError(where, "the header tells element type, order and shape", text.trim().slice(0, 80));
  const element = ELEMENTS[kind[2]!];
  if (!element)
    throw new FormatError(where, `elements are one of ${Object.keys(ELEMENTS).join(", ")}`, kind[2], "x.astype('float32')");
  const extents = (shape[1]!.match(/\d+/g) ?? []).map(Number);
  return { element, little: kind[1] !== ">", columnsFirst: order[1] === "True", shape: extents, start: from + size };
}

/** Where the elements of a row-major array stand in one whose first axis is the fastest. */
function* columnsFirst(shape: Shape): Generator<number> {
  const strides = stridesOf([...shape].reverse()).reverse();
  const index = shape.map(() => 0);
  for (let left = sizeOf(shape); left > 0; --left) {
    yield index.reduce((at, i, axis) => at + i * strides[axis]!, 0);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]!; --axis) index[axis] = 0;
  }
}

/**
 * An array out of the bytes of a .npy file. float16 and float64 become f32; int16, int64 and the like i32; booleans u8.
 *
 * @throws FormatError when the file is damaged, shorter or longer than its shape says, of another element type, or holds whole numbers
 *   beyond i32
 */
export function decodeNpy(bytes: Uint8Array, where = "decodeNpy"): Tensor {
  const { element, little, columnsFirst: transposed, shape, start } = headerOf(where, bytes);
  const n = sizeOf(shape);
  const wanted = n * element.bytes;
  if (bytes.length - start !== wanted)
    throw new FormatError(where, `shape [${shape.join(", ")}] takes ${wanted} bytes`, `${bytes.length - start}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, wanted);
  const data = element.make(n);
  const whole = data instanceof Int32Array;
  const places = transposed ? columnsFirst(shape) : null;
  for (let i = 0; i < n; ++i) {
    const value = element.read(view, (places ? (places.next().value as number) : i) * element.bytes, little);
    if (whole && value !== (value | 0))
      throw new FormatError(where, "whole numbers must fit 32 bits", `${value} at ${i}`, "x.astype('float32')");
    data[i] = value;
  }
  return data instanceof Uint16Array ? f16.tensor(data, shape).cast("f32") : tensor(data, { shape });
}

/** An array out of a .npy file; see `decodeNpy`. @example const x = await readNpy("x.npy"); */
export async function readNpy(source: Source): Promise<Tensor> {
  const where = `readNpy(${nameOf(source)})`;
  return decodeNpy(await bytesOf(source, where), where);
}

const DESCRIPTIONS = { f32: "<f4", i32: "<i4", u8: "|u1", i8: "|i1", f16: "<f2" } as const;

/** The bytes of a .npy file of a tensor. */
export function encodeNpy(x: Tensor): Uint8Array<ArrayBuffer> {
  const data = x.dtype === "f16" ? f16.bits(x) : x.data();
  const shape = x.shape.length === 1 ? `${x.shape[0]},` : x.shape.join(", ");
  const text = `{'descr': '${DESCRIPTIONS[x.dtype]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + padded.length + data.byteLength);
  bytes.set(MAGIC);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, padded.length, true);
  bytes.set(new TextEncoder().encode(padded), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + padded.length);
  return bytes;
}

/** Deflate makes at most so much of a byte (zlib's technical notes). */
const MAX_RATIO = 1032;

/**
 * The arrays of an .npz file by name, compressed or not.
 *
 * @throws FormatError when the archive or one of its arrays is damaged
 * @example const { x, y } = await readNpz("train.npz");
 */
export async function readNpz(source: Source): Promise<Record<string, Tensor>> {
  const where = `readNpz(${nameOf(source)})`;
  const bytes = await bytesOf(source, where);
  const filter = ({ name, size, originalSize }: UnzipFileInfo): boolean => {
    if (originalSize > size * MAX_RATIO + 1024)
      throw new FormatError(where, `'${name}' cannot be that large`, `${originalSize} bytes from ${size}`);
    return name.endsWith(".npy");
  };
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, { filter });
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(where, "must be a whole zip archive", (cause as Error).message);
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name.slice(0, -4), decodeNpy(content, `${where}: ${name}`)]),
  );
}
