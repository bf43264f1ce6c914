import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/core/errors.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { decodeSafetensors, encodeSafetensors, type NamedArray } from "../../src/io/safetensors.ts";

const WHERE = "load(x.safetensors)";

/** A file with this header, however wrong, and this many bytes of data. */
function file(header: unknown, dataBytes = 0, declared?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(declared ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** One array of four f32. */
const entry = (change: object = {}): object => ({ dtype: "F32", shape: [2, 2], data_offsets: [0, 16], ...change });

const arrays: NamedArray[] = [
  {
    name: "blocks.0.weight",
    dtype: "f32",
    shape: [2, 3],
    data: Float32Array.of(1.5, -0, Number.NaN, Infinity, -Infinity, 2 ** -149),
  },
  { name: "image", dtype: "u8", shape: [3, 1], data: Uint8Array.of(0, 128, 255) }, // leaves what follows unaligned
  { name: "labels", dtype: "i32", shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  { name: "quantised", dtype: "i8", shape: [1, 1, 2], data: Int8Array.of(-128, 127) },
  { name: "halves", dtype: "f16", shape: [3], data: Uint16Array.of(0x3c00, 0xfc00, 0x7e01) },
  { name: "empty", dtype: "f32", shape: [0, 4], data: new Float32Array(0) },
  { name: "1", dtype: "f32", shape: [], data: Float32Array.of(7) },
  { name: 'ünïcode "∇"\n', dtype: "f32", shape: [1], data: Float32Array.of(0.1) },
  { name: "toString", dtype: "u8", shape: [1], data: Uint8Array.of(9) },
];
const metadata = { format: "nabla", note: 'quotes " and ∂, and\nlines', constructor: "no harm" };

describe("round trip", () => {
  test("keeps types, shapes, bits, order and notes", () => {
    const decoded = decodeSafetensors(encodeSafetensors(arrays, metadata), WHERE);
    expect(decoded.metadata).toEqual(metadata);
    expect([...decoded.tensors.keys()]).toEqual(arrays.map(({ name }) => name));
    for (const { name, dtype, shape, data } of arrays) {
      const found = decoded.tensors.get(name)!;
      expect(found.dtype).toBe(dtype);
      expect(found.shape).toEqual(shape);
      expect(new Uint8Array(found.data.buffer)).toEqual(new Uint8Array(data.buffer));
    }
  });

  test("of nothing at all", () => {
    const bytes = encodeSafetensors([], {});
    expect(new TextDecoder().decode(bytes.subarray(8))).toBe("{}      ");
    expect(decodeSafetensors(bytes, WHERE)).toEqual({ tensors: new Map(), metadata: {} });
  });

  test("from a view that is not aligned, into arrays of their own", () => {
    const bytes = encodeSafetensors(arrays, metadata);
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    const { tensors } = decodeSafetensors(moved.subarray(3), WHERE);
    moved.fill(0);
    expect(tensors.get("labels")!.data).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
  });

  test("of views into larger arrays", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const { tensors } = decodeSafetensors(encodeSafetensors([{ name: "part", dtype: "f32", shape: [2], data }], {}), WHERE);
    expect(tensors.get("part")!.data).toEqual(Float32Array.of(2, 3));
  });

  test("from memory shared between threads", () => {
    const bytes = encodeSafetensors(arrays, metadata);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(decodeSafetensors(shared, WHERE)).toEqual(decodeSafetensors(bytes, WHERE));
  });
});

test("BF16 is read as the upper halves of f32, wherever it stands", () => {
  const header = {
    flag: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
    w: { dtype: "BF16", shape: [2, 2], data_offsets: [1, 9] },
  };
  const bytes = file(header, 9);
  bytes.set([7, 0x80, 0x3f, 0x20, 0xc1, 0x80, 0x7f, 0x01, 0x00], bytes.length - 9);
  const { dtype, shape, data } = decodeSafetensors(bytes, WHERE).tensors.get("w")!;
  expect([dtype, shape]).toEqual(["f32", [2, 2]]);
  expect(data).toEqual(Float32Array.of(1, -10, Infinity, 2 ** -133));
});

test("writes the bytes the format describes", () => {
  const bytes = encodeSafetensors([{ name: "w", dtype: "f32", shape: [2], data: Float32Array.of(1, 2) }], { a: "b" });
  const header = '{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  const length = Math.ceil(header.length / 8) * 8;
  expect(bytes).toEqual(
    Uint8Array.from([
      length,
      ...new Array(7).fill(0),
      ...new TextEncoder().encode(header.padEnd(length)),
      0,
      0,
      128,
      63,
      0,
      0,
      0,
      64,
    ]),
  );
});

test("reads arrays that the header lists in another order than the data", () => {
  const header = { b: { dtype: "U8", shape: [1], data_offsets: [1, 2] }, a: { dtype: "U8", shape: [1], data_offsets: [0, 1] } };
  const bytes = file(header, 2);
  bytes.set([5, 6], bytes.length - 2);
  expect([...decodeSafetensors(bytes, WHERE).tensors]).toMatchObject([
    ["a", { data: Uint8Array.of(5) }],
    ["b", { data: Uint8Array.of(6) }],
  ]);
});

describe("refuses to write", () => {
  const one = (change: Partial<NamedArray>): NamedArray[] => [
    { name: "w", dtype: "f32", shape: [1], data: Float32Array.of(1), ...change },
  ];
  test("names given twice or reserved", () => {
    expect(() => encodeSafetensors([...one({}), ...one({})], {})).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: encodeSafetensors: names differ from each other, from __metadata__ and from __proto__; got "w"]`,
    );
    expect(() => encodeSafetensors(one({ name: "__metadata__" }), {})).toThrow("names differ");
    expect(() => encodeSafetensors(one({ name: "__proto__" }), {})).toThrow("names differ");
  });
  test("arrays that are not as they say", () => {
    expect(() => encodeSafetensors(one({ shape: [2] }), {})).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: encodeSafetensors: "w" has 1 elements; got shape: [2]]`,
    );
    expect(() => encodeSafetensors(one({ dtype: "i32" }), {})).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: encodeSafetensors: "w" says i32; got f32]`,
    );
  });
  test("notes that are not text", () => {
    const notes = { epochs: 3 } as unknown as Record<string, string>;
    expect(() => encodeSafetensors([], notes)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: encodeSafetensors: notes are text; got epochs: 3]`,
    );
  });
});

