/** ONNX Runtime in WebAssembly. It predicts; it does not train. */
import { jobsOf } from "./support/onnxruntime.mjs";
import { load, serve } from "./support/serve.mjs";

const NAME = "onnxruntime-web";

async function start() {
  const library = await load(NAME);
  const { env, InferenceSession, Tensor } = library.default ?? library;
  env.wasm.numThreads = 1;
  return { InferenceSession, Tensor };
}

await serve("ONNX Runtime wasm", NAME, jobsOf(start));
