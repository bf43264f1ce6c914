/** Plain f64 arrays with shapes: what the library's results are compared with. Slow, obvious, and nothing of the library in it. */

export type Array64 = { readonly shape: readonly number[]; readonly data: Float64Array };

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export function array64(shape: readonly number[], data: ArrayLike<number>): Array64 {
  if (data.length !== sizeOf(shape)) throw new Error(`${data.length} numbers for [${shape}]`);
  return { shape, data: Float64Array.from(data) };
}

/** The index along each axis of element `at`. */
export function indexOf(shape: readonly number[], at: number): number[] {
  const index = new Array<number>(shape.length);
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Where the element with this index stands. */
export function placeOf(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((at, extent, axis) => at * extent + index[axis]!, 0);
}

/** An array whose element at each index is a function of that index. */
export function build(shape: readonly number[], element: (index: number[]) => number): Array64 {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, at) => element(indexOf(shape, at))) };
}

export const at = (x: Array64, index: readonly number[]): number => x.data[placeOf(x.shape, index)]!;

function common(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}

/** A function of numbers as one of arrays, which stretch to a common shape. */
export function map(f: (...xs: number[]) => number): (...arrays: Array64[]) => Array64 {
  return (...arrays) => {
    const shape = common(arrays.map((array) => array.shape));
    return build(shape, (index) =>
      f(
        ...arrays.map((x) =>
          at(
            x,
            x.shape.map((extent, axis) => (extent === 1 ? 0 : index[shape.length - x.shape.length + axis]!)),
          ),
        ),
      ),
    );
  };
}

/** All numbers along `axes` as one number. */
export function reduce(x: Array64, axes: readonly number[], f: (values: number[]) => number, keep = false): Array64 {
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
  for (const [i, value] of x.data.entries()) {
    const index = indexOf(x.shape, i).map((n, axis) => (axes.includes(axis) ? 0 : n));
    groups[placeOf(kept, index)]!.push(value);
  }
  return array64(keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), groups.map(f));
}

/** op(a)·op(b) of the last two axes; the ones in front stretch. */
export function matmul(a: Array64, b: Array64, transA = false, transB = false): Array64 {
  const swap = (x: Array64, flip: boolean): number[] =>
    flip ? [x.shape.at(-1)!, x.shape.at(-2)!] : [x.shape.at(-2)!, x.shape.at(-1)!];
  const [m, k] = swap(a, transA) as [number, number];
  const [, n] = swap(b, transB) as [number, number];
  const batch = common([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const base = (x: Array64, index: readonly number[]): number => {
    const own = x.shape.slice(0, -2);
    return (
      placeOf(
        own,
        own.map((extent, axis) => (extent === 1 ? 0 : index[batch.length - own.length + axis]!)),
      ) *
      x.shape.at(-1)! *
      x.shape.at(-2)!
    );
  };
  return build([...batch, m, n], (index) => {
    const [i, j] = index.slice(-2) as [number, number];
    const [fromA, fromB] = [base(a, index), base(b, index)];
    let sum = 0;
    for (let p = 0; p < k; ++p)
      sum += a.data[fromA + (transA ? p * m + i : i * k + p)]! * b.data[fromB + (transB ? j * k + p : p * n + j)]!;
    return sum;
  });
}

/** Sum of the products of corresponding elements. */
export function dot(x: Array64, v: Array64): number {
  return x.data.reduce((sum, value, i) => sum + value * v.data[i]!, 0);
}

export const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** log Σ exp, without overflow. */
export function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return Math.log(sum(values.map((x) => Math.exp(x - top)))) + top;
}

/** C's pow, which differs from JavaScript's where 1 is raised to NaN or ±1 to ±∞. */
export function pow(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}