describe("refuses to read", () => {
  const whole = encodeSafetensors(arrays, metadata);
  const proto = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  const cases: [name: string, bytes: Uint8Array][] = [
    ["nothing", new Uint8Array(0)],
    ["half a length", whole.subarray(0, 5)],
    ["a header cut off", whole.subarray(0, 40)],
    ["a header longer than the file", file("{}", 0, 99)],
    ["a header of astronomical length", file("{}", 0, 2 ** 53 - 1)],
    ["text that is not JSON", file("{oops}")],
    ["a list for a header", file("[]")],
    ["no UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d)],
    ["data cut off", whole.subarray(0, whole.length - 1)],
    ["bytes after the data", Uint8Array.from([...whole, 0])],
    ["an array named __proto__", file(proto, 1)],
    ["a note named __proto__", file('{"__metadata__":{"__proto__":"x"}}')],
    ["notes that are no object", file({ __metadata__: ["x"] })],
    ["notes that are not text", file({ __metadata__: { a: 1 } })],
    ["an entry that is no object", file({ w: 1 })],
    ["an entry that is null", file({ w: null })],
    ["an unknown type", file({ w: entry({ dtype: "F64" }) }, 16)],
    ["a type that is no text", file({ w: entry({ dtype: ["F32"] }) }, 16)],
    ["no type", file({ w: { shape: [1], data_offsets: [0, 4] } }, 4)],
    ["a shape that is no list", file({ w: entry({ shape: "4" }) }, 16)],
    ["a negative extent", file({ w: entry({ shape: [-2, -2] }) }, 16)],
    ["half an extent", file({ w: entry({ shape: [1.5] }) }, 16)],
    ["an extent as text", file({ w: entry({ shape: ["4"] }) }, 16)],
    ["a huge extent", file({ w: entry({ shape: [2 ** 40] }) }, 16)],
    ["a product beyond any number", file({ w: entry({ shape: [...new Array(32).fill(2 ** 31 - 1)] }) }, 16)],
    ["too many axes", file({ w: entry({ shape: new Array(33).fill(1), data_offsets: [0, 4] }) }, 4)],
    ["one offset", file({ w: entry({ data_offsets: [16] }) }, 16)],
    ["a negative offset", file({ w: entry({ data_offsets: [-4, 12] }) }, 16)],
    ["an offset as text", file({ w: entry({ data_offsets: ["0", "16"] }) }, 16)],
    ["offsets that descend", file({ w: entry({ data_offsets: [16, 0] }) }, 16)],
    ["offsets beyond the file", file({ w: entry() }, 15)],
    ["a shape smaller than its bytes", file({ w: entry({ shape: [3] }) }, 16)],
    ["a shape larger than its bytes", file({ w: entry({ shape: [5] }) }, 16)],
    ["arrays that overlap", file({ v: entry(), w: entry({ data_offsets: [8, 24] }) }, 24)],
    ["one place for two", file({ v: entry(), w: entry() }, 16)],
    ["a gap between", file({ v: entry(), w: entry({ data_offsets: [20, 36] }) }, 36)],
    ["a gap before", file({ w: entry({ data_offsets: [4, 20] }) }, 20)],
    ["data without arrays", file({}, 4)],
    ["an array twice", file(`{"w":${JSON.stringify(entry())},"w":${JSON.stringify(entry())}}`, 16)],
    ["an array twice, once in escapes", file(`{"w":${JSON.stringify(entry())},"\\u0077" :${JSON.stringify(entry())}}`, 16)],
    ["a shape twice", file('{"w":{"dtype":"F32","shape":[1],"shape":[4],"data_offsets":[0,16]}}', 16)],
    ["a note twice", file('{"__metadata__":{"a":"{\\"","a":"2"}}')],
  ];
  test.each(cases)("%s", (_, bytes) => {
    let error: unknown;
    try {
      decodeSafetensors(bytes, WHERE);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toMatch(/^load\(x\.safetensors\): .+; got .+/);
    expect((error as FormatError).message.length).toBeLessThan(300);
  });

  test("and says why", () => {
    const messageOf = (bytes: Uint8Array) => {
      try {
        decodeSafetensors(bytes, WHERE);
      } catch (error) {
        return (error as Error).message;
      }
      return "no error";
    };
    const named = new Map(cases);
    const shown = [
      "a header cut off",
      "an unknown type",
      "a shape larger than its bytes",
      "arrays that overlap",
      "a gap between",
      "data cut off",
    ];
    expect(shown.map((name) => messageOf(named.get(name)!))).toMatchInlineSnapshot(`
      [
        "load(x.safetensors): the file is cut off: its header alone has 664 bytes; got 40 bytes in all",
        "load(x.safetensors): "w": element types known here are F32, I32, U8, I8, F16, BF16; got "F64"",
        "load(x.safetensors): "w": shape [5] of f32 takes 20 bytes; got 16",
        "load(x.safetensors): arrays must not overlap; another fills up to 16; got "w" at [8, 24)",
        "load(x.safetensors): there must be no gaps; the arrays before end at 16; got "w" at [20, 36)",
        "load(x.safetensors): "toString": data_offsets must lie within the 51 bytes of data; got [51,52]",
      ]
    `);
  });

  test("an astronomical product without trying to allocate it, zero among the extents or not", () => {
    const shape = [2 ** 31 - 1, 2 ** 31 - 1, 0];
    const { tensors } = decodeSafetensors(file({ w: entry({ shape, data_offsets: [0, 0] }) }), WHERE);
    expect(tensors.get("w")!.data.length).toBe(0);
  });
});

test("20000 files with changed bytes give a FormatError or something consistent, nothing else", () => {
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const whole = encodeSafetensors(arrays, metadata);
  const headerEnd = 8 + new DataView(whole.buffer).getUint32(0, true);
  const telling = new TextEncoder().encode('0123456789-.,:"[]{}eFIU8 \\');
  let refused = 0;
  for (let round = 0; round < 20000; ++round) {
    const bytes = whole.slice(0, random(20) === 0 ? random(whole.length) : whole.length);
    for (let change = 0; change <= random(3); ++change) {
      bytes[random(random(8) === 0 ? bytes.length : headerEnd)] = random(2) === 0 ? random(256) : telling[random(telling.length)]!;
    }
    try {
      const { tensors } = decodeSafetensors(bytes, WHERE);
      let total = 0;
      for (const { shape, data } of tensors.values()) {
        expect(data.length).toBe(sizeOf(shape));
        total += data.byteLength;
      }
      expect(total).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(5000);
  expect(refused).toBeLessThan(20000);
});
