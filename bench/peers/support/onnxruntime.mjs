/** The article's and the convolutional network for either of ONNX Runtime's packages: one thread, sizes known when it loads. */
import { onnxModel } from "./onnx.mjs";
import { channelsFirst, filtersFirst, predictions } from "./serve.mjs";

const THREADS = { intraOpNumThreads: 1, interOpNumThreads: 1 };

async function predict({ InferenceSession, Tensor }, model, data, shape) {
  const session = await InferenceSession.create(model, THREADS);
  return predictions(async () => {
    const { y } = await session.run({ x: new Tensor("float32", data, shape) });
    return y.data;
  });
}

function mlp(library, { x, w1, b1, w2, b2 }) {
  const layers = [{ op: "Gemm", weights: ["w1", "b1"] }, { op: "Relu" }, { op: "Gemm", weights: ["w2", "b2"] }];
  return predict(library, onnxModel(layers, { w1, b1, w2, b2 }, x.shape, [x.shape[0], 10]), x.data, x.shape);
}

/** Channels first; with one channel the images are the same. */
function cnn(library, { x, w1, b1, w2, b2, w3, b3 }) {
  const pool = { op: "MaxPool", attributes: { kernel_shape: [2, 2], strides: [2, 2] } };
  const layers = [
    { op: "Conv", weights: ["w1", "b1"], attributes: { kernel_shape: [3, 3] } },
    { op: "Relu" },
    pool,
    { op: "Conv", weights: ["w2", "b2"], attributes: { kernel_shape: [3, 3] } },
    { op: "Relu" },
    pool,
    { op: "Flatten" },
    { op: "Gemm", weights: ["w3", "b3"] },
  ];
  const filters = ({ data, shape }) => ({ shape: [shape[3], shape[2], 3, 3], data: filtersFirst(data, shape) });
  const dense = { shape: w3.shape, data: channelsFirst(w3.data, 25, 64, 10) };
  const weights = { w1: filters(w1), b1, w2: filters(w2), b2, w3: dense, b3 };
  const rows = x.shape[0];
  return predict(library, onnxModel(layers, weights, [rows, 1, 28, 28], [rows, 10]), x.data, [rows, 1, 28, 28]);
}

/** @param start loads and configures the package */
export const jobsOf = (start) => {
  const predictMlp = async ({ given }) => mlp(await start(), given);
  return { "predict-mlp": predictMlp, start: predictMlp, "predict-cnn": async ({ given }) => cnn(await start(), given) };
};
