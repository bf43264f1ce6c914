import { ShapeError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Stream } from "../ops/random.ts";
import { slice } from "../ops/shape.ts";
import { brighten, contrast, crop, cutout, mirror, move, noise, sizeOfPictures } from "./augmentations.ts";
import { checkMode } from "./mode.ts";
import type { Mode } from "./model.ts";

export type AugmentOptions = {
  /** Whether half of the pictures are turned over: left to right, upside down, or either. Default no. */
  mirror?: "horizontal" | "vertical" | "both" | null;
  /** Greatest angle in degrees, either way. Default 0. */
  rotation?: number;
  /** Greatest way in each direction, as a share of height and width. Default 0. */
  shift?: number;
  /** Greatest change of size, below 1. Default 0. */
  zoom?: number;
  /** Height and width of a piece from anywhere in the picture; in use, the piece in the middle. Default the whole. */
  crop?: readonly [height: number, width: number] | null;
  /** Greatest number added to all of a picture. Default 0. */
  brightness?: number;
  /** Greatest change of the distance from a picture's mean, as a share. Default 0. */
  contrast?: number;
  /** Standard deviation of what is added to each pixel. Default 0. */
  noise?: number;
  /** Side of a square that is blanked, in pixels. Default 0. */
  cutout?: number;
};

/** The piece in the middle. */
function middle(x: Tensor, [height, width]: readonly [number, number]): Tensor {
  const [, h, w] = sizeOfPictures("Augment", x);
  const [top, left] = [Math.floor((h - height) / 2), Math.floor((w - width) / 2)];
  return slice(slice(x, top, top + height, 1), left, left + width, 2);
}

/**
 * Changes pictures at random while training, each its own way, and leaves them as they are in use: more pictures of the same things.
 * It stands first in a model, behind `Rescale`; what it draws follows the model's seed and goes on where a checkpoint left off.
 *
 * @throws ValueError from `forward` without a mode; on a range that makes no sense  @throws ShapeError unless x is [n, height, width, channels]
 * @source C. Shorten, T. Khoshgoftaar 2019, Journal of Big Data 6:60
 * @example new Sequential(new Rescale(1 / 255), new Augment({ mirror: "horizontal", shift: 0.1, cutout: 8 }), new Conv2d(3, 16, 3), …)
 */
export class Augment {
  readonly kind = "Augment";
  readonly options: Readonly<Required<AugmentOptions>>;
  readonly stream: Stream = new Stream();

  constructor(options: AugmentOptions = {}) {
    const { rotation = 0, shift = 0, zoom = 0, brightness = 0, noise: deviation = 0, cutout: side = 0 } = options;
    const least = { rotation, shift, zoom, brightness, contrast: options.contrast ?? 0, noise: deviation, cutout: side };
    for (const [name, value] of Object.entries(least))
      if (!(value >= 0 && value < Infinity)) throw new ValueError("Augment", `${name} is a finite number ≥ 0`, String(value));
    if (zoom >= 1) throw new ValueError("Augment", "zoom is below 1", String(zoom));
    this.options = { ...least, mirror: options.mirror ?? null, crop: options.crop ?? null };
  }

  describe(): readonly unknown[] {
    return [this.options];
  }

  forward(x: Tensor, mode: Mode): Tensor {
    const { crop: piece } = this.options;
    const [, height, width] = sizeOfPictures("Augment", x);
    if (piece && !(piece[0] <= height && piece[1] <= width))
      throw new ShapeError("Augment", `pictures are at least ${piece[0]} × ${piece[1]}, what is cut out of them`, { x });
    if (checkMode("Augment", mode) === "train") return this.#changed(x);
    return piece ? middle(x, piece) : x;
  }

  #changed(x: Tensor): Tensor {
    const { stream, options } = this;
    const { rotation, shift, zoom } = options;
    let y = x;
    if (options.mirror === "horizontal" || options.mirror === "both") y = mirror(y, stream, 2);
    if (options.mirror === "vertical" || options.mirror === "both") y = mirror(y, stream, 1);
    if (rotation + shift + zoom > 0) y = move(y, stream, { rotation, shift, zoom });
    if (options.crop) y = crop(y, stream, options.crop);
    if (options.brightness > 0) y = brighten(y, stream, options.brightness);
    if (options.contrast > 0) y = contrast(y, stream, options.contrast);
    if (options.noise > 0) y = noise(y, stream, options.noise);
    return options.cutout > 0 ? cutout(y, stream, options.cutout) : y;
  }
}
