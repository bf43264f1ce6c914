/** The commands on the built package: a table is learnt, measured and predicted; files are looked into. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { generator } from "../support/problems.ts";

const folder = mkdtempSync(join(tmpdir(), "nabla-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function nabla(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve("dist/cli.js"), ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

/** Fruit by size, weight (sometimes missing) and colour. */
function fruit(name: string, rows: number, seed: number): void {
  const next = generator(seed);
  const lines = Array.from({ length: rows }, (_, i) => {
    const kind = ["plum", "apple", "melon"][Math.floor(next() * 3)]!;
    const size = { plum: 3, apple: 7, melon: 20 }[kind]! + next();
    const colour = kind === "plum" ? "blue" : next() < 0.5 ? "red" : "green";
    const weight = next() < 0.1 ? "" : (size * 20 + next() * 10).toFixed(1);
    return [i, size.toFixed(2), weight, colour, kind, (2 * size + 1).toFixed(2)].join();
  });
  writeFileSync(join(folder, name), `id,size,weight,colour,kind,price\n${lines.join("\n")}\n`);
}

fruit("fruit.csv", 300, 1);
fruit("new.csv", 20, 2);
const config = (name: string, content: object): void => writeFileSync(join(folder, name), JSON.stringify(content));

describe("a table", () => {
  test("of classes", () => {
    config("kind.json", {
      data: "fruit.csv",
      target: "kind",
      ignore: ["id", "price"],
      network: { hidden: [16], activation: "tanh" },
      optimizer: { name: "adam", lr: 0.02 },
      epochs: 30,
      classWeight: "balanced",
    });
    const trained = nabla("train", "kind.json", "--out", "kind.safetensors", "--checkpoint", "runs");
    expect(trained.err).toBe("");
    expect(trained.out).toMatch(/^300 rows: 240 to train, 60 to test · classification of 'kind'/);
    const again = nabla("train", "kind.json", "--out", "again.safetensors", "--checkpoint", "runs", "--resume");
    expect(again.out).toContain("goes on after step");
    expect(readFileSync(join(folder, "again.safetensors"))).toEqual(readFileSync(join(folder, "kind.safetensors")));
    const measured = nabla("evaluate", "kind.safetensors", "new.csv").out;
    expect(Number(/accuracy {2}(\S+)/.exec(measured)![1])).toBeGreaterThan(0.9);
    const [head, ...rows] = nabla("predict", "kind.safetensors", "new.csv").out.trimEnd().split("\n");
    expect(head).toBe("label,confidence");
    expect(rows).toHaveLength(20);
    expect(rows[0]).toMatch(/^(plum|apple|melon),0\.\d+$/);
  });

  test("of numbers, predicted in their own units", () => {
    config("price.json", { data: "fruit.csv", target: "price", ignore: ["id", "kind"], epochs: 60, out: "price.safetensors" });
    expect(nabla("train", "price.json").err).toBe("");
    expect(nabla("predict", "price.safetensors", "new.csv", "--out", "prices.json").code).toBe(0);
    const prices = JSON.parse(readFileSync(join(folder, "prices.json"), "utf8")) as { price: number }[];
    const truth = readFileSync(join(folder, "new.csv"), "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => Number(line.split(",").at(-1)));
    for (const [i, { price }] of prices.entries()) expect(Math.abs(price - truth[i]!)).toBeLessThan(4);
  });

  test("a module makes everything itself", () => {
    const library = JSON.stringify(resolve("dist/index.js"));
    writeFileSync(
      join(folder, "own.mjs"),
      `import { Linear, mse, Sequential, sgd, tensor } from ${library};
       export default { model: new Sequential(new Linear(1, 1)), data: { x: tensor([[1], [2]]), y: tensor([2, 4]) }, loss: mse, optimizer: sgd({ lr: 0.1 }), epochs: 3, out: "own.safetensors" };`,
    );
    expect(nabla("train", "own.mjs").out).toMatch(/saved to own\.safetensors/);
    expect(nabla("inspect", "own.safetensors").out).toContain("layers.0.weight");
  });
});

test("inspect says what files hold", () => {
  const model = nabla("inspect", "kind.safetensors").out;
  expect(model).toContain("table: classification of 'kind' from size, weight, colour");
  expect(model).toMatch(/layers\.0\.weight +f32 +\[5, 16\]/);
  const checkpoint = nabla("inspect", "runs/checkpoint.safetensors").out;
  expect(checkpoint).toMatch(/training: \d+ epochs and 0 batches done/);
});

test("mistakes are told in a line, and end with 1", () => {
  config("typo.json", { data: "fruit.csv", traget: "kind" });
  config("column.json", { data: "fruit.csv", target: "kin" });
  config("activation.json", { data: "fruit.csv", target: "kind", network: { activation: "swish" } });
  writeFileSync(join(folder, "half.safetensors"), readFileSync(join(folder, "kind.safetensors")).subarray(0, 900));
  const mistakes = [
    ["train", "typo.json"],
    ["train", "column.json"],
    ["train", "activation.json"],
    ["train", "missing.json"],
    ["evaluate", "own.safetensors", "new.csv"],
    ["predict", "half.safetensors", "new.csv"],
    ["predict", "kind.safetensors", "nothing.csv"],
    ["predict", "kind.safetensors", "kind.safetensors"],
    ["inspect", "fruit.csv"],
  ];
  const told = mistakes.map((args) => nabla(...args));
  expect(told.map(({ code }) => code)).toEqual(mistakes.map(() => 1));
  for (const { err } of told) expect(err).toMatch(/^\w+Error: [^\n]+\n$/);
});
