import { describe, expect, test } from "vitest";
import { read, sourcesIn } from "./files.ts";

/** About 300 lines a file and 60 a function: a tenth more is let pass. */
const FILE_LINES = 330;
const FUNCTION_LINES = 66;
/** Longer, because a reader would thank us for it; each with the reason. */
const LONG_FUNCTIONS: Record<string, string> = {
  "assembly/convolution/channelwise.ts: beside": "6 sums in registers: each is a local of its own, written out",
  "assembly/convolution/tile.ts: tiles": "12 sums in registers, likewise",
  "assembly/gemm/narrow.ts: rowTransposed": "16 sums in registers, likewise",
  "assembly/gemm/six.ts: tilesOfSix": "12 sums in registers, likewise",
  "assembly/gemm/sparse.ts: strip": "13 sums in registers, likewise",
  "assembly/gemm/tile.ts: halfTiles": "8 sums in registers, likewise",
  "assembly/gemm/tile.ts: tiles": "16 sums in registers, likewise",
  "assembly/gemm/twelve.ts: tilesOfTwelve": "9 sums in registers, likewise",
};

const FOLDERS = ["src", "assembly", "scripts", "bench", "test"];

function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

const FUNCTION = /^\s*(?:export\s+)?(?:async\s+)?function\b/;
const NAME = /(?:function\*?|const|let)\s+(\w+)|([#\w]+)\s*[(<]/;
const ARROW = /=>\s*\{$/;
const METHOD =
  /^\s+(?!(?:if|for|while|switch|catch|return|else|with)\b)(?:(?:static|async|get|set|override|private|protected)\s+)*\*?[#\w[\].]+(?:<.*>)?\((?:.*\).*\{)?$/;

/**
 * Functions by the lines they take. The formatter puts the closing brace of what begins at some depth on a line of its own at that
 * depth, so depth is all there is to read.
 */
function functionsOf(text: string): { name: string; lines: number }[] {
  const lines = linesOf(text);
  return lines.flatMap((line, i) => {
    if (!FUNCTION.test(line) && !ARROW.test(line) && !METHOD.test(line)) return [];
    const indent = /^\s*/.exec(line)![0];
    const end = lines.findIndex((other, j) => j > i && other.startsWith(`${indent}}`));
    return end < 0 ? [] : [{ name: NAME.exec(line)?.slice(1).find(Boolean) ?? `line ${i + 1}`, lines: end - i + 1 }];
  });
}

describe("sizes", () => {
  test(`files have at most ${FILE_LINES} lines`, () => {
    const long = FOLDERS.flatMap(sourcesIn).filter((path) => linesOf(read(path)).length > FILE_LINES);
    expect(long).toEqual([]);
  });

  test(`functions have at most ${FUNCTION_LINES} lines`, () => {
    const folders = FOLDERS.filter((folder) => folder !== "test"); // a `describe` is a chapter, not a function
    const long = folders.flatMap(sourcesIn).flatMap((path) =>
      functionsOf(read(path))
        .filter(({ lines }) => lines > FUNCTION_LINES)
        .map(({ name }) => `${path}: ${name}`),
    );
    expect(long).toEqual(Object.keys(LONG_FUNCTIONS));
  });

  test("functions are found in each way of writing them", () => {
    const text = [
      "function a(",
      "  x: number,",
      ") {",
      "  return 1;",
      "}",
      "class B {",
      "  get c(): number {",
      "    for (;;) {",
      "    }",
      "  }",
      "}",
      "const d = () => {",
      "};",
    ].join("\n");
    expect(functionsOf(text)).toEqual([
      { name: "a", lines: 5 },
      { name: "c", lines: 4 },
      { name: "d", lines: 2 },
    ]);
  });
});
