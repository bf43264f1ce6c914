/** Images, sequences and volumes in another size, channels last: each axis by itself. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { indexSelect } from "./along.ts";
import { add, mul } from "./pointwise.ts";
import { permute, reshape } from "./shape.ts";

export type InterpolateOptions = {
  /** "nearest", "linear" in each direction (bilinear for images, trilinear for volumes), or "cubic". Default "nearest". */
  mode?: "nearest" | "linear" | "cubic";
  /** The size of each axis between batch and channels; or `scale`. */
  size?: readonly number[];
  /** The factor of each axis, or one for all. */
  scale?: number | readonly number[];
  /** Whether the first and last elements stay where they are. Default false: element i covers [i, i + 1]. */
  alignCorners?: boolean;
};

/** Where an element of the result looks: its neighbours' places and weights. */
type Taps = readonly (readonly [place: number, weight: number])[];

/** a of Keys' cubic convolution, as PyTorch has it. */
const CUBIC = -0.75;

function cubicWeights(t: number): number[] {
  const near = (d: number): number => ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1;
  const far = (d: number): number => ((CUBIC * d - 5 * CUBIC) * d + 8 * CUBIC) * d - 4 * CUBIC;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** Taps of each element along one axis. @param ratio elements of x for one of the result */
function tapsOf(n: number, count: number, ratio: number, { mode = "nearest", alignCorners = false }: InterpolateOptions): Taps[] {
  return Array.from({ length: count }, (_, i): Taps => {
    if (mode === "nearest") return [[Math.min(Math.floor(i * ratio), n - 1), 1]];
    const exact = alignCorners ? (count > 1 ? (i * (n - 1)) / (count - 1) : 0) : (i + 0.5) * ratio - 0.5;
    const at = mode === "linear" ? Math.max(exact, 0) : exact;
    const low = Math.floor(at);
    const inside = (place: number): number => Math.min(Math.max(place, 0), n - 1);
    if (mode === "linear") {
      return [
        [inside(low), 1 - (at - low)],
        [inside(low + 1), at - low],
      ];
    }
    return cubicWeights(at - low).map((weight, k) => [inside(low - 1 + k), weight] as const);
  });
}

function alongAxis(x: Tensor, axis: number, taps: readonly Taps[]): Tensor {
  const width = taps[0]?.length ?? 0;
  const shape = x.shape.map((_, i) => (i === axis ? taps.length : 1));
  const parts = Array.from({ length: width }, (_, k) => {
    const places = Int32Array.from(taps, (tap) => tap[k]![0]);
    const part = indexSelect(x, tensor(places), axis);
    return width === 1
      ? part
      : mul(
          part,
          tensor(
            Float32Array.from(taps, (tap) => tap[k]![1]),
            { shape },
          ),
        );
  });
  return parts.reduce((sum, part) => add(sum, part));
}

/**
 * x in another size.
 *
 * @param x [batch, …, channels]: sequences, images or volumes  @param options size or scale; mode; alignCorners
 * @throws ValueError unless size or scale fits the axes
 * @source Cubic: Keys 1981, IEEE ASSP 29, 1153–1160, with a = −0.75
 * @example interpolate(images, { scale: 2, mode: "linear" })
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const axes = x.rank - 2;
  if (axes < 1) throw new ShapeError("interpolate", "expects x: [batch, …, channels]", { x });
  const { size, scale } = options;
  const factors = typeof scale === "number" ? Array<number>(axes).fill(scale) : scale;
  if ((size === undefined) === (factors === undefined) || (size ?? factors)!.length !== axes)
    throw new ValueError("interpolate", `needs size or scale, for ${axes} axes`, JSON.stringify(options), "{ scale: 2 }");
  let y = x;
  for (let axis = 1; axis <= axes; ++axis) {
    const n = x.shape[axis]!;
    const count = size?.[axis - 1] ?? Math.floor(n * factors![axis - 1]!);
    const ratio = size ? n / count : 1 / factors![axis - 1]!;
    y = alongAxis(y, axis, tapsOf(n, count, ratio, options));
  }
  return y;
}

/**
 * Groups of factor² channels as factor × factor pixels: [n, h, w, c·factor²] → [n, h·factor, w·factor, c].
 *
 * @throws ShapeError unless the channels fall into such groups
 * @source Shi et al. 2016, arXiv:1609.05158; channels are grouped as in PyTorch: c outermost
 */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  const [n, h, w, channels] = x.shape as [number, number, number, number];
  const c = channels / (factor * factor);
  if (x.rank !== 4 || !Number.isInteger(c))
    throw new ShapeError("pixelShuffle", `expects x: [batch, height, width, a multiple of ${factor * factor}]`, { x });
  const parted = permute(reshape(x, [n, h, w, c, factor, factor]), [0, 1, 4, 2, 5, 3]);
  return reshape(parted, [n, h * factor, w * factor, c]);
}
