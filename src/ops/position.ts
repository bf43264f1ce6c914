/** Where in a sequence an element stands, told by sines and cosines. */
import { ShapeError, ValueError } from "../core/errors.ts";
import { cos, exp, ln, PI } from "../core/math.ts";
import { tensor } from "../graph/from.ts";
import { defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { rotaryKernels } from "../wasm/kernels.gen.ts";

const ROTATE_NS = 0.3;
/** Wavelengths grow from 2π to this times 2π. */
const BASE = 10_000;

const sin = (x: number): number => cos(x - PI / 2);

/** position / base^(2i/size) for each pair i of a row: its angle. */
function anglesOf(length: number, size: number, base: number, start = 0): (row: number, pair: number) => number {
  const rates = Array.from({ length: Math.ceil(size / 2) }, (_, i) => exp((-ln(base) * 2 * i) / size));
  if (!(length >= 0 && size > 0)) throw new ValueError("position", "length and size are whole numbers", `${length}, ${size}`);
  return (row, pair) => (row + start) * rates[pair]!;
}

function filled(length: number, size: number, element: (row: number, column: number) => number): Tensor {
  const data = Float32Array.from({ length: length * size }, (_, at) => element(Math.floor(at / size), at % size));
  return tensor(data, { shape: [length, size] });
}

/**
 * Sinusoidal positions: element 2i of row p is sin(p / 10000^(2i/size)), element 2i + 1 the cosine.
 *
 * @returns [length, size]
 * @source Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 * @example x.add(sinusoidalEncoding(x.shape[1], x.shape[2]))
 */
export function sinusoidalEncoding(length: number, size: number): Tensor {
  const angle = anglesOf(length, size, BASE);
  return filled(length, size, (row, column) => (column % 2 === 0 ? sin : cos)(angle(row, column >> 1)));
}

/** How rows turn: in heads of `size` columns, as many as `columns` holds. */
type Turn = { readonly columns: number; readonly size: number; readonly back: boolean };

const rotaryOp: Op<[x: Tensor, cosine: Tensor, sine: Tensor], Turn> = defineOp({
  name: "rotary",
  names: ["x", "cosine", "sine"],
  shape: ([x]) => [x.shape],
  lower(program, [x, cosine, sine], [y], { columns, size, back }) {
    const [length, width] = x.shape.slice(-2) as [number, number];
    program.emit(
      rotaryKernels.rotary,
      { x: x.ref, cosine: cosine.ref, sine: sine.ref, y: y!.ref, length, width, columns, size, back: back ? 1 : 0 },
      width === 0 ? 0 : x.size / width,
      x.size * ROTATE_NS,
    );
  },
  grad: ([dy], [, cosine, sine], _, turn) => [
    () => rotaryOp([dy!, cosine, sine], { ...turn, back: !turn.back })[0],
    () => null,
    () => null,
  ],
});

/** Rows of heads, side by side in the first `columns` of [..., length, width], turned by their position. */
export function rotateColumns(x: Tensor, columns: number, size: number, base = BASE, start = 0): Tensor {
  const angle = anglesOf(x.shape.at(-2)!, size, base, start);
  const length = x.shape.at(-2)!;
  const cosine = filled(length, size, (row, column) => cos(angle(row, column >> 1)));
  const sine = filled(length, size, (row, column) => (column % 2 === 0 ? -1 : 1) * sin(angle(row, column >> 1)));
  return rotaryOp([x, cosine, sine], { columns, size, back: false })[0];
}

export type RotaryOptions = {
  /** How far wavelengths go. Default 10000. */
  base?: number;
  /** Position of the first row. Default 0. */
  start?: number;
};

/**
 * Rotary positions, for queries and keys: the pair (2i, 2i + 1) of row p turns by p / base^(2i/size), so that the product of two rows
 * depends on how far apart they stand.
 *
 * @param x [..., length, size], size even
 * @returns the same shape
 * @throws ShapeError when size is odd
 * @source Su et al. 2021, arXiv:2104.09864, eq. 34
 * @example scaledDotProductAttention(rotaryEncoding(q), rotaryEncoding(k), v)
 */
export function rotaryEncoding(x: Tensor, { base, start }: RotaryOptions = {}): Tensor {
  const size = x.shape.at(-1) ?? 0;
  if (x.rank < 2 || size === 0 || size % 2 !== 0)
    throw new ShapeError("rotaryEncoding", "needs [..., length, an even size]", { x });
  return rotateColumns(x, size, size, base, start);
}
