/** Mistakes on the command line: each ends with 1 and a line that says what is wrong, before anything has been trained. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "nabla-mistakes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number | null; out: string; err: string };

function nabla(words: string): Promise<Ended> {
  const child = spawn(process.execPath, [resolve("dist/cli.js"), ...words.split(" ").filter((word) => word !== "")], {
    cwd: folder,
  });
  const ended: Ended = { code: null, out: "", err: "" };
  child.stdout.on("data", (text) => (ended.out += text));
  child.stderr.on("data", (text) => (ended.err += text));
  return new Promise((done) => child.on("close", (code) => done({ ...ended, code })));
}

const TABLE =
  "size,weight,kind\n1,2,plum\n3,4,pear\n5,6,plum\n7,8,pear\n9,1,plum\n2,3,pear\n4,5,plum\n6,7,pear\n8,9,plum\n1,1,pear\n";
const base = { data: "table.csv", target: "kind", epochs: 2 };

beforeAll(async () => {
  const write = (name: string, text: string | object): void =>
    writeFileSync(join(folder, name), typeof text === "string" ? text : JSON.stringify(text));
  write("table.csv", TABLE);
  write("table.txt", TABLE);
  write("lacking.csv", "size,kind\n1,plum\n");
  write("words.csv", "size,weight,kind\n1,2,plum\nbig,4,pear\n");
  write("ragged.csv", "size,weight,kind\n1,2\n");
  write("fine.json", base);
  write("cut.json", '{"data": "table.csv", ');
  write("list.json", "[1]");
  write("column.json", { ...base, target: "species" });
  write("key.json", { ...base, layers: [1] });
  write("network.json", { ...base, network: { widths: [8] } });
  write("activation.json", { ...base, network: { activation: "swoosh" } });
  write("hidden.json", { ...base, network: { hidden: 8 } });
  write("empty-layer.json", { ...base, network: { hidden: [0] } });
  write("optimizer.json", { ...base, optimizer: { name: "adams" } });
  write("rate.json", { ...base, optimizer: { rate: 0.1 } });
  write("epochs.json", { ...base, epochs: "many" });
  write("shares.json", { ...base, test: 2 });
  write("weights.json", { ...base, classWeight: { plum: 2 } });
  write("nowhere.json", { ...base, data: "none.csv" });
  write("text.json", { ...base, data: "table.txt" });
  write("ragged.json", { ...base, data: "ragged.csv" });
  write("numbers.json", { ...base, task: "regression" });
  write("five.mjs", "export default 5;");
  write("not-a-model.safetensors", "hello");
  const { code, err } = await nabla("train fine.json --out model.safetensors");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  mkdirSync(join(folder, "run"));
  copyFileSync(join(folder, "model.safetensors"), join(folder, "run/checkpoint.safetensors"));
});

test.each([
  "frobnicate",
  "train",
  "train none.json",
  "train fine.json --epochz 3",
  "train mnist --epochs zero",
  "train mnist --data .",
  "train cut.json",
  "train list.json",
  "train column.json",
  "train key.json",
  "train network.json",
  "train activation.json",
  "train hidden.json",
  "train empty-layer.json",
  "train optimizer.json",
  "train rate.json",
  "train epochs.json",
  "train shares.json",
  "train weights.json",
  "train nowhere.json",
  "train text.json",
  "train ragged.json",
  "train numbers.json",
  "train five.mjs",
  "train none.mjs",
  "train fine.json --threads 0",
  "train fine.json --math fuzzy",
  "train fine.json --out nowhere/model.safetensors",
  "train fine.json --out run",
  "train mnist --out nowhere/model.safetensors",
  "train fine.json --checkpoint table.csv",
  "train fine.json --checkpoint run --resume",
  "train fine.json --resume",
  "train fine.json --every 3",
  "predict none.safetensors table.csv",
  "predict not-a-model.safetensors table.csv",
  "predict model.safetensors none.csv",
  "predict model.safetensors lacking.csv",
  "predict model.safetensors words.csv",
  "predict model.safetensors ragged.csv",
  "predict model.safetensors table.csv --format xml",
  "predict model.safetensors table.csv --out nowhere/labels.csv",
  "predict model.safetensors",
  "evaluate model.safetensors lacking.csv",
  "evaluate not-a-model.safetensors table.csv",
  "inspect none",
  "inspect not-a-model.safetensors",
  "inspect .",
  "profile none.mjs",
])("nabla %s", async (words) => {
  const { code, out, err } = await nabla(words);
  expect(code).toBe(1);
  expect(out).not.toContain("epoch 1");
  expect(err).not.toMatch(/^ +at /m);
  // What the system says in brackets, and the engine of JSON, differ from host to host.
  const told = err
    .replace(/\((E[A-Z]+:.*)\)/, "(…)")
    .replace(/(must be a JSON file; got ).*/, "$1…")
    .replaceAll(folder, "")
    .trim();
  expect(told.split("\n")).toHaveLength(1);
  expect(told).toMatchSnapshot();
});
