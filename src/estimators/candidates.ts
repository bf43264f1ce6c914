/** Settings to try: all of a grid, or some drawn at random. */
import { ValueError } from "../core/errors.ts";
import { exp, ln } from "../core/math.ts";
import { Stream } from "../ops/random.ts";

/** Options by name, or inside a pipeline by path. */
export type Params = Readonly<Record<string, unknown>>;
/** What each option may be. */
export type Grid = Readonly<Record<string, readonly unknown[]>>;
/** A value for a number that is equally likely everywhere in [0, 1). */
export type Distribution = (chance: number) => unknown;
export type Distributions = Readonly<Record<string, readonly unknown[] | Distribution>>;

/** Numbers equally likely in [low, high). @throws ValueError unless low < high */
export function uniformBetween(low: number, high: number): Distribution {
  if (!(low < high)) throw new ValueError("uniformBetween", "low < high", `${low}, ${high}`);
  return (chance) => low + chance * (high - low);
}

/** Numbers whose logarithm is equally likely everywhere between: as many from 0.001 to 0.01 as from 0.1 to 1. @throws ValueError unless 0 < low < high */
export function logUniform(low: number, high: number): Distribution {
  if (!(low > 0 && low < high)) throw new ValueError("logUniform", "0 < low < high", `${low}, ${high}`);
  return (chance) => exp(ln(low) + chance * (ln(high) - ln(low)));
}

/** Whole numbers from low to high, both included. @throws ValueError unless they are whole, and low ≤ high */
export function wholeBetween(low: number, high: number): Distribution {
  if (!(Number.isInteger(low) && Number.isInteger(high) && low <= high))
    throw new ValueError("wholeBetween", "low ≤ high, both whole numbers", `${low}, ${high}`);
  return (chance) => low + Math.floor(chance * (high - low + 1));
}

function named(where: string, options: unknown, what: string, example: string): void {
  if (typeof options !== "object" || options === null || Object.keys(options).length === 0)
    throw new ValueError(where, `${what} holds options by name, with values to try`, JSON.stringify(options) ?? "none", example);
}

/** Every combination, the last option changing fastest. @throws ValueError on an option without values */
export function combinations(where: string, grid: Grid | readonly Grid[]): Params[] {
  const grids = Array.isArray(grid) ? (grid as readonly Grid[]) : [grid as Grid];
  return grids.flatMap((own) => {
    named(where, own, "grid", "grid: { alpha: [0.1, 1] }");
    let found: Params[] = [{}];
    for (const [name, values] of Object.entries(own)) {
      if (!Array.isArray(values) || values.length === 0)
        throw new ValueError(
          where,
          "each option has a list of values to try",
          `${name}: ${JSON.stringify(values)}`,
          `${name}: [ … ]`,
        );
      found = found.flatMap((params) => values.map((value: unknown) => ({ ...params, [name]: value })));
    }
    return found;
  });
}

/** So many settings at random, each option by itself. @throws ValueError on an option without values */
export function draws(where: string, distributions: Distributions, count: number, seed: number): Params[] {
  named(where, distributions, "distributions", "distributions: { alpha: logUniform(0.001, 1) }");
  const names = Object.keys(distributions);
  const chances = new Stream(seed, where).uniform([count, Math.max(1, names.length)]).data();
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      names.map((name, i) => {
        const own = distributions[name]!;
        const chance = chances[row * names.length + i]!;
        if (typeof own === "function") return [name, own(chance)];
        if (!Array.isArray(own) || own.length === 0)
          throw new ValueError(
            where,
            "each option has a list or a distribution",
            `${name}: ${JSON.stringify(own)}`,
            "logUniform(0.001, 1)",
          );
        return [name, own[Math.floor(chance * own.length)]];
      }),
    ),
  );
}

/** `C=0.1 tol=0.001`, numbers to four digits. */
export function paramsText(params: Params): string {
  const text = (value: unknown): string =>
    typeof value === "number" ? String(Number(value.toPrecision(4))) : JSON.stringify(value);
  return Object.entries(params)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(" ");
}
