import { describe, expect, test } from "vitest";
import { codeOf, read, sourcesIn } from "./files.ts";

/** Exact in every engine: IEEE 754 or integer arithmetic. */
const EXACT = ["abs", "ceil", "floor", "fround", "imul", "max", "min", "round", "sign", "trunc"];
const EXEMPT: Record<string, string> = {
  "src/core/math.ts": "the one home of scalar mathematics: √ and constants",
  "src/cli/bench/": "checks kernels against references; nothing it computes reaches a model",
};
/** Reads tensor memory from outside a kernel. */
const MEMORY_READERS: Record<string, string> = {
  "src/optim/lbfgs.ts": "a line search goes by the values it finds",
  "src/nn/parameter.ts": "first values become state, which is written from outside",
};

/** Uses of engine mathematics whose last bit an engine may choose. */
function inexactIn(code: string): string[] {
  const members = [...code.matchAll(/\bMath\b(?:\.(\w+))?/g)]
    .filter(([, name]) => !name || !EXACT.includes(name))
    .map(([use]) => use);
  return [...members, ...(code.match(/\*\*=?/g) ?? [])];
}

function memoryReadsIn(code: string): string[] {
  return code.match(/\.(?:data|item|toArray)\(|\b(?:numbersOf|numberAt|copyOut)\(/g) ?? [];
}

function uses(paths: string[], exempt: Record<string, string>, find: (code: string) => string[]): string[] {
  const watched = paths.filter((path) => !Object.keys(exempt).some((start) => path.startsWith(start)));
  return watched.flatMap((path) => find(codeOf(read(path))).map((use) => `${path}: ${use}`));
}

describe("sources", () => {
  test("use no engine mathematics, whose last bit differs between engines", () => {
    expect(uses(sourcesIn("src"), EXEMPT, inexactIn)).toEqual([]);
  });

  test("of ops, layers and optimizers read no tensor memory", () => {
    expect(uses(["src/ops", "src/nn", "src/optim"].flatMap(sourcesIn), MEMORY_READERS, memoryReadsIn)).toEqual([]);
  });

  test("are searched as programs, not as text", () => {
    const code = codeOf("// 2 ** 3, Math.exp(1)\nconst { sin } = Math; let y = Math.max(2 ** x, Math.pow(x, 2)); y **= t.item();");
    expect(inexactIn(code)).toEqual(["Math", "Math.pow", "**", "**="]);
    expect(memoryReadsIn(code)).toEqual([".item("]);
  });
});
