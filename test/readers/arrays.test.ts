/** NumPy's files as numpy 2.4 writes them, and sound. */
import { describe, expect, test } from "vitest";
import { f16, tensor } from "../../src/index.ts";
import { decodeNpy, decodeWav, encodeNpy, readNpz, readWav } from "../../src/readers/index.ts";

const from64 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64"));
/** A .npy file by its header and data. */
function npy(header: string, data: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`;
  return new Uint8Array([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0, ...new TextEncoder().encode(padded), ...data]);
}
const header = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe("npy", () => {
  test("float64 becomes f32", () => {
    const thirds = new Uint8Array(Float64Array.of(0, 1 / 3).buffer);
    const x = decodeNpy(npy(header("<f8", "(2, 1)"), thirds));
    expect([x.dtype, x.shape, [...x.data()]]).toEqual(["f32", [2, 1], [0, Math.fround(1 / 3)]]);
  });

  test("big-endian int16 becomes i32", () => {
    const x = decodeNpy(npy(header(">i2", "(3,)"), Uint8Array.of(0, 1, 1, 0, 0xff, 0xff)));
    expect([x.dtype, ...x.data()]).toEqual(["i32", 1, 256, -1]);
  });

  test("columns first, as np.asfortranarray(np.arange(6).reshape(2, 3)) is written", () => {
    const data = new Uint8Array(BigInt64Array.of(0n, 3n, 1n, 4n, 2n, 5n).buffer);
    expect(decodeNpy(npy(header("<i8", "(2, 3)", "True"), data)).toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("a number without axes, and nothing at all", () => {
    expect(decodeNpy(npy(header("<f4", "()"), new Uint8Array(Float32Array.of(3.5).buffer))).item()).toBe(3.5);
    expect(decodeNpy(npy(header("|u1", "(0, 4)"), new Uint8Array())).shape).toEqual([0, 4]);
    const halves = decodeNpy(npy(header(">f2", "(2,)"), Uint8Array.of(0x3c, 0, 0xb8, 0)));
    expect([halves.dtype, halves.toArray()]).toEqual(["f32", [1, -0.5]]);
    expect(encodeNpy(halves.cast(f16)).subarray(-4)).toEqual(Uint8Array.of(0, 0x3c, 0, 0xb8));
  });

  test.each(["f32", "i32", "u8", "i8"] as const)("%s there and back, headers a multiple of 64 bytes", (dtype) => {
    for (const shape of [[6], [2, 3], [1, 2, 3]]) {
      const x = tensor([1, 2, 3, 4, 5, 6], { dtype }).reshape(shape);
      const bytes = encodeNpy(x);
      expect((bytes.length - x.data().byteLength) % 64).toBe(0);
      const back = decodeNpy(bytes);
      expect([back.dtype, back.shape, back.data()]).toEqual([dtype, shape, x.data()]);
    }
  });

  test("several arrays in an archive, as np.savez_compressed writes them", async () => {
    const { x, y } = await readNpz(
      from64(
        "UEsDBC0AAAAIAAAAIQBP6QAq//////////8FABQAeC5ucHkBABAAmAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYwaLAHEg5ABMQNQLzAAQBQSwMELQAAAAgAAAAhAHH7Oav//////////wUAFAB5Lm5weQEAEACQAAAAAAAAAEgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqaOgq1ChQALkYGVAAAUEsBAi0DLQAAAAgAAAAhAE/pACpVAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAgAAAAhAHH7OatIAAAAkAAAAAUAAAAAAAAAAAAAAIABjAAAAHkubnB5UEsFBgAAAAACAAIAZgAAAAsBAAAAAA==",
      ),
    );
    expect(x!.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect([...y!.data()]).toEqual([1, 0]);
  });
});

/** A WAV file. */
function wav(kind: number, bits: number, channels: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  const words = { 0: "RIFF", 8: "WAVE", 12: "fmt ", 36: "data" };
  for (const [at, word] of Object.entries(words)) bytes.set(new TextEncoder().encode(word), Number(at));
  view.setUint32(4, 36 + data.length, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, bits, true);
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}

describe("wav", () => {
  test("a spoken digit", async () => {
    const { samples, rate } = await readWav(new URL("../files/7_theo_0.wav", import.meta.url).pathname);
    expect(rate).toBe(8000);
    expect(samples.shape).toEqual([3428, 1]);
    const loudest = samples.abs().max().item();
    expect(loudest).toBeLessThan(1);
    expect(loudest).toBeGreaterThan(0.02);
  });

  test.each([
    ["8 bits", 1, 8, Uint8Array.of(0, 128, 192)],
    ["16 bits", 1, 16, new Uint8Array(Int16Array.of(-32768, 0, 16384).buffer)],
    ["24 bits", 1, 24, Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40)],
    ["32 bits", 1, 32, new Uint8Array(Int32Array.of(-2147483648, 0, 1073741824).buffer)],
    ["floating point", 3, 32, new Uint8Array(Float32Array.of(-1, 0, 0.5).buffer)],
    ["floating point of 64 bits", 3, 64, new Uint8Array(Float64Array.of(-1, 0, 0.5).buffer)],
  ] as const)("%s", (_, kind, bits, data) => {
    expect([...decodeWav(wav(kind, bits, 1, data)).samples.data()]).toEqual([-1, 0, 0.5]);
  });

  test("two channels side by side", () => {
    const data = new Uint8Array(Int16Array.of(0, 16384, -16384, 0).buffer);
    expect(decodeWav(wav(1, 16, 2, data)).samples.toArray()).toEqual([
      [0, 0.5],
      [-0.5, 0],
    ]);
  });
});
