/** nabla/readers: tables, arrays, pictures, sound and text out of files. */
import "../ops/index.ts"; // what is read are tensors, with their methods

export type { Sound } from "../data/preparation.ts";
export type { Channels } from "../preparation/pictures.ts";
export { type CsvOptions, formatCsv, parseCsv, parseTsv, readCsv, readTsv } from "./csv.ts";
export { decodeImage, type ImageOptions, readImage } from "./image.ts";
export { type ImageFolderOptions, readImageFolder } from "./image-folder.ts";
export type { ColumnType } from "./infer.ts";
export { parseJsonLines, readJsonLines } from "./json-lines.ts";
export { decodeNpy, encodeNpy, readNpy, readNpz } from "./npy.ts";
export { readLines, readText, type Source, type TextOptions } from "./source.ts";
export { decodeWav, readWav } from "./wav.ts";
