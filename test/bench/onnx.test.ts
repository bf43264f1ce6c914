import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

type Layer = { op: string; weights?: string[]; attributes?: Record<string, number[]> };
type Weights = Record<string, { shape: number[]; data: Float32Array }>;
type Onnx = { onnxModel(layers: Layer[], weights: Weights, input: number[], output: number[]): Uint8Array };

/** Adapters are plain JavaScript, without types. */
const { onnxModel } = (await import(pathToFileURL(resolve("bench/peers/support/onnx.mjs")).href)) as Onnx;

type Message = Record<number, (number | Uint8Array)[]>;

/** The fields of a message of protocol buffers by their numbers: varints, and bytes with their length. */
function fieldsOf(bytes: Uint8Array): Message {
  const fields: Message = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = (fields[tag >> 3] ??= []);
    if ((tag & 7) === 0) field.push(varint());
    else if ((tag & 7) === 2) {
      const length = varint();
      field.push(bytes.subarray(at, (at += length)));
    } else throw new Error(`wire type ${tag & 7}`);
  }
  return fields;
}

const inner = (message: Message, field: number, index = 0): Message => fieldsOf(message[field]![index] as Uint8Array);
const text = (value: unknown): string => new TextDecoder().decode(value as Uint8Array);

test("a chain of layers is a model that protocol buffers can read", () => {
  const weights = { w: { shape: [2, 100], data: Float32Array.from({ length: 200 }, (_, i) => i) } };
  const layers = [
    { op: "Gemm", weights: ["w"] },
    { op: "MaxPool", attributes: { strides: [2, 300] } },
  ];
  const model = fieldsOf(onnxModel(layers, weights, [1, 2], [1, 100]));
  expect(model[1]).toEqual([8]); // the format's version
  expect(inner(model, 8)[2]).toEqual([13]); // that of its operators
  const graph = inner(model, 7);
  const [product, pool] = [inner(graph, 1, 0), inner(graph, 1, 1)];
  expect([product[1]!.map(text), product[2]!.map(text), product[4]!.map(text)]).toEqual([["x", "w"], ["x1"], ["Gemm"]]);
  expect([pool[1]!.map(text), pool[2]!.map(text)]).toEqual([["x1"], ["y"]]);
  const strides = inner(pool, 5);
  expect([text(strides[1]![0]), strides[8], strides[20]]).toEqual(["strides", [2, 300], [7]]);
  const initializer = inner(graph, 5);
  expect([initializer[1], initializer[2], text(initializer[8]![0])]).toEqual([[2, 100], [1], "w"]);
  expect([...new Float32Array(Uint8Array.from(initializer[9]![0] as Uint8Array).buffer)]).toEqual([...weights.w.data]);
  expect([text(inner(graph, 11)[1]![0]), text(inner(graph, 12)[1]![0])]).toEqual(["x", "y"]);
});
