import { FormatError } from "../core/errors.ts";
import type { Sound } from "../data/preparation.ts";
import { tensor } from "../graph/from.ts";
import { bytesOf, nameOf, type Source } from "./source.ts";

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

type Format = { kind: number; channels: number; rate: number; bits: number };
type Read = (view: DataView, at: number) => number;

/** Samples by kind and bits. Whole numbers are divided by 2^(bits − 1). */
const READERS: Readonly<Record<string, Read>> = {
  [`${PCM}/8`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}/16`]: (view, at) => view.getInt16(at, true) / 32768,
  [`${PCM}/24`]: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  [`${PCM}/32`]: (view, at) => view.getInt32(at, true) / 2147483648,
  [`${FLOAT}/32`]: (view, at) => view.getFloat32(at, true),
  [`${FLOAT}/64`]: (view, at) => view.getFloat64(at, true),
};

/** The parts of the file by their four letters. */
function partsOf(where: string, view: DataView): Map<string, DataView> {
  const word = (at: number): string => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  if (view.byteLength < 12 || word(0) !== "RIFF" || word(8) !== "WAVE")
    throw new FormatError(where, "begins with RIFF and WAVE", undefined, "a .wav file");
  const parts = new Map<string, DataView>();
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = word(at);
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > view.byteLength)
      throw new FormatError(where, `the part '${name}' must be whole`, `${view.byteLength - at - 8} of ${size} bytes`);
    parts.set(name, new DataView(view.buffer, view.byteOffset + at + 8, size));
    at += 8 + size + (size % 2);
  }
  return parts;
}

function formatOf(where: string, part: DataView | undefined): Format {
  if (!part || part.byteLength < 16)
    throw new FormatError(where, "needs a part 'fmt ' of 16 bytes or more", part ? `${part.byteLength}` : "none");
  const kind = part.getUint16(0, true);
  const own = kind === EXTENSIBLE && part.byteLength >= 26 ? part.getUint16(24, true) : kind;
  return { kind: own, channels: part.getUint16(2, true), rate: part.getUint32(4, true), bits: part.getUint16(14, true) };
}

/**
 * Sound out of the bytes of a WAV file: whole numbers of 8, 16, 24 or 32 bits, or floating point of 32 or 64.
 *
 * @throws FormatError when the file is damaged, or compressed otherwise
 * @source Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0, 1991
 */
export function decodeWav(bytes: Uint8Array, where = "decodeWav"): Sound {
  const parts = partsOf(where, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { kind, channels, rate, bits } = formatOf(where, parts.get("fmt "));
  const read = READERS[`${kind}/${bits}`];
  if (!read || channels === 0 || rate === 0)
    throw new FormatError(
      where,
      "is PCM of 8 to 32 bits or floating point",
      `format ${kind}, ${bits} bits, ${channels} channels, ${rate} Hz`,
    );
  const data = parts.get("data");
  const step = bits / 8;
  if (!data || data.byteLength % (step * channels) !== 0)
    throw new FormatError(
      where,
      `needs a part 'data' of whole frames of ${step * channels} bytes`,
      data ? `${data.byteLength} bytes` : "none",
    );
  const samples = Float32Array.from({ length: data.byteLength / step }, (_, i) => read(data, i * step));
  return { samples: tensor(samples, { shape: [samples.length / channels, channels] }), rate };
}

/** Sound out of a WAV file; see `decodeWav`. @example const { samples, rate } = await readWav("seven.wav"); */
export async function readWav(source: Source): Promise<Sound> {
  const where = `readWav(${nameOf(source)})`;
  return decodeWav(await bytesOf(source, where), where);
}
