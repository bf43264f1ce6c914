/** Options by name. */
import { ValueError } from "./errors.ts";

/** @throws ValueError on an option that there is not */
export function checkOptions(where: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw new ValueError(where, "takes its options by name", String(given), "{ … }");
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown) throw new ValueError(where, "has no such option", unknown, known.join(", "));
}
