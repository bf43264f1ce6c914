/** The normal distribution in f64, for what the kernels' forms of it are held to. */

/** 1 − erf x for x ≥ 2, by Lentz's form of its continued fraction; relative error about 10⁻¹⁵. */
function erfc(x: number): number {
  let fraction = 0;
  for (let n = 80; n > 0; --n) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / ((x + fraction) * Math.sqrt(Math.PI));
}

/** erf x, by its Taylor series below 2. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size >= 2) return Math.sign(x) * (1 - erfc(size));
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; ++n) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Φ(−z) for z ≥ 0. */
export function normalTail(z: number): number {
  return z / Math.SQRT2 >= 2 ? 0.5 * erfc(z / Math.SQRT2) : 0.5 * (1 - erf(z / Math.SQRT2));
}
