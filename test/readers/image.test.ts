import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as png } from "fast-png";
import * as jpeg from "jpeg-js";
import { afterAll, describe, expect, test } from "vitest";
import { decodeImage, readImage, readImageFolder } from "../../src/readers/index.ts";

const path = (name: string): string => new URL(`../files/${name}`, import.meta.url).pathname;
const flat = (width: number, height: number, pixel: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: width * height * pixel.length }, (_, i) => pixel[i % pixel.length]!);

/** CRC-32 as PNG has it. */
function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** A grey PNG of few bits a sample: the library writes 8 and 16 alone, so the header of such a file is changed. */
function packed(depth: number, width: number, height: number, rows: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(png({ width: Math.ceil((width * depth) / 8), height, channels: 1, data: rows }));
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  bytes[24] = depth;
  view.setUint32(29, crc(bytes.subarray(12, 29)));
  return bytes;
}

describe("pictures", () => {
  // Means as Pillow finds them.
  test.each([
    ["palette_color.png", [116.28, 114.24, 123.93]],
    ["palette_gray.png", [137.5, 137.5, 137.5]],
  ] as const)("%s, by palette", async (name, means) => {
    const picture = await readImage(path(name));
    expect([picture.dtype, picture.shape]).toEqual(["u8", [10, 10, 3]]);
    const data = [...picture.data()];
    for (const [c, mean] of means.entries()) {
      const sum = data.filter((_, i) => i % 3 === c).reduce((total, value) => total + value, 0);
      expect(sum).toBe(Math.round(100 * mean));
    }
  });

  test.each([
    [1, 2, Uint8Array.of(0b1010_0000, 0b0110_0000), [255, 0, 255, 0, 255, 255]],
    [2, 2, Uint8Array.of(0b00_01_10_00, 0b11_00_00_00), [0, 85, 170, 255, 0, 0]],
    [4, 1, Uint8Array.of(0x0f, 0x80), [0, 255, 136]],
  ] as const)("grey of %d bits, rows from whole bytes", (depth, height, data, expected) => {
    expect([...decodeImage(packed(depth, 3, height, data)).data()]).toEqual(expected);
  });

  test("16 bits a sample become 8", () => {
    const bytes = png({ width: 2, height: 1, depth: 16, channels: 1, data: Uint16Array.of(0xff00, 0x0180) });
    expect([...decodeImage(bytes).data()]).toEqual([255, 1]);
  });

  test("JPEG, to within its losses", () => {
    const { data } = jpeg.encode({ width: 16, height: 8, data: flat(16, 8, [200, 100, 50, 255]) }, 100);
    const picture = decodeImage(new Uint8Array(data));
    expect(picture.shape).toEqual([8, 16, 3]);
    for (const [i, value] of picture.data().entries()) expect(Math.abs(value - [200, 100, 50][i % 3]!)).toBeLessThanOrEqual(2);
  });

  test("channels are converted", () => {
    const colours = png({ width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 100) });
    expect([...decodeImage(colours, { channels: 1 }).data()]).toEqual([88]); // (299·255 + 114·100) / 1000 = 87.6
    expect([...decodeImage(colours, { channels: 4 }).data()]).toEqual([255, 0, 100, 255]);
    const grey = png({ width: 1, height: 1, channels: 2, data: Uint8Array.of(7, 128) });
    expect([...decodeImage(grey).data()]).toEqual([7]);
    expect([...decodeImage(grey, { channels: 4 }).data()]).toEqual([7, 7, 7, 128]);
  });
});

describe("a folder of pictures", () => {
  const root = mkdtempSync(join(tmpdir(), "nabla-pictures-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, grey] of Object.entries({ "dog/1": 9, "cat/2": 7, "cat/1": 5 })) {
    mkdirSync(join(root, name.split("/")[0]!), { recursive: true });
    writeFileSync(join(root, `${name}.png`), png({ width: 4, height: 2, channels: 1, data: flat(4, 2, [grey]) }));
  }

  test("folders are classes, in order of their names", async () => {
    const { x, y, classes } = await readImageFolder(root);
    expect([x.dtype, x.shape, classes]).toEqual(["u8", [3, 2, 4, 1], ["cat", "dog"]]);
    expect([...y.data()]).toEqual([0, 0, 1]);
    expect([...x.data()].filter((_, i) => i % 8 === 0)).toEqual([5, 7, 9]);
  });

  test("pictures are brought to one size", async () => {
    writeFileSync(join(root, "dog/2.png"), png({ width: 8, height: 8, channels: 3, data: flat(8, 8, [100, 100, 100]) }));
    await expect(readImageFolder(root)).rejects.toThrow(/all pictures have the first one's size and channels/);
    const { x } = await readImageFolder(root, { size: [2, 2], channels: 1 });
    expect(x.shape).toEqual([4, 2, 2, 1]);
    expect([...x.data()].slice(12)).toEqual([100, 100, 100, 100]);
  });
});
