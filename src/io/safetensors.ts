/**
 * The safetensors format (github.com/huggingface/safetensors): the header's length as a little-endian u64, the header in JSON, padded
 * with spaces, then the arrays' bytes, little-endian, one after the other without gaps. A file is data to be doubted: all of the
 * header is checked before an array is made.
 */
import { arrayOf, BYTES, type DType, dtypeOf, type TypedArray } from "../core/dtype.ts";
import { DTypeError, FormatError, ShapeError, ValueError } from "../core/errors.ts";
import { type Shape, sizeOf } from "../core/shape.ts";

/** An array as files hold it: f16 as its bits. */
export type StoredArray = { readonly dtype: DType; readonly shape: Shape; readonly data: TypedArray };
export type NamedArray = StoredArray & { readonly name: string };
export type Decoded = { tensors: Map<string, StoredArray>; metadata: Record<string, string> };

/** The format's names of nabla's element types, and back. */
const NAMES: { readonly [T in DType]: string } = { f32: "F32", i32: "I32", u8: "U8", i8: "I8", f16: "F16" };
const DTYPES = new Map(Object.entries(NAMES).map(([dtype, name]) => [name, dtype as DType]));
/** The upper halves of f32, which they are read as. */
const BF16 = "BF16";
const BF16_BYTES = 2;

const LENGTH_BYTES = 8;
/** The data begin at a multiple of this, as the format's own library writes them. */
const ALIGN = 8;
/** The format's own limit on the header. */
const MAX_HEADER_BYTES = 100_000_000;
/** With at most 32 axes of less than 2³¹, a product of extents stays finite. */
const MAX_RANK = 32;
const MAX_EXTENT = 0x7fffffff;
const OPENING_BRACE = 0x7b;
const METADATA = "__metadata__";
/** Names that mean something else than an array. */
const RESERVED = new Set([METADATA, "__proto__"]);

