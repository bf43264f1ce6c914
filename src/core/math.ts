/** Scalar mathematics with the same bits in every engine: + − × ÷ and √ only, which IEEE 754 fixes to the last bit. */

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
