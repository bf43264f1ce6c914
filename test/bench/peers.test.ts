import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startPeers } from "../../src/cli/bench/peers.ts";
import { XOR } from "../../src/cli/bench/steps.ts";
import { tensor } from "../../src/index.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nabla-peers-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function adapter(name: string, source: string): void {
  writeFileSync(join(home, name), source);
}

const FALLING = `
let loss = 1;
console.log(JSON.stringify({ name: "Falling 1.0" }));
process.stdin.on("data", () => console.log(JSON.stringify({ seconds: 0.5, work: 1000, loss: (loss /= 2) })));
`;

test("those that run become cases, the others say why not", async () => {
  adapter("falling.mjs", FALLING);
  adapter("absent.mjs", 'console.log(JSON.stringify({ missing: "absent is not installed" }));');
  adapter("silent.mjs", "");
  adapter("notes.txt", "");
  const notes: string[] = [];
  const { cases, close } = await startPeers(
    null,
    () => true,
    (line) => notes.push(line),
    home,
  );
  try {
    expect(notes).toEqual(["absent.mjs, xor: absent is not installed", "silent.mjs, xor: ended without a word"]);
    expect(cases).toMatchObject([{ name: `${XOR}: Falling 1.0`, unit: "steps/s", reference: XOR }]);
    const prepared = await cases[0]!.setup();
    expect(await prepared.sample(1)).toEqual({ seconds: 0.5, calls: 1000 });
    expect(() => prepared.check()).toThrow("loss went from 0.5 to 0.5");
    prepared.poison();
    expect(() => prepared.check()).toThrow("loss went from 0.5 to NaN");
    await prepared.sample(1);
    expect(() => prepared.check()).not.toThrow();
  } finally {
    close();
  }
});

test("the data are handed over as bytes", async () => {
  adapter("reader.mjs", 'console.log(JSON.stringify({ name: process.argv[2] === "mnist" ? process.argv[3] : "" }));');
  const data = { x: tensor(Uint8Array.of(1, 2, 3, 255)), y: tensor(Int32Array.of(7, 9)) };
  const { cases, close } = await startPeers(
    data,
    (name) => name !== XOR,
    () => undefined,
    home,
  );
  close();
  const folder = cases[0]!.name.split(": ")[1]!;
  expect([...readFileSync(join(folder, "x.u8"))]).toEqual([1, 2, 3, 255]);
  expect([...readFileSync(join(folder, "y.u8"))]).toEqual([7, 9]);
});

test("without adapters it says where they are", async () => {
  const missing = join(home, "none");
  await expect(
    startPeers(
      null,
      () => true,
      () => undefined,
      missing,
    ),
  ).rejects.toThrow(`bench: the peers' adapters are not in ${missing}: run it in a clone of the repository`);
});
