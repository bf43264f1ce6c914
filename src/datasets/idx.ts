/**
 * IDX, the format of the MNIST files: two zero bytes, the element type, the number of axes, each extent as a big-endian u32, then the
 * elements, row-major.
 */
import { FormatError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";

/** The data are a view of the file's bytes. */
export type Idx = { shape: number[]; data: Uint8Array<ArrayBuffer> };

const UNSIGNED_BYTE = 0x08;

const hex = (word: number): string => `0x${word.toString(16).padStart(8, "0")}`;

/**
 * Bytes with `rank` axes from an IDX file.
 *
 * @param where who asks, with the file's name, for errors
 * @throws FormatError when the first word is not that of bytes with `rank` axes, or the file has not the length its extents ask for
 */
export function decodeIdx(bytes: Uint8Array<ArrayBuffer>, rank: number, where: string): Idx {
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw new FormatError(where, `an IDX file of ${rank} axes begins with ${start} bytes`, `${bytes.length} bytes in all`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const expected = (UNSIGNED_BYTE << 8) | rank;
  const magic = view.getUint32(0);
  if (magic !== expected)
    throw new FormatError(where, `an IDX file of bytes with ${rank} axes begins with ${hex(expected)}`, hex(magic));
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOf(shape);
  if (size !== bytes.length - start) {
    throw new FormatError(where, `extents [${shape.join(", ")}] take ${size} bytes`, `${bytes.length - start} after the header`);
  }
  return { shape, data: bytes.subarray(start) };
}
