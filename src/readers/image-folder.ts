import { FormatError, ShapeError, ValueError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import type { Dataset } from "../data/dataset.ts";
import { tensor } from "../graph/from.ts";
import { resize } from "../preparation/pictures.ts";
import { builtin } from "../wasm/host.ts";
import { type ImageOptions, readImage } from "./image.ts";

export type ImageFolderOptions = ImageOptions & {
  /** Height and width to bring all pictures to. Default: as they are, all of one size. */
  size?: readonly [height: number, width: number];
};

const PICTURE = /\.(?:png|jpe?g)$/i;

type Listed = { path: string; label: number };

async function listFolder(where: string, folder: string): Promise<{ classes: string[]; files: Listed[] }> {
  const fs = builtin("node:fs")?.promises;
  if (!fs) throw new ValueError(where, "there is no file system here", undefined, "decodeImage, and a data set of one's own");
  const list = (path: string) =>
    fs.readdir(path, { withFileTypes: true }).catch((cause: Error) => {
      throw new ValueError(where, "cannot read the folder", cause.message);
    });
  const classes = (await list(folder))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name);
  classes.sort();
  if (classes.length === 0) throw new FormatError(where, "holds a folder for each class", "no folders");
  const files: Listed[] = [];
  for (const [label, name] of classes.entries()) {
    const own = (await list(`${folder}/${name}`)).map((entry) => entry.name).filter((file) => PICTURE.test(file));
    if (own.length === 0) throw new FormatError(where, "every class has PNG or JPEG files", `none in '${name}'`);
    files.push(...own.sort().map((file) => ({ path: `${folder}/${name}/${file}`, label })));
  }
  return { classes, files };
}

/**
 * Pictures of a folder that has a folder for each class, in order of their names.
 *
 * @param folder holds `cats/1.png`, `cats/2.jpg`, `dogs/1.png`, …
 * @returns x u8 [n, height, width, channels], y i32 [n], and the folders' names as classes
 * @throws FormatError when a class has no pictures, or one is damaged or of another size or kind than the first, naming the file
 * @example const data = await readImageFolder("photos", { size: [64, 64], channels: 3 });
 */
export async function readImageFolder(folder: string, { size, channels }: ImageFolderOptions = {}): Promise<Dataset> {
  const where = `readImageFolder(${folder})`;
  if (size?.some((extent) => !Number.isInteger(extent) || extent < 1))
    throw new ValueError(where, "size is [height, width] in pixels", `[${size}]`);
  const { classes, files } = await listFolder(where, folder);
  let all: Uint8Array | null = null;
  let shape: readonly number[] = [];
  for (const [i, { path }] of files.entries()) {
    const read = await readImage(path, channels ? { channels } : {});
    const picture = size ? resize(read, size) : read;
    if (all === null) {
      shape = picture.shape;
      all = new Uint8Array(files.length * picture.size);
    }
    if (!sameShape(picture.shape, shape))
      throw new ShapeError(
        where,
        `all pictures have the first one's size and channels`,
        { [files[0]!.path]: shape, [path]: picture },
        "size: [height, width], channels: 3",
      );
    all.set(picture.data(), i * picture.size);
  }
  const y = tensor(Int32Array.from(files, ({ label }) => label));
  return { x: tensor(all!, { shape: [files.length, ...shape] }), y, classes };
}
