/** Class labels as estimators number them. */
import { ValueError } from "../core/errors.ts";
import type { Label } from "../data/labels.ts";

/** Labels as class numbers. @throws ValueError on a label that is none of the classes, naming the row */
export function encodeLabels(where: string, list: readonly Label[], classes: readonly Label[]): Int32Array {
  const numbers = new Map(classes.map((label, i) => [label, i]));
  return Int32Array.from(list, (label, row) => {
    const number = numbers.get(label);
    if (number !== undefined) return number;
    const known = `${classes.slice(0, 6).join(", ")}${classes.length > 6 ? ", …" : ""}`;
    throw new ValueError(where, `knows the classes ${known}`, `${JSON.stringify(label)} in row ${row}`);
  });
}
