/** What is asked of those who train estimators for others: searches, validations, combinations. */
import { ValueError } from "../core/errors.ts";
import type { Rows } from "./rows.ts";

/** What something lacks to be used so, in words; undefined where it lacks nothing. */
export function lacking(value: unknown, methods: readonly string[]): string | undefined {
  if (typeof value === "function") return `the ${value.name || "function"} itself, not one that was made`;
  if (typeof value !== "object" || value === null) return String(value);
  const method = methods.find((name) => typeof (value as Record<string, unknown>)[name] !== "function");
  return method && `no ${method}`;
}

const hasLength = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("length" in value || "shape" in value || "rows" in value);

/** @throws ValueError on what is no estimator, or rows and targets that are none */
export function checkTask(where: string, estimator: unknown, x: Rows, y: unknown): void {
  const missing = lacking(estimator, ["fit", "score"]);
  if (missing) throw new ValueError(where, "needs an estimator", missing, "new LogisticRegression()");
  for (const [name, value] of Object.entries({ x, y }))
    if (!hasLength(value)) throw new ValueError(where, `needs ${name}, something for each row`, String(value), "fit(x, y)");
}
