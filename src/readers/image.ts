/** Pictures out of PNG and JPEG files, by the libraries fast-png and jpeg-js. */
import { convertIndexedToRgb, type DecodedPng, decode as decodePng } from "fast-png";
import * as jpeg from "jpeg-js";
import { FormatError, ValueError } from "../core/errors.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Channels, convert, type Pixels } from "../preparation/pictures.ts";
import { bytesOf, nameOf, type Source } from "./source.ts";

export type ImageOptions = {
  /** What each pixel is turned to. Default: as many as the file has; opacity of grey pictures is left out. */
  channels?: Channels;
};

/** Larger pictures are refused before anything is unpacked. */
const MAX_PIXELS = 100_000_000;
const MAX_JPEG_MEGABYTES = 1024;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

function begins(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** Bytes from samples of 1, 2, 4, 8 or 16 bits, rows of which begin at a byte. */
function toBytes({ data, depth, width, height, channels }: DecodedPng): Uint8Array {
  if (depth === 16) return Uint8Array.from(data, (value) => value >> 8);
  if (depth === 8) return data as Uint8Array;
  const stride = Math.ceil((width * channels * depth) / 8);
  const greatest = (1 << depth) - 1;
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const bit = (i % (width * channels)) * depth;
    const byte = data[Math.floor(i / (width * channels)) * stride + (bit >> 3)]!;
    return (((byte >> (8 - depth - (bit & 7))) & greatest) * 255) / greatest;
  });
}

function fromPng(bytes: Uint8Array, where: string): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 24 && view.getUint32(16) * view.getUint32(20) > MAX_PIXELS)
    throw new FormatError(where, "pictures have at most 100 million pixels", `${view.getUint32(16)} × ${view.getUint32(20)}`);
  const png = decodePng(bytes, { checkCrc: true });
  const { width, height } = png;
  if (png.palette) return { data: convertIndexedToRgb(png), width, height, channels: png.palette[0]!.length };
  return { data: toBytes(png), width, height, channels: png.channels };
}

function fromJpeg(bytes: Uint8Array): Pixels {
  const options = {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: MAX_JPEG_MEGABYTES,
  } as const;
  const { data, width, height } = jpeg.decode(bytes, options);
  return { data, width, height, channels: 3 };
}

function decodePixels(bytes: Uint8Array, where: string): Pixels {
  if (!begins(bytes, PNG) && !begins(bytes, JPEG)) throw new FormatError(where, "is a PNG or a JPEG file", "neither");
  let pixels: Pixels;
  try {
    pixels = begins(bytes, PNG) ? fromPng(bytes, where) : fromJpeg(bytes);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(where, "the file must be whole and well-formed", (cause as Error)?.message ?? String(cause));
  }
  const { data, width, height, channels } = pixels;
  if (width * height === 0 || data.length !== width * height * channels)
    throw new FormatError(
      where,
      "the file must be whole and well-formed",
      `${data.length} bytes for ${width} × ${height} × ${channels}`,
    );
  return pixels;
}

/**
 * A picture out of the bytes of a PNG or JPEG file.
 *
 * @returns u8 [height, width, channels]: 1 grey, 3 red, green, blue, 4 with opacity; 16 bits a sample become 8
 * @throws FormatError when the file is damaged, of another kind, or larger than 100 million pixels
 * @example const picture = decodeImage(bytes, { channels: 3 });
 */
export function decodeImage(bytes: Uint8Array, { channels }: ImageOptions = {}, where = "decodeImage"): Tensor {
  if (channels !== undefined && ![1, 3, 4].includes(channels))
    throw new ValueError(where, "channels are 1, 3 or 4", String(channels));
  const pixels = decodePixels(bytes, where);
  const own: Channels = pixels.channels === 3 || pixels.channels === 4 ? pixels.channels : 1;
  const { data, width, height, channels: depth } = convert(pixels, channels ?? own);
  return tensor(new Uint8Array(data), { shape: [height, width, depth] });
}

/** A picture out of a PNG or JPEG file; see `decodeImage`. @example const picture = await readImage("chelsea.png"); */
export async function readImage(source: Source, options: ImageOptions = {}): Promise<Tensor> {
  const where = `readImage(${nameOf(source)})`;
  return decodeImage(await bytesOf(source, where), options, where);
}
