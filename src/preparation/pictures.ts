/** Pictures as tensors u8 [height, width, channels]: other channels, other sizes. */
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { cast } from "../ops/cast.ts";
import { add } from "../ops/pointwise.ts";
import { interpolate } from "../ops/resample.ts";
import { reshape } from "../ops/shape.ts";

/** Grey, colours, or colours with opacity. */
export type Channels = 1 | 3 | 4;

export type Pixels = { data: Uint8Array; width: number; height: number; channels: number };

/** The same pixels with other channels. Grey of colours is Rec. 601's, as in Pillow: (299 r + 587 g + 114 b) / 1000. */
export function convert({ data, width, height, channels }: Pixels, wanted: Channels): Pixels {
  if (channels === wanted) return { data, width, height, channels };
  const n = width * height;
  const made = new Uint8Array(n * wanted);
  for (let i = 0; i < n; ++i) {
    const at = i * channels;
    const [r, g, b] = channels < 3 ? [data[at]!, data[at]!, data[at]!] : [data[at]!, data[at + 1]!, data[at + 2]!];
    if (wanted === 1) made[i] = Math.floor((299 * r + 587 * g + 114 * b + 500) / 1000);
    else {
      made.set([r, g, b], i * wanted);
      if (wanted === 4) made[i * 4 + 3] = channels === 4 ? data[at + 3]! : channels === 2 ? data[at + 1]! : 255;
    }
  }
  return { data: made, width, height, channels: wanted };
}

/** A picture with other channels. */
export function withChannels(picture: Tensor, wanted: Channels): Tensor {
  const [height, width, channels] = picture.shape as [number, number, number];
  if (channels === wanted) return picture;
  const { data } = convert({ data: picture.data() as Uint8Array, width, height, channels }, wanted);
  return tensor(data as Uint8Array<ArrayBuffer>, { shape: [height, width, wanted] });
}

/** A picture in another size, by linear interpolation. */
export function resize(picture: Tensor, size: readonly [height: number, width: number]): Tensor {
  const [height, width, channels] = picture.shape as [number, number, number];
  if (height === size[0] && width === size[1]) return picture;
  const batch = reshape(cast(picture, "f32"), [1, height, width, channels]);
  const resized = interpolate(batch, { size, mode: "linear" });
  return reshape(cast(add(resized, 0.5), "u8"), [...size, channels]);
}
