import { ShapeError, ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { RawRows } from "../data/preparation.ts";
import { tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";
import { reshape, slice } from "../ops/shape.ts";
import { type Channels, resize, withChannels } from "./pictures.ts";
import { type Found, numbersFrom, type SampleOptions, SamplePreparation } from "./samples.ts";

export type ImagePreparationOptions = SampleOptions & {
  /** Height and width that all pictures are brought to. */
  size: readonly [height: number, width: number];
  /** Channels that all pictures are brought to. Default 3. */
  channels?: Channels;
  /** `standard` (default): each channel to mean 0 and deviation 1 over the training pictures; `unit`: to [0, 1]. */
  scale?: "standard" | "unit";
};

type Learnt = { mean: number[]; scale: number[] };

/**
 * Pictures of any size, in one size, with the channels asked for, and scaled; and what they are. It travels in the model's file:
 * `classify(model, [await readImage("cat.png")])` gives names of classes.
 *
 * Rows are a list of pictures u8 [height, width, channels], as `readImage` gives them; with their targets `{ x, y }`, where x is such a list
 * or a tensor u8 [n, height, width, channels], as `readImageFolder` gives them.
 *
 * @returns x f32 [n, height, width, channels]
 * @example
 * const preparation = new ImagePreparation({ size: [32, 32] });
 * const data = preparation.fitTransform(await readImageFolder("photos", { size: [32, 32], channels: 3 }));
 */
export class ImagePreparation extends SamplePreparation<Tensor, Learnt> {
  readonly kind = "ImagePreparation";
  readonly size: readonly [height: number, width: number];
  readonly channels: Channels;
  readonly scaling: "standard" | "unit";

  constructor(options: ImagePreparationOptions) {
    super(options);
    const { size, channels = 3, scale = "standard" } = options ?? {};
    if (!(Array.isArray(size) && size.length === 2 && size.every((extent) => Number.isInteger(extent) && extent >= 1)))
      throw new ValueError("ImagePreparation", "size is [height, width] in pixels", String(size));
    if (channels !== 1 && channels !== 3 && channels !== 4)
      throw new ValueError("ImagePreparation", "channels are 1, 3 or 4", String(channels));
    if (scale !== "standard" && scale !== "unit")
      throw new ValueError("ImagePreparation", "scale is standard or unit", String(scale));
    this.size = [size[0]!, size[1]!];
    this.channels = channels;
    this.scaling = scale;
  }

  protected find(rows: RawRows): Found<Tensor> {
    const { x, y, classes } = "x" in rows ? rows : { x: rows, y: null, classes: undefined };
    if (!(x instanceof Tensor || Array.isArray(x)))
      throw new ValueError(this.kind, "takes pictures", "a table", "readImage, or decodeImage");
    const list: readonly unknown[] = x instanceof Tensor ? picturesOf(x) : x;
    const items = list.map((item, row) => {
      if (item instanceof Tensor && item.rank === 3 && item.dtype === "u8" && item.size > 0) return item;
      if (item instanceof Tensor)
        throw new ShapeError(this.kind, "takes pictures u8 [height, width, channels]", { [`row ${row}`]: item });
      throw new ValueError(this.kind, "takes pictures", `${typeof item} in row ${row}`, "readImage, or decodeImage");
    });
    return { items, labels: y, ...(classes && { classes }) };
  }

  protected learn(pictures: readonly Tensor[]): Learnt {
    const { channels } = this;
    if (this.scaling === "unit") return { mean: new Array<number>(channels).fill(0), scale: new Array<number>(channels).fill(255) };
    const [sum, squares] = [new Float64Array(channels), new Float64Array(channels)];
    let count = 0;
    for (const picture of pictures) {
      const pixels = this.#pixels(picture);
      for (let i = 0; i < pixels.length; ++i) {
        sum[i % channels]! += pixels[i]!;
        squares[i % channels]! += pixels[i]! * pixels[i]!;
      }
      count += pixels.length / channels;
    }
    const mean = Array.from(sum, (total) => total / count);
    // Whole numbers up to 255: their sums are exact, and constant channels have exactly 0.
    const deviation = mean.map((middle, c) => sqrt(Math.max(0, squares[c]! / count - middle * middle)));
    return { mean, scale: deviation.map((value) => (value > 1e-6 ? value : 1)) };
  }

  protected encode(pictures: readonly Tensor[], { mean, scale }: Learnt): Tensor {
    const { channels } = this;
    const extent = this.size[0] * this.size[1] * channels;
    const data = new Float32Array(pictures.length * extent);
    for (const [row, picture] of pictures.entries()) {
      const pixels = this.#pixels(picture);
      for (let i = 0; i < extent; ++i) data[row * extent + i] = (pixels[i]! - mean[i % channels]!) / scale[i % channels]!;
    }
    return tensor(data, { shape: [pictures.length, ...this.size, channels] });
  }

  protected check(where: string, learnt: unknown): Learnt {
    return numbersFrom(where, this.kind, learnt, ["mean", "scale"], this.channels) as Learnt;
  }

  #pixels(picture: Tensor): Uint8Array {
    return resize(withChannels(picture, this.channels), this.size).data() as Uint8Array;
  }
}

/** The pictures of a batch. */
function picturesOf(x: Tensor): Tensor[] {
  if (x.rank !== 4) throw new ShapeError("ImagePreparation", "takes pictures u8 [n, height, width, channels]", { x });
  return Array.from({ length: x.shape[0]! }, (_, row) => reshape(slice(x, row, row + 1), x.shape.slice(1)));
}