type Entry = { name: string; dtype: DType; isUpperHalf: boolean; shape: number[]; size: number; begin: number; end: number };

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The header's members, one per array. Written one by one: an object would bring names such as "0" to the front. */
function describe(tensors: readonly NamedArray[]): string[] {
  const where = "encodeSafetensors";
  const names = new Set(RESERVED);
  let offset = 0;
  return tensors.map(({ name, dtype, shape, data }) => {
    if (names.has(name))
      throw new ValueError(where, "names differ from each other, from __metadata__ and from __proto__", JSON.stringify(name));
    names.add(name);
    if (dtypeOf(data) !== dtype && !(dtype === "f16" && data instanceof Uint16Array))
      throw new DTypeError(where, `${JSON.stringify(name)} says ${dtype}`, dtypeOf(data) ?? "no such array");
    if (sizeOf(shape) !== data.length)
      throw new ShapeError(where, `${JSON.stringify(name)} has ${data.length} elements`, { shape });
    const begin = offset;
    offset += data.byteLength;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: NAMES[dtype], shape, data_offsets: [begin, offset] })}`;
  });
}

/**
 * Arrays and notes as a safetensors file, in the order given.
 *
 * @throws ValueError on a name given twice or reserved, or a note that is not text
 * @throws ShapeError when a shape does not hold as many elements as its array  @throws DTypeError when an array is of another type
 */
export function encodeSafetensors(
  tensors: readonly NamedArray[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const members = describe(tensors);
  for (const [key, note] of Object.entries(metadata)) {
    if (typeof note !== "string" || key === "__proto__")
      throw new ValueError("encodeSafetensors", "notes are text", `${key}: ${String(note)}`);
  }
  if (Object.keys(metadata).length > 0) members.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const header = new TextEncoder().encode(`{${members.join()}}`);
  const start = LENGTH_BYTES + Math.ceil(header.length / ALIGN) * ALIGN;
  const bytes = new Uint8Array(start + tensors.reduce((sum, { data }) => sum + data.byteLength, 0));
  new DataView(bytes.buffer).setUint32(0, start - LENGTH_BYTES, true);
  bytes.set(header, LENGTH_BYTES);
  bytes.fill(0x20, LENGTH_BYTES + header.length, start);
  let offset = start;
  for (const { data } of tensors) {
    bytes.set(bytesOf(data), offset);
    offset += data.byteLength;
  }
  return bytes;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands where something else should, in few words. */
function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Throws when an object of valid JSON has a name twice: readers would differ in which of the two they take. */
function checkNames(text: string, where: string): void {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/[{}]|"(?:[^"\\]|\\.)*"\s*:?/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token.endsWith(":")) {
      const name: unknown = JSON.parse(token.slice(0, -1));
      const names = open.at(-1)!;
      if (names.has(String(name))) throw new FormatError(where, "a name stands twice in the header", brief(name));
      names.add(String(name));
    }
  }
}

/** Where the data begin, and the header. */
function readHeader(bytes: Uint8Array, where: string): { start: number; header: Record<string, unknown> } {
  const { buffer, byteOffset, length } = bytes;
  if (length < LENGTH_BYTES)
    throw new FormatError(where, "a safetensors file begins with 8 bytes, its header's length", `${length} bytes in all`);
  const view = new DataView(buffer, byteOffset, LENGTH_BYTES);
  const declared = view.getUint32(4, true) * 0x100000000 + view.getUint32(0, true);
  const start = LENGTH_BYTES + declared;
  if (declared > MAX_HEADER_BYTES)
    throw new FormatError(where, "not a safetensors file: its header would be too long", `${declared} bytes`);
  if (start > length)
    throw new FormatError(where, `the file is cut off: its header alone has ${declared} bytes`, `${length} bytes in all`);
  const notJson = new FormatError(where, "the header must be a JSON object", "something else");
  if (bytes[LENGTH_BYTES] !== OPENING_BRACE) throw notJson;
  try {
    // A copy: memory shared with workers is not decoded by browsers.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(bytes.subarray(LENGTH_BYTES, start)));
    const header = JSON.parse(text) as Record<string, unknown>;
    checkNames(text, where);
    return { start, header };
  } catch (error) {
    throw error instanceof FormatError ? error : notJson;
  }
}

function readMetadata(value: unknown, where: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) throw new FormatError(where, "__metadata__ must be an object", brief(value));
  for (const [key, note] of Object.entries(value)) {
    if (key === "__proto__") throw new FormatError(where, "the name __proto__ is not allowed", "it in __metadata__");
    if (typeof note !== "string") throw new FormatError(where, `__metadata__ holds text only, ${brief(key)} is not`, brief(note));
  }
  return value as Record<string, string>;
}

/** A list of whole numbers from 0 to `limit`, or null. */
function wholes(value: unknown, limit: number): number[] | null {
  const isList = Array.isArray(value) && value.every((n) => Number.isInteger(n) && n >= 0 && n <= limit);
  return isList ? (value as number[]) : null;
}

function readEntry(name: string, value: unknown, available: number, where: string): Entry {
  const wrong = (rule: string, got: unknown): FormatError => new FormatError(where, `${brief(name)}: ${rule}`, brief(got));
  if (name === "__proto__") throw new FormatError(where, "the name __proto__ is not allowed", "it in the header");
  if (!isObject(value)) throw wrong("must be an object with dtype, shape and data_offsets", value);
  const isUpperHalf = value.dtype === BF16;
  const dtype = isUpperHalf ? "f32" : typeof value.dtype === "string" ? DTYPES.get(value.dtype) : undefined;
  if (!dtype) throw wrong(`element types known here are ${[...DTYPES.keys(), BF16].join(", ")}`, value.dtype);
  const shape = wholes(value.shape, MAX_EXTENT);
  if (!shape || shape.length > MAX_RANK)
    throw wrong(`shape must be a list of at most ${MAX_RANK} whole numbers from 0 to 2^31 − 1`, value.shape);
  const offsets = wholes(value.data_offsets, Number.MAX_SAFE_INTEGER);
  if (offsets?.length !== 2) throw wrong("data_offsets must be two whole numbers ≥ 0", value.data_offsets);
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw wrong("data_offsets must ascend", offsets);
  if (end > available) throw wrong(`data_offsets must lie within the ${available} bytes of data`, offsets);
  const size = sizeOf(shape);
  const bytes = size * (isUpperHalf ? BF16_BYTES : BYTES[dtype]);
  if (bytes !== end - begin)
    throw wrong(`shape ${brief(shape)} of ${isUpperHalf ? BF16 : dtype} takes ${bytes} bytes`, end - begin);
  return { name, dtype, isUpperHalf, shape, size, begin, end };
}

/** Throws unless the entries, in order of their places, fill the data without gaps. */
function checkPlaces(entries: readonly Entry[], available: number, where: string): void {
  let filled = 0;
  for (const { name, begin, end } of entries) {
    const place = `${brief(name)} at [${begin}, ${end})`;
    if (begin < filled) throw new FormatError(where, `arrays must not overlap; another fills up to ${filled}`, place);
    if (begin > filled) throw new FormatError(where, `there must be no gaps; the arrays before end at ${filled}`, place);
    filled = end;
  }
  if (filled !== available)
    throw new FormatError(where, `the arrays must fill the data; they end at ${filled}`, `${available} bytes of data`);
}

/**
 * What a safetensors file holds: copies of its arrays, in the order of their places, and its notes.
 *
 * @param where who asks, with the path, for errors: `load(model.safetensors)`
 * @throws FormatError on anything that is not as the format says, and on element types nabla does not have
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): Decoded {
  const { start, header } = readHeader(bytes, where);
  const metadata = readMetadata(Object.hasOwn(header, METADATA) ? header[METADATA] : undefined, where);
  const available = bytes.length - start;
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value, available, where))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkPlaces(entries, available, where);
  const tensors = new Map<string, StoredArray>();
  for (const { name, dtype, isUpperHalf, shape, size, begin, end } of entries) {
    const data = arrayOf(dtype, size);
    const [from, to] = [bytes.subarray(start + begin, start + end), bytesOf(data)]; // by bytes: places need not be aligned
    if (isUpperHalf) for (let i = 0; i < from.length; ++i) to[2 * i + 2 - (i % 2)] = from[i]!;
    else to.set(from);
    tensors.set(name, { dtype, shape, data });
  }
  return { tensors, metadata };
}
