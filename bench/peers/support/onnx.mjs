/**
 * ONNX models as bytes: as much of the format's protocol buffers as a chain of layers needs.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the messages and the numbers of their fields.
 */
const IR_VERSION = 8;
const OPSET = 13;
const FLOAT = 1;
const INTS = 7;

function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

const number = (field, value) => Buffer.from([...varint(field * 8), ...varint(value)]);

/** A field of bytes, text or an inner message, which is a list of fields. */
function chunk(field, content) {
  const bytes = Array.isArray(content) ? Buffer.concat(content) : Buffer.from(content);
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

const tensor = (name, shape, { buffer, byteOffset, byteLength }) => [
  ...shape.map((size) => number(1, size)),
  number(2, FLOAT),
  chunk(8, name),
  chunk(9, new Uint8Array(buffer, byteOffset, byteLength)),
];

const valueInfo = (name, shape) => {
  const dimensions = shape.map((size) => chunk(1, [number(1, size)]));
  return [chunk(1, name), chunk(2, [chunk(1, [number(1, FLOAT), chunk(2, dimensions)])])];
};

const attribute = (name, values) => [chunk(1, name), ...values.map((value) => number(8, value)), number(20, INTS)];

const node = ({ op, inputs, attributes = {} }, output) => [
  ...inputs.map((name) => chunk(1, name)),
  chunk(2, output),
  chunk(4, op),
  ...Object.entries(attributes).map(([name, values]) => chunk(5, attribute(name, values))),
];

/**
 * A chain of nodes from `x` to `y`, each of which takes what the one before it gave, then weights by name.
 *
 * @param layers `{ op, weights: [names], attributes: { name: [whole numbers] } }`
 * @param weights `{ name: { shape, data: Float32Array } }`
 */
export function onnxModel(layers, weights, input, output) {
  const nodes = layers.map(({ op, weights: own = [], attributes }, i) => {
    const inputs = [i === 0 ? "x" : `x${i}`, ...own];
    return chunk(1, node({ op, inputs, attributes }, i === layers.length - 1 ? "y" : `x${i + 1}`));
  });
  const initializers = Object.entries(weights).map(([name, { shape, data }]) => chunk(5, tensor(name, shape, data)));
  const graph = [...nodes, chunk(2, "net"), ...initializers, chunk(11, valueInfo("x", input)), chunk(12, valueInfo("y", output))];
  return Buffer.concat([number(1, IR_VERSION), chunk(7, graph), chunk(8, [number(2, OPSET)])]);
}
