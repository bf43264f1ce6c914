import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { read, sourcesIn } from "./files.ts";

/** A room imports only itself and rooms before it. */
const ROOMS = [
  "core",
  "wasm",
  "graph",
  "ops",
  "nn",
  "optim",
  "data",
  "preparation",
  "metrics",
  "io",
  "train",
  "estimators",
  "readers",
  "text",
  "datasets",
  "report",
  "cli",
];

type Import = { target: string; typeOnly: boolean };

/** What a module imports: statements, `import()` and `typeof import()`. */
function importsOf(text: string): Import[] {
  const statements = [...text.matchAll(/^(?:import|export)\s(?:[^;"'`]*?\sfrom\s)?\s*["']([^"']+)["']/gm)];
  const calls = [...text.matchAll(/(typeof\s+)?\bimport\(\s*["']([^"']+)["']\s*\)/g)];
  return [
    ...statements.map(([statement, target]) => ({ target: target!, typeOnly: /^(?:import|export)\s+type\b/.test(statement) })),
    ...calls.map(([, typeOf, target]) => ({ target: target!, typeOnly: typeOf !== undefined })),
  ];
}

function roomOf(path: string): string {
  return path.split("/")[1]!;
}

/** What is wrong with an import, or null. */
function objection(path: string, { target, typeOnly }: Import): string | null {
  const room = roomOf(path);
  const index = path === "src/index.ts";
  if (target.startsWith("node:"))
    return typeOnly || room === "cli" ? null : "only src/cli imports Node's modules: elsewhere they come from builtin()";
  if (!target.startsWith(".")) return null;
  const file = posix.join(posix.dirname(path), target);
  if (!file.startsWith("src/")) return file === "package.json" && room === "cli" ? null : "nothing outside src/ is imported";
  if (index) return roomOf(file) === "cli" ? "the library does not import its commands" : null;
  if (file === "src/index.ts") return room === "cli" ? null : "only src/cli imports the public surface";
  return ROOMS.indexOf(roomOf(file)) <= ROOMS.indexOf(room) ? null : `${room}/ comes before ${roomOf(file)}/`;
}

describe("imports", () => {
  const modules = sourcesIn("src").map((path) => ({ path, imports: importsOf(read(path)) }));

  test("every room is known", () => {
    expect(modules.filter(({ path }) => path !== "src/index.ts" && !ROOMS.includes(roomOf(path))).map(({ path }) => path)).toEqual(
      [],
    );
  });

  test("go to rooms above, to nothing outside src/, and to no Node module", () => {
    const found = modules.flatMap(({ path, imports }) =>
      imports.flatMap((one) => {
        const wrong = objection(path, one);
        return wrong ? [`${path} imports ${one.target}: ${wrong}`] : [];
      }),
    );
    expect(found).toEqual([]);
  });

  test("are found in each way of writing them", () => {
    const text = `import { a,\n  b } from "./a.ts";\nimport type { C } from "./c.ts";\nexport * from './d.ts';\nimport "./e.ts";\nconst f = await import("./f.ts");\ntype G = typeof import("node:fs");\n`;
    const found = importsOf(text).map(({ target, typeOnly }) => `${target} ${typeOnly}`);
    expect(found).toEqual(["./a.ts false", "./c.ts true", "./d.ts false", "./e.ts false", "./f.ts false", "node:fs true"]);
  });
});
