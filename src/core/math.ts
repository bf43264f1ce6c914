/** Scalar mathematics with the same bits in every engine: + − × ÷ and √ only, which IEEE 754 fixes to the last bit. */

export const PI: number = Math.PI;
export const LOG2E: number = Math.LOG2E;
export const LOG10E: number = Math.LOG10E;

/** √x, correctly rounded by IEEE 754. */
export function sqrt(x: number): number {
  return Math.sqrt(x);
}

/** Natural logarithm, by halving to [√½, √2) and the series of artanh; relative error about 10⁻¹⁵. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  let m = x;
  let exponent = 0;
  for (; m >= Math.SQRT2; m /= 2) exponent += 1;
  for (; m < Math.SQRT1_2; m *= 2) exponent -= 1;
  const t = (m - 1) / (m + 1);
  const square = t * t;
  let term = t;
  let sum = 0;
  for (let n = 1; n < 40; n += 2) {
    sum += term / n;
    term *= square;
  }
  return exponent * Math.LN2 + 2 * sum;
}

/** eˣ, by halving x to ±½·ln 2 and Taylor's series; relative error about 10⁻¹⁵. */
export function exp(x: number): number {
  if (!(Math.abs(x) < 745)) return Number.isNaN(x) ? x : x < 0 ? 0 : Infinity;
  const exponent = Math.round(x / Math.LN2);
  const rest = x - exponent * Math.LN2;
  let [term, sum] = [1, 1];
  for (let n = 1; n < 20; ++n) {
    term *= rest / n;
    sum += term;
  }
  for (let e = exponent; e > 0; --e) sum *= 2;
  for (let e = exponent; e < 0; ++e) sum /= 2;
  return sum;
}

/** cos x for |x| up to about 10⁶, by its series around the nearest multiple of π/2; absolute error about 10⁻¹⁵. */
export function cos(x: number): number {
  const quarter = Math.round(x / (Math.PI / 2));
  const rest = x - quarter * (Math.PI / 2);
  const odd = Math.abs(quarter) % 2 === 1;
  let term = odd ? rest : 1;
  let sum = term;
  for (let n = odd ? 2 : 1; n < 24; n += 2) {
    term *= -(rest * rest) / (n * (n + 1));
    sum += term;
  }
  // cos(r + q·π/2) is cos r, −sin r, −cos r, sin r for q = 0, 1, 2, 3 (mod 4).
  const turn = ((quarter % 4) + 4) % 4;
  return turn === 1 || turn === 2 ? -sum : sum;
}

/** xⁿ: by squaring for whole n ≥ 0, else e^(n·ln x). */
export function power(x: number, n: number): number {
  if (!(Number.isInteger(n) && n >= 0)) return exp(n * ln(x));
  let [result, square] = [1, x];
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
