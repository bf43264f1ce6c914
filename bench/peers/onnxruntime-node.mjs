/** ONNX Runtime's native binary. It predicts; it does not train. */
import { jobsOf } from "./support/onnxruntime.mjs";
import { load, serve } from "./support/serve.mjs";

const NAME = "onnxruntime-node";

async function start() {
  const library = await load(NAME);
  return library.default ?? library;
}

await serve("ONNX Runtime native", NAME, jobsOf(start));
