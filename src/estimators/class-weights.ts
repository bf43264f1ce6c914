/** How much rows count by their class. */
import { ValueError } from "../core/errors.ts";
import { classWeight as balanced } from "../data/class-weight.ts";
import type { Label } from "../data/labels.ts";
import type { ClassWeight } from "./mlp-options.ts";

/**
 * Weights of rows: those given, times those of their classes.
 *
 * @param classWeight "balanced" is n / (classes · rows of the class), so that all classes count alike
 * @param y class numbers  @param given weights of rows, or null for 1
 * @returns null where every row counts 1
 * @throws ValueError on a weight below 0, or of a class that there is not
 */
export function classWeights(
  where: string,
  classWeight: ClassWeight | undefined,
  y: Int32Array,
  classes: readonly Label[],
  given: Float32Array<ArrayBuffer> | null,
): Float32Array<ArrayBuffer> | null {
  if (classWeight === undefined) return given;
  const weights = classWeight === "balanced" ? balanced("balanced", y, classes.length) : chosen(where, classWeight, classes);
  return Float32Array.from(y, (number, row) => weights[number]! * (given ? given[row]! : 1));
}

function chosen(where: string, given: Exclude<ClassWeight, "balanced">, classes: readonly Label[]): number[] {
  const entries = given instanceof Map ? [...given] : Object.entries(given as Record<string, number>);
  const byName = new Map(classes.map((label, i) => [String(label), i]));
  const weights = new Array<number>(classes.length).fill(1);
  for (const [label, weight] of entries) {
    const number = byName.get(String(label));
    if (number === undefined)
      throw new ValueError(where, "classWeight names a class that there is not", String(label), classes.join(", "));
    if (!(weight >= 0 && weight < Infinity))
      throw new ValueError(where, "weights of classes are numbers ≥ 0", `${weight} for ${label}`);
    weights[number] = weight;
  }
  return weights;
}
