/** The programs of the README and of docs run as they stand, on the built package. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";

/** Inside the project, where `import "nabla"` means the project itself. */
const FOLDER = "build/readme";

function programsIn(page: string): string[] {
  return [...readFileSync(page, "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program!);
}

const blocks = programsIn("README.md");

function run(program: string, name: string): string {
  writeFileSync(`${FOLDER}/${name}.mjs`, program);
  return execFileSync(process.execPath, [resolve(`${FOLDER}/${name}.mjs`)], { encoding: "utf8" });
}

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
});

test("there are six", () => expect(blocks).toHaveLength(6));

test("the first trains on MNIST", () => {
  const said = run(blocks[0]!, "mnist");
  expect(said).toMatch(/784-50-10, 39,760 parameters/);
  expect(Number(/accuracy: (0\.\d+)/.exec(said)![1])).toBeGreaterThan(0.96);
});

test("a tensor prints what the comment says", () => {
  expect(run(blocks[1]!, "tensor").replace(/\s+/g, " ")).toBe("Tensor [2] f32 [ 9 19] ");
});

test("gradients print what the comments say", () => {
  expect(run(blocks[2]!, "gradients")).toBe("12\n12\n");
});

test("the loop learns XOR", () => {
  const outputs = [...run(blocks[3]!, "loop").matchAll(/\[\[? *([\d.e-]+)\]/g)].map(([, value]) => Math.round(Number(value)));
  expect(outputs).toEqual([0, 1, 1, 0]);
});

test("a model of one's own is defined", () => {
  expect(run(blocks[4]!, "class")).toBe("");
});

test("a CSV file becomes a classifier, its file and a report, in fifteen lines at most", () => {
  expect(blocks[5]!.trim().split("\n").length).toBeLessThanOrEqual(15);
  const table = `import { writeFileSync } from "node:fs"; import { iris } from "nabla/datasets"; import { formatCsv } from "nabla/readers";
    process.chdir(${JSON.stringify(resolve(FOLDER))}); writeFileSync("iris.csv", formatCsv((await iris()).table));`;
  run(table, "iris");
  const said = run(`process.chdir(${JSON.stringify(resolve(FOLDER))});\n${blocks[5]}`, "csv");
  expect(Number(/accuracy: (0\.\d+|1)/.exec(said)![1])).toBeGreaterThanOrEqual(0.9);
  expect(said).toMatch(/Training report.*true \\ predicted/s);
  expect(readFileSync(`${FOLDER}/report.html`, "utf8")).toContain("versicolor");
});

const pages = readdirSync("docs").flatMap((page) =>
  programsIn(`docs/${page}`).map((program, i) => [`${page}, ${i}`, program] as const),
);

test.each(pages.filter(([, program]) => program.includes('from "nabla"')))("docs/%s", (name, program) => {
  expect(run(program, name.replace(/\W+/g, "-"))).toBe("");
});
