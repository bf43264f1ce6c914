/** The commands on the built package: a table is learnt, measured and predicted; files are looked into. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { encode } from "fast-png";
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

/** A picture of one colour, with noise. */
function paint(name: string, size: number, colour: readonly number[], next: () => number): void {
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => Math.floor(colour[i % 3]! * 200 + next() * 55));
  writeFileSync(join(folder, name), encode({ width: size, height: size, channels: 3, data }));
}

test("a folder of pictures is learnt, measured and predicted, by names of classes", () => {
  const next = generator(3);
  const colours = { green: [0, 1, 0], red: [1, 0, 0] };
  for (const set of ["paint", "other"]) {
    for (const [name, colour] of Object.entries(colours)) {
      mkdirSync(join(folder, set, name), { recursive: true });
      for (let i = 0; i < 20; ++i) paint(`${set}/${name}/${i}.png`, 6 + (i % 5), colour, next);
    }
  }
  config("paint.json", {
    data: "paint",
    size: [8, 8],
    network: { filters: [4], hidden: [8] },
    epochs: 15,
    out: "paint.safetensors",
  });
  const trained = nabla("train", "paint.json");
  expect(trained.err).toBe("");
  expect(trained.out).toMatch(/^40 rows: 32 to train, 8 to test · classification of pictures/);
  const measured = nabla("evaluate", "paint.safetensors", "other");
  expect(measured.out).toMatch(/^40 rows, classification\n\naccuracy {2}1\.0000/);
  const rows = nabla("predict", "paint.safetensors", "other").out.trimEnd().split("\n");
  expect(rows[0]).toBe("file,label,confidence");
  expect(rows).toHaveLength(41);
  for (const row of rows.slice(1)) expect(row).toMatch(/^(green|red)\/\d+\.png,\1,/);
  const one = JSON.parse(nabla("predict", "paint.safetensors", "other/red/3.png", "--format", "json").out);
  expect(one).toMatchObject([{ file: "other/red/3.png", label: "red" }]);
  expect(nabla("predict", "paint.safetensors", "fruit.csv").err).toMatch(
    /^ValueError: ImagePreparation: takes pictures; got [^\n]+\n$/,
  );
});

test("a column of texts is learnt, and lines of a text file are classified", () => {
  const next = generator(4);
  const words = { happy: ["good", "fine", "lovely"], sad: ["bad", "poor", "dull"] };
  const lines = Array.from({ length: 120 }, (_, i) => {
    const mood = i % 2 === 0 ? "happy" : "sad";
    return `"a ${words[mood][Math.floor(next() * 3)]} film, it was ${words[mood][Math.floor(next() * 3)]}",${i},${mood}`;
  });
  writeFileSync(join(folder, "reviews.csv"), `review,id,mood\n${lines.join("\n")}\n`);
  writeFileSync(join(folder, "new.txt"), "what a lovely evening\nso dull\n");
  config("mood.json", { data: "reviews.csv", text: "review", target: "mood", epochs: 20, out: "mood.safetensors" });
  const trained = nabla("train", "mood.json");
  expect(trained.err).toBe("");
  expect(nabla("evaluate", "mood.safetensors", "reviews.csv").out).toContain("accuracy  1.0000");
  const rows = nabla("predict", "mood.safetensors", "new.txt").out.trimEnd().split("\n");
  expect(rows.map((row) => row.split(",").slice(0, 2).join())).toEqual([
    "text,label",
    "what a lovely evening,happy",
    "so dull,sad",
  ]);
});

test("inspect says what files hold", () => {
  const model = nabla("inspect", "kind.safetensors").out;
  expect(model).toContain(
    "preparation: TablePreparation, classification of 'kind' from size, weight, colour=blue, colour=green, colour=red",
  );
  expect(model).toMatch(/layers\.0\.weight +f32 +\[5, 16\]/);
  const checkpoint = nabla("inspect", "runs/checkpoint.safetensors").out;
  expect(checkpoint).toMatch(/training: \d+ epochs and 0 batches done/);
});

test("an estimator's file predicts for a table, and is looked into", () => {
  const program = `
    import { Pipeline, StandardScaler, OneHotEncoder, ColumnTransformer, LogisticRegression, MLPRegressor, save } from ${JSON.stringify(resolve("dist/index.js"))};
    import { readCsv } from ${JSON.stringify(resolve("dist/readers.js"))};
    const table = await readCsv("fruit.csv");
    const columns = new ColumnTransformer([[new StandardScaler(), ["size", "price"]], [new OneHotEncoder(), ["colour"]]]);
    await save(await new Pipeline([["columns", columns], ["model", new LogisticRegression()]]).fit(table, table.column("kind")), "pipeline.safetensors");
    await save(await new MLPRegressor({ maxIter: 2 }).fit([[1], [2]], [1, 2]), "numbers.safetensors");
  `;
  writeFileSync(join(folder, "estimators.mjs"), program);
  expect(spawnSync(process.execPath, ["estimators.mjs"], { cwd: folder, encoding: "utf8" }).stderr).toBe("");
  const [head, ...labels] = nabla("predict", "pipeline.safetensors", "new.csv").out.trimEnd().split("\n");
  expect([head, labels.length]).toEqual(["label", 20]);
  expect(labels.every((label) => ["plum", "apple", "melon"].includes(label))).toBe(true);
  writeFileSync(join(folder, "one.csv"), "x\n3\n4\n");
  expect(nabla("predict", "numbers.safetensors", "one.csv").out).toMatch(/^value\n\S+\n\S+\n$/);
  const { out } = nabla("inspect", "pipeline.safetensors");
  expect(out).toContain('estimator: Pipeline [["columns","ColumnTransformer"],["model","LogisticRegression"]]');
  expect(out).toContain("  model: LogisticRegression {}");
  expect(out).toMatch(/steps\.1\.coefs\.0 +f32 +\[5, 3\]/);
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
