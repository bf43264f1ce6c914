/** Least squares in double precision. */
import { sqrt } from "../core/math.ts";

/** Smallest double above 1, less 1. */
const EPSILON = 2.220446049250313e-16;
const square = (x: number): number => x * x;
/** Sweeps of the Jacobi method at most; five or six are usual. */
const SWEEPS = 40;

/**
 * The smallest x of all with the least |a·x − b|.
 *
 * @param a [n, d], overwritten  @param b [n, k], overwritten
 * @returns x [d, k]
 */
export function leastSquares(a: Float64Array, b: Float64Array, n: number, d: number, k: number): Float64Array {
  triangulate(a, b, n, d, k);
  const rows = Math.min(n, d);
  // R = U·S·Vᵀ: the columns of W = R·V become orthogonal, and are then U·S.
  const w = Float64Array.from({ length: rows * d }, (_, at) => (at % d >= Math.floor(at / d) ? a[at]! : 0));
  const v = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) v[i * d + i] = 1;
  orthogonalise(w, v, rows, d);
  const squares = Float64Array.from({ length: d }, (_, j) => columnDot(w, j, j, rows, d));
  const limit = squares.reduce((most, own) => Math.max(most, own), 0) * square(EPSILON * Math.max(n, d));
  const x = new Float64Array(d * k);
  for (let j = 0; j < d; ++j) {
    if (!(squares[j]! > limit)) continue; // a direction that says nothing
    for (let c = 0; c < k; ++c) {
      let share = 0;
      for (let i = 0; i < rows; ++i) share += w[i * d + j]! * b[i * k + c]!;
      share /= squares[j]!;
      for (let i = 0; i < d; ++i) x[i * k + c]! += v[i * d + j]! * share;
    }
  }
  return x;
}

/** Householder reflections make `a` upper triangular; `b` is reflected along. */
function triangulate(a: Float64Array, b: Float64Array, n: number, d: number, k: number): void {
  for (let j = 0; j < Math.min(n - 1, d); ++j) {
    let length = 0;
    for (let i = j; i < n; ++i) length += a[i * d + j]! * a[i * d + j]!;
    if (length === 0) continue;
    const head = a[j * d + j]!;
    const norm = head > 0 ? -sqrt(length) : sqrt(length);
    const reflector = Float64Array.from({ length: n - j }, (_, i) => a[(i + j) * d + j]!);
    reflector[0]! -= norm;
    const scale = 2 / (length - head * head + reflector[0]! * reflector[0]!);
    for (const [matrix, width, from] of [
      [a, d, j],
      [b, k, 0],
    ] as const)
      reflect(matrix, width, from, reflector, scale, j);
  }
}

function reflect(matrix: Float64Array, width: number, from: number, reflector: Float64Array, scale: number, top: number): void {
  for (let c = from; c < width; ++c) {
    let dot = 0;
    for (let i = 0; i < reflector.length; ++i) dot += reflector[i]! * matrix[(i + top) * width + c]!;
    dot *= scale;
    for (let i = 0; i < reflector.length; ++i) matrix[(i + top) * width + c]! -= dot * reflector[i]!;
  }
}

function columnDot(w: Float64Array, p: number, q: number, rows: number, d: number): number {
  let dot = 0;
  for (let i = 0; i < rows; ++i) dot += w[i * d + p]! * w[i * d + q]!;
  return dot;
}

/** Rotates pairs of columns of w, and of v along with them, until all of w's are orthogonal: Hestenes 1958. */
function orthogonalise(w: Float64Array, v: Float64Array, rows: number, d: number): void {
  for (let sweep = 0, turned = true; turned && sweep < SWEEPS; ++sweep) {
    turned = false;
    for (let p = 0; p < d; ++p) {
      for (let q = p + 1; q < d; ++q) {
        const [alpha, beta, gamma] = [columnDot(w, p, p, rows, d), columnDot(w, q, q, rows, d), columnDot(w, p, q, rows, d)];
        if (!(Math.abs(gamma) > EPSILON * sqrt(alpha * beta))) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + sqrt(1 + zeta * zeta));
        const cosine = 1 / sqrt(1 + t * t);
        rotate(w, p, q, cosine, cosine * t, rows, d);
        rotate(v, p, q, cosine, cosine * t, d, d);
      }
    }
  }
}

function rotate(m: Float64Array, p: number, q: number, cosine: number, sine: number, rows: number, d: number): void {
  for (let i = 0; i < rows; ++i) {
    const [x, y] = [m[i * d + p]!, m[i * d + q]!];
    m[i * d + p] = cosine * x - sine * y;
    m[i * d + q] = sine * x + cosine * y;
  }
}
