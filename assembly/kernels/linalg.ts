/**
 * Small linear algebra, one matrix an item, reckoned in f64: P·A = L·U by Gaussian elimination with partial pivoting.
 * @source Golub & Van Loan 2013, Matrix Computations, section 3.4
 */

// @ts-ignore: decorator
@inline
function at(row: i32, column: i32, width: i32): usize {
  return <usize>(row * width + column) << 3;
}

function swapRows(matrix: usize, a: i32, b: i32, width: i32): void {
  for (let j = 0; j < width; ++j) {
    const kept = load<f64>(matrix + at(a, j, width));
    store<f64>(matrix + at(a, j, width), load<f64>(matrix + at(b, j, width)));
    store<f64>(matrix + at(b, j, width), kept);
  }
}

/** Copies a[n, n] beside b[n, m] into work[n, n + m], eliminates below the diagonal, and returns the sign of the row exchanges. */
function eliminate(a: usize, b: usize, work: usize, n: i32, m: i32): f64 {
  const width = n + m;
  for (let i = 0; i < n; ++i) {
    for (let j = 0; j < n; ++j) store<f64>(work + at(i, j, width), <f64>load<f32>(a + (<usize>(i * n + j) << 2)));
    for (let j = 0; j < m; ++j) store<f64>(work + at(i, n + j, width), <f64>load<f32>(b + (<usize>(i * m + j) << 2)));
  }
  let sign: f64 = 1;
  for (let k = 0; k < n; ++k) {
    let pivot = k;
    for (let i = k + 1; i < n; ++i) {
      if (Math.abs(load<f64>(work + at(i, k, width))) > Math.abs(load<f64>(work + at(pivot, k, width)))) pivot = i;
    }
    if (pivot != k) {
      swapRows(work, pivot, k, width);
      sign = -sign;
    }
    const diagonal = load<f64>(work + at(k, k, width));
    if (diagonal == 0) continue;
    for (let i = k + 1; i < n; ++i) {
      const factor = load<f64>(work + at(i, k, width)) / diagonal;
      for (let j = k + 1; j < width; ++j) {
        const to = work + at(i, j, width);
        store<f64>(to, load<f64>(to) - factor * load<f64>(work + at(k, j, width)));
      }
    }
  }
  return sign;
}

/**
 * x = a⁻¹·b; ±∞ or NaN where a is singular. Items: matrices.
 * @param a    in    f32[count, n, n]
 * @param b    in    f32[count, n, m]
 * @param x    out   f32[count, n, m]
 * @param work inout f64[count, n, n + m]
 */
export function solve(a: usize, b: usize, x: usize, work: usize, n: i32, m: i32, begin: i32, end: i32): void {
  const width = n + m;
  for (let item = begin; item < end; ++item) {
    const own = work + at(item * n, 0, width);
    eliminate(a + (<usize>(item * n * n) << 2), b + (<usize>(item * n * m) << 2), own, n, m);
    for (let j = n; j < width; ++j) {
      for (let i = n - 1; i >= 0; --i) {
        let rest = load<f64>(own + at(i, j, width));
        for (let k = i + 1; k < n; ++k) rest -= load<f64>(own + at(i, k, width)) * load<f64>(own + at(k, j, width));
        rest /= load<f64>(own + at(i, i, width));
        store<f64>(own + at(i, j, width), rest);
        store<f32>(x + (<usize>((item * n + i) * m + j - n) << 2), <f32>rest);
      }
    }
  }
}

/**
 * y = det a: the product of the pivots, with the sign of the exchanges. Items: matrices.
 * @param a    in    f32[count, n, n]
 * @param y    out   f32[count]
 * @param work inout f64[count, n, n]
 */
export function determinant(a: usize, y: usize, work: usize, n: i32, begin: i32, end: i32): void {
  for (let item = begin; item < end; ++item) {
    const own = work + at(item * n, 0, n);
    let product = eliminate(a + (<usize>(item * n * n) << 2), 0, own, n, 0);
    for (let i = 0; i < n; ++i) product *= load<f64>(own + at(i, i, n));
    store<f32>(y + (<usize>item << 2), <f32>product);
  }
}
