/** Bytes and text of files, gzipped or not. */
import { FormatError, ValueError } from "../core/errors.ts";
import { readBytes } from "../io/file.ts";

/** A path, or what is in the file. */
export type Source = string | Uint8Array<ArrayBuffer>;

/** Files unpack to at most this. */
const MAX_UNPACKED_BYTES = 2_000_000_000;

async function gunzip(bytes: Uint8Array<ArrayBuffer>, where: string): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      size += part.value.length;
      if (size > MAX_UNPACKED_BYTES) break;
    }
  } catch {
    throw new FormatError(where, "the file must be whole and gzip data", "damaged data"); // hosts tell of it differently
  }
  if (size > MAX_UNPACKED_BYTES) {
    await reader.cancel();
    throw new FormatError(where, "files unpack to at most 2 GB", `more from ${bytes.length} bytes`);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The last part of a path, for messages. */
export function nameOf(source: Source): string {
  return typeof source === "string" ? (source.split(/[\\/]/).at(-1) ?? source) : "bytes";
}

/** Bytes of a file, unpacked where they are gzip data. @throws ValueError when it cannot be read @throws FormatError on damaged gzip data */
export async function bytesOf(source: Source, where: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof source === "string" ? await readBytes(source, where) : source;
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(bytes, where) : bytes;
}

/** Bytes as text. @throws FormatError where they are not of that encoding */
export function decodeText(bytes: Uint8Array, where: string, encoding = "utf-8"): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ValueError(where, "knows no such encoding", encoding, "utf-8 or windows-1252");
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FormatError(where, `the file must be ${encoding} text`, "bytes that are not", "encoding: 'windows-1252', or another");
  }
}

export type TextOptions = {
  /** Default `utf-8`. */
  encoding?: string;
};

/**
 * A file's text, unpacked where it is gzipped.
 *
 * @throws ValueError when it cannot be read  @throws FormatError on bytes that are not of the encoding
 * @example const text = await readText("shakespeare.txt.gz");
 */
export async function readText(source: Source, { encoding }: TextOptions = {}): Promise<string> {
  const where = `readText(${nameOf(source)})`;
  return decodeText(await bytesOf(source, where), where, encoding);
}

/** Lines of a file, without their ends; a last empty one left out. */
export async function readLines(source: Source, options: TextOptions = {}): Promise<string[]> {
  const lines = (await readText(source, options)).split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
