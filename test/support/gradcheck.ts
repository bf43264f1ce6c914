/** Derivatives of f64 reference functions by central differences: exact enough to hold f32 gradients to a few units in the last place. */
import { type Array64, array64 } from "./reference.ts";

type Function64 = (...inputs: Array64[]) => number;

/** Error: h²·f‴/6 + 2⁻⁵³·|f|/h, both about 10⁻¹¹. */
const FIRST = 2 ** -17;
/** Error: h²·f⁗/6 + 2⁻⁵³·|f|/h², about 10⁻⁷ and 10⁻⁹. */
const SECOND = 2 ** -11;

function moved(inputs: readonly Array64[], input: number, element: number, by: number): Array64[] {
  return inputs.map((x, i) => {
    if (i !== input) return x;
    const data = x.data.slice();
    data[element]! += by;
    return array64(x.shape, data);
  });
}

function shifted(inputs: readonly Array64[], directions: readonly (Array64 | null)[], by: number): Array64[] {
  return inputs.map((x, i) => {
    const direction = directions[i];
    return direction
      ? array64(
          x.shape,
          x.data.map((value, j) => value + by * direction.data[j]!),
        )
      : x;
  });
}

/** ∂f/∂(element of an input). */
export function slope(f: Function64, inputs: readonly Array64[], input: number, element: number): number {
  const [above, below] = [f(...moved(inputs, input, element, FIRST)), f(...moved(inputs, input, element, -FIRST))];
  return (above - below) / (2 * FIRST);
}

/** ∂/∂(element of an input) of Σ gradient·direction, the sum over all inputs that have a direction. */
export function curvature(
  f: Function64,
  inputs: readonly Array64[],
  directions: readonly (Array64 | null)[],
  input: number,
  element: number,
): number {
  let sum = 0;
  for (const s of [1, -1]) {
    const there = shifted(inputs, directions, s * SECOND);
    for (const t of [1, -1]) sum += s * t * f(...moved(there, input, element, t * SECOND));
  }
  return sum / (4 * SECOND * SECOND);
}

/** At most `most` places spread over `size` elements, the first and the last among them. */
export function someOf(size: number, most: number): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  return [...new Set(Array.from({ length: most }, (_, i) => Math.floor((i * (size - 1)) / (most - 1))))];
}
