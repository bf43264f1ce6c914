/** Pictures as they could have been too: changes drawn at random for each picture of a batch, f32 [n, height, width, channels]. */
import { ShapeError } from "../core/errors.ts";
import { PI } from "../core/math.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { takeAlong } from "../ops/along.ts";
import { cast } from "../ops/cast.ts";
import { add, clamp, cos, div, floor, less, mul, neg, sin, sub, where } from "../ops/pointwise.ts";
import type { Stream } from "../ops/random.ts";
import { mean } from "../ops/reduce.ts";
import { expand, flip, reshape, unsqueeze } from "../ops/shape.ts";

type Size = readonly [n: number, height: number, width: number, channels: number];

export function sizeOfPictures(where_: string, x: Tensor): Size {
  if (x.rank !== 4) throw new ShapeError(where_, "expects pictures [n, height, width, channels]", { x });
  const [n, height, width, channels] = x.shape;
  return [n!, height!, width!, channels!];
}

/** Turns each picture over with probability one half, along `axis`: 1 upside down, 2 left to right. */
export function mirror(x: Tensor, stream: Stream, axis: 1 | 2): Tensor {
  const [n] = sizeOfPictures("mirror", x);
  return where(less(stream.uniform([n, 1, 1, 1]), 0.5), flip(x, axis), x);
}

/** How the plane is seen: where each place of the result lies in the picture, both counted from the middle. */
type View = {
  /** Rows of the source for a row and for a column of the result, and where its middle lies; [n, 1, 1] each. */
  readonly rows: readonly [Tensor, Tensor, Tensor];
  readonly columns: readonly [Tensor, Tensor, Tensor];
};

/** 0, 1, … as f32, counted from the middle, along one of three axes. */
function fromMiddle(extent: number, axis: 1 | 2): Tensor {
  const places = Float32Array.from({ length: extent }, (_, i) => i - (extent - 1) / 2);
  return tensor(places, { shape: axis === 1 ? [1, extent, 1] : [1, 1, extent] });
}

/** 1 where a place lies inside. */
function inside(place: Tensor, extent: number): Tensor {
  return mul(less(place, extent - 0.5), less(neg(place), 0.5));
}

/** Pictures through a view, [n, height, width, channels] of any height and width: bilinear between pixels, 0 beyond the edge. */
function seen(x: Tensor, { rows, columns }: View, height: number, width: number): Tensor {
  const [n, h, w, channels] = sizeOfPictures("augment", x);
  const [u, v] = [fromMiddle(height, 1), fromMiddle(width, 2)];
  const at = ([a, b, c]: View["rows"], extent: number): Tensor => add(add(add(mul(a, u), mul(b, v)), c), (extent - 1) / 2);
  const [row, column] = [at(rows, h), at(columns, w)];
  const [top, left] = [floor(row), floor(column)];
  const [down, right] = [sub(row, top), sub(column, left)];
  const pixels = reshape(x, [n, h * w, channels]);
  const tap = (r: Tensor, c: Tensor, weight: Tensor): Tensor => {
    const place = add(mul(clamp(r, 0, h - 1), w), clamp(c, 0, w - 1));
    const index = expand(reshape(cast(place, "i32"), [n, height * width, 1]), [n, height * width, channels]);
    const part = reshape(takeAlong(pixels, index, 1), [n, height, width, channels]);
    return mul(part, unsqueeze(mul(weight, mul(inside(r, h), inside(c, w))), 3));
  };
  const [up, west] = [sub(tensor(1), down), sub(tensor(1), right)];
  const upper = add(tap(top, left, mul(up, west)), tap(top, add(left, 1), mul(up, right)));
  const below = add(top, 1);
  return add(upper, add(tap(below, left, mul(down, west)), tap(below, add(left, 1), mul(down, right))));
}

export type Movement = {
  /** Greatest angle, in degrees, either way. */
  rotation: number;
  /** Greatest way, as a share of height and width, in each direction. */
  shift: number;
  /** Greatest change of size: from 1 − zoom to 1 + zoom. */
  zoom: number;
};

/** Turns, moves and zooms each picture about its middle. What comes from beyond the edge is 0. */
export function move(x: Tensor, stream: Stream, { rotation, shift, zoom }: Movement): Tensor {
  const [n, height, width] = sizeOfPictures("move", x);
  const radians = (rotation * PI) / 180;
  const angle = stream.uniform([n, 1, 1], -radians, radians);
  const size = stream.uniform([n, 1, 1], 1 - zoom, 1 + zoom);
  const [along, across] = [div(cos(angle), size), div(sin(angle), size)];
  const [down, right] = [stream.uniform([n, 1, 1], -shift, shift), stream.uniform([n, 1, 1], -shift, shift)];
  const view: View = { rows: [along, neg(across), mul(down, height)], columns: [across, along, mul(right, width)] };
  return seen(x, view, height, width);
}

/** A piece of each picture, from anywhere in it. */
export function crop(x: Tensor, stream: Stream, [height, width]: readonly [number, number]): Tensor {
  const [n, h, w] = sizeOfPictures("crop", x);
  // Where the piece begins, a whole number, less where one in the middle would.
  const begin = (extent: number, size: number): Tensor =>
    sub(floor(stream.uniform([n, 1, 1], 0, extent - size + 1)), (extent - size) / 2);
  const [one, none] = [tensor([[[1]]]), tensor([[[0]]])];
  return seen(x, { rows: [one, none, begin(h, height)], columns: [none, one, begin(w, width)] }, height, width);
}

/** Adds one number to each picture. */
export function brighten(x: Tensor, stream: Stream, most: number): Tensor {
  const [n] = sizeOfPictures("brighten", x);
  return add(x, stream.uniform([n, 1, 1, 1], -most, most));
}

/** Brings each picture nearer to its mean, or farther away from it. */
export function contrast(x: Tensor, stream: Stream, most: number): Tensor {
  const [n] = sizeOfPictures("contrast", x);
  const middle = mean(x, [1, 2, 3], { keepDims: true });
  return add(mul(sub(x, middle), stream.uniform([n, 1, 1, 1], 1 - most, 1 + most)), middle);
}

/** Adds normally distributed numbers to all pixels. */
export function noise(x: Tensor, stream: Stream, deviation: number): Tensor {
  return add(x, stream.normal(x.shape, 0, deviation));
}

/**
 * Sets a square of each picture to 0, anywhere, and perhaps in part beyond the edge.
 *
 * @source T. DeVries, G. Taylor 2017, arXiv:1708.04552
 */
export function cutout(x: Tensor, stream: Stream, side: number): Tensor {
  const [n, height, width] = sizeOfPictures("cutout", x);
  const within = (extent: number, axis: 1 | 2): Tensor => {
    const away = sub(fromMiddle(extent, axis), stream.uniform([n, 1, 1], -extent / 2, extent / 2));
    return mul(less(away, side / 2), less(neg(away), side / 2));
  };
  return where(unsqueeze(mul(within(height, 1), within(width, 2)), 3), 0, x);
}
