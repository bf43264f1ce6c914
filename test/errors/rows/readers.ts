/** Files that are not what they should be. */
import { readFileSync } from "node:fs";
import { encode as png } from "fast-png";
import { tensor } from "../../../src/index.ts";
import {
  decodeImage,
  decodeNpy,
  decodeWav,
  encodeNpy,
  parseCsv,
  parseJsonLines,
  readCsv,
  readImageFolder,
  readNpz,
  readText,
} from "../../../src/readers/index.ts";
import type { Mistake } from "./mistake.ts";

const file = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../files/${name}`, import.meta.url).pathname));
const text = (words: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(words));
const picture = new Uint8Array(png({ width: 8, height: 8, channels: 1, data: new Uint8Array(64) }));
const array = encodeNpy(tensor([1, 2, 3]));

/** The same bytes with others from a place on. */
function patched(bytes: Uint8Array<ArrayBuffer>, at: number, ...others: number[]): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy.set(others, at);
  return copy;
}

/** A .npy header in the place of another of the same length. */
function headed(from: string, to: string): Uint8Array<ArrayBuffer> {
  const at = new TextDecoder("latin1").decode(array).indexOf(from);
  return patched(array, at, ...text(to));
}

const ages = `age,name\n${Array.from({ length: 30 }, (_, i) => (i === 16 ? "forty,x" : `${i},x`)).join("\n")}\n`;

export const readers: readonly Mistake[] = [
  ["a file that is not there", () => readCsv("nowhere.csv")],
  ["an empty file", () => parseCsv("")],
  ["a ragged line", () => parseCsv("a,b\n1,2\n3\n", { name: "ragged.csv" })],
  ["a line too long", () => parseCsv("a,b\n1,2\n\n3,4,5\n")],
  ["the wrong delimiter", () => parseCsv("a;b\n1;2,5\n")],
  ["a header of numbers", () => parseCsv("5.1,3.5\n4.9,3.0\n")],
  ["a name that comes twice", () => parseCsv("a,a\n1,2\n")],
  ["a column that is not there", () => parseCsv("a,b\n1,2\n", { columns: ["c"] })],
  ["a type for a column that is not there", () => parseCsv("a\n1\n", { types: { b: "words" } })],
  ["a type that there is not", () => parseCsv("a\n1\n", { types: { a: "date" as "words" } })],
  ["a stray word among numbers", () => parseCsv(ages, { name: "ages.csv" })],
  ["words where numbers are asked for", () => parseCsv("a\n1\nx\n", { types: { a: "numbers" } })],
  ["a quote that does not close", () => parseCsv('a,b\n1,"2\n3,4\n')],
  ["a quote within a field", () => parseCsv('a,b\n1,5" pipe\n')],
  ["bytes that are not UTF-8", () => readCsv(new Uint8Array([0x61, 0x0a, 0xe9]))],
  ["an encoding that there is not", () => readText(text("a"), { encoding: "utf-9" })],
  ["damaged gzip data", () => readCsv(new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]))],
  ["a line that is not JSON", () => parseJsonLines('{"a": 1}\n{"a": }\n')],
  ["a line that is a list", () => parseJsonLines("[1, 2]")],
  ["a value within a value", () => parseJsonLines('{"a": {"b": 1}}')],
  ["no JSON lines", () => parseJsonLines("\n")],
  ["a .npy file that is none", () => decodeNpy(text("hello, world"))],
  ["a .npy file cut off", () => decodeNpy(array.slice(0, -1))],
  ["a .npy file of a later version", () => decodeNpy(patched(array, 6, 9))],
  ["a .npy header beyond the end", () => decodeNpy(patched(array, 8, 0xff, 0xff))],
  ["a .npy file of a huge shape", () => decodeNpy(headed("(3,), }       ", "(99999999,), }"))],
  ["a .npy file of text", () => decodeNpy(headed("<f4", "<U4"))],
  ["a .npy file of complex numbers", () => decodeNpy(headed("<f4", "<c8"))],
  ["an archive cut off", () => readNpz(text("PK\x03\x04 and no more"))],
  ["a picture of another kind", () => decodeImage(text("GIF89a"))],
  ["a truncated PNG", () => decodeImage(picture.slice(0, picture.length - 20))],
  ["a PNG with a wrong checksum", () => decodeImage(patched(picture, 45, picture[45]! ^ 1))],
  ["a PNG of huge size", () => decodeImage(patched(picture, 16, 0x7f, 0xff, 0xff, 0xff))],
  ["a truncated JPEG", () => decodeImage(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]))],
  ["channels that there are not", () => decodeImage(picture, { channels: 2 as 1 })],
  ["a folder of pictures that is not there", () => readImageFolder("nowhere")],
  ["a folder of pictures without classes", () => readImageFolder("test/files")],
  ["a class without pictures", () => readImageFolder("test/errors")],
  ["sound of another kind", () => decodeWav(text("OggS, and so on"))],
  ["truncated sound", () => decodeWav(file("7_theo_0.wav").slice(0, 1000))],
  ["compressed sound", () => decodeWav(patched(file("7_theo_0.wav"), 20, 2))],
];
