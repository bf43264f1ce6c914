/** The parts of a model as a table, which prints aligned. */
import type { Shape } from "../core/shape.ts";
import { formatTable } from "../core/table.ts";
import { countParameters, type Model, parameters, parts } from "./model.ts";

/** One part of a model. */
export type SummaryRow = { path: string; kind: string; output: Shape | null; parameters: number };
/** A table of parts; prints aligned. */
export type Summary = { rows: SummaryRow[]; parameters: number; toString(): string };

function kindOf(part: object): string {
  return "kind" in part && typeof part.kind === "string" ? part.kind : "model";
}

/** Parameters of a part that belong to none of its parts. */
function ownCount(path: string, part: Model, all: ReadonlyMap<string, Model>): number {
  let count = 0;
  const children = [...all].filter(
    ([other, value]) => other !== path && other.startsWith(path ? `${path}.` : "") && value !== part,
  );
  const theirs = new Set(children.flatMap(([, child]) => [...parameters(child).values()]));
  for (const parameter of parameters(part).values()) if (!theirs.has(parameter)) count += parameter.size;
  return count;
}

/** @param outputs shapes of what parts give, by path, where they are known */
export function tableOf(model: Model, outputs: ReadonlyMap<string, Shape> = new Map()): Summary {
  const all = parts(model);
  const rows = [...all].map(([path, part]) => ({
    path,
    kind: kindOf(part),
    output: outputs.get(path) ?? null,
    parameters: ownCount(path, part, all),
  }));
  const total = countParameters(model);
  const text = (): string => {
    const body = rows.map(({ path, kind, output, parameters: own }) => [
      path || "(model)",
      kind,
      output ? `[${output.join(", ")}]` : "",
      own.toLocaleString("en-US"),
    ]);
    const table = formatTable([["path", "kind", "output", "parameters"], ...body], ["left", "left", "left", "right"]);
    return `${table}\n${total.toLocaleString("en-US")} parameters, ${(total * 4).toLocaleString("en-US")} bytes`;
  };
  return { rows, parameters: total, toString: text, ...{ [Symbol.for("nodejs.util.inspect.custom")]: text } };
}
