/**
 * Damaged files end in an error of ours or in a result: no other error, no hang, no memory out of proportion. A few hundred thousand
 * bytes by default; NABLA_FUZZ_BYTES asks for more.
 */
import { readFileSync } from "node:fs";
import { encode as png } from "fast-png";
import { zipSync } from "fflate";
import * as jpeg from "jpeg-js";
import { expect, test } from "vitest";
import { decodeModel, encodeModel, init, Linear, Sequential, tensor } from "../../src/index.ts";
import { decodeImage, decodeNpy, decodeWav, encodeNpy, parseCsv, parseJsonLines, readNpz } from "../../src/readers/index.ts";
import { generator } from "../support/problems.ts";

const BUDGET = Number(process.env.NABLA_FUZZ_BYTES ?? 300_000);
const KINDS = ["ShapeError", "DTypeError", "ValueError", "NumericError", "FormatError"];

type Bytes = Uint8Array<ArrayBuffer>;
const file = (name: string): Bytes => new Uint8Array(readFileSync(new URL(`../files/${name}`, import.meta.url).pathname));
const text = (bytes: Bytes): string => new TextDecoder().decode(bytes);
const pixels = Uint8Array.from({ length: 12 * 10 * 4 }, (_, i) => (i * 37) % 256);
const array = encodeNpy(tensor([1, 2, 3, 4]));
const model = init(new Sequential(new Linear(3, 2)), { seed: 1 });

const readers: Readonly<Record<string, [sample: Bytes, read: (bytes: Bytes) => unknown]>> = {
  csv: [file("penguins.csv").slice(0, 2000), (bytes) => parseCsv(text(bytes))],
  jsonLines: [
    new Uint8Array(new TextEncoder().encode('{"a": 1, "b": "x"}\n{"a": null}\n')),
    (bytes) => parseJsonLines(text(bytes)),
  ],
  npy: [array, (bytes) => decodeNpy(bytes)],
  npz: [new Uint8Array(zipSync({ "x.npy": array, "y.npy": array })), readNpz],
  wav: [file("7_theo_0.wav").slice(0, 1044), (bytes) => decodeWav(bytes)],
  png: [new Uint8Array(png({ width: 12, height: 10, channels: 4, data: pixels })), (bytes) => decodeImage(bytes)],
  palette: [file("palette_color.png"), (bytes) => decodeImage(bytes)],
  jpeg: [new Uint8Array(jpeg.encode({ width: 12, height: 10, data: pixels }, 50).data), (bytes) => decodeImage(bytes)],
  model: [encodeModel(model), (bytes) => decodeModel(bytes)],
};

/** One to eight bytes changed, a piece cut out or doubled, or the end cut off. */
function mutated(sample: Bytes, next: () => number): Bytes {
  const place = (): number => Math.floor(next() * sample.length);
  const kind = next();
  if (kind < 0.2) return sample.slice(0, place());
  if (kind < 0.3) return new Uint8Array([...sample.subarray(0, place()), ...sample.subarray(place())]);
  const copy = sample.slice();
  for (let count = 1 + Math.floor(next() * 8); count > 0; --count) {
    const [at, how] = [place(), next()];
    copy[at] = how < 0.4 ? Math.floor(next() * 256) : how < 0.6 ? 255 : how < 0.8 ? 0 : copy[at]! ^ (1 << Math.floor(next() * 8));
  }
  return copy;
}

test.each(Object.keys(readers))("%s", async (name) => {
  const [sample, read] = readers[name]!;
  const next = generator(name.length * 1000 + name.charCodeAt(0));
  const share = BUDGET / Object.keys(readers).length;
  let slowest = 0;
  for (let fed = 0, round = 0; fed < share; ++round) {
    const bytes = mutated(sample, next);
    fed += bytes.length + 1;
    const start = performance.now();
    try {
      await read(bytes);
    } catch (error) {
      const { name: kind, message, stack } = error as Error;
      expect(KINDS, `round ${round}: ${kind}: ${message}\n${stack}`).toContain(kind);
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  expect(slowest).toBeLessThan(5000);
});
