/** TensorFlow.js, WebAssembly, as fast as a hand-written loop of core ops makes it: gradients by its tape, updates in place of variables. */
import { dirname } from "node:path";
import { BATCH, DECAY, glorot, load, locate, MOMENTUM, RATE, readData, rowsOf, serve, shuffled, XOR } from "./support/serve.mjs";

const XOR_STEPS = 500;

async function start() {
  const tf = await load("@tensorflow/tfjs"); // registers the gradients, which the core alone leaves out
  const wasm = await load("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${dirname(locate("@tensorflow/tfjs-backend-wasm"))}/`);
  wasm.setThreadsCount(1);
  tf.enableProdMode();
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (!(await tf.setBackend("wasm"))) throw new Error("the wasm backend does not start");
  await tf.ready();
  return tf;
}

async function mnist() {
  const tf = await start();
  const { x, y } = readData();
  const n = y.length;
  const shapes = [[784, 50], [50], [50, 10], [10]];
  const parameters = shapes.map((shape, i) =>
    tf.variable(tf.tensor(shape.length === 2 ? glorot(...shape) : new Float32Array(shape[0]), shape), true, `p${i}`),
  );
  const velocities = shapes.map((shape) => tf.variable(tf.zeros(shape)));
  const [w1, b1, w2, b2] = parameters;
  const step = (index) =>
    tf.tidy(() => {
      const images = tf.tensor2d(rowsOf(x, 784, index), [index.length, 784]);
      const labels = tf
        .oneHot(
          tf.tensor1d(
            Int32Array.from(index, (row) => y[row]),
            "int32",
          ),
          10,
        )
        .cast("float32");
      const { value, grads } = tf.variableGrads(() => {
        const hidden = tf.relu(tf.add(tf.matMul(images, w1), b1));
        const logits = tf.add(tf.matMul(hidden, w2), b2);
        const shifted = tf.sub(logits, tf.max(logits, 1, true));
        const logProbability = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)));
        return tf.neg(tf.mean(tf.sum(tf.mul(labels, logProbability), 1)));
      }, parameters);
      parameters.forEach((parameter, i) => {
        const gradient = grads[parameter.name];
        const decayed = parameter.rank === 2 ? tf.add(gradient, tf.mul(parameter, DECAY)) : gradient;
        velocities[i].assign(tf.add(tf.mul(velocities[i], MOMENTUM), decayed));
        parameter.assign(tf.sub(parameter, tf.mul(tf.add(decayed, tf.mul(velocities[i], MOMENTUM)), RATE)));
      });
      return value.dataSync()[0];
    });
  return () => {
    const order = shuffled(n);
    let total = 0;
    for (let at = 0; at < n; at += BATCH) {
      const index = order.subarray(at, at + BATCH);
      total += step(index) * index.length;
    }
    return { work: 1, loss: total / n };
  };
}

async function xor() {
  const tf = await start();
  const x = tf.tensor2d(XOR.x);
  const y = tf.tensor2d(XOR.y);
  const shapes = [[2, 4], [4], [4, 1], [1]];
  const [w1, b1, w2, b2] = shapes.map((shape, i) => tf.variable(tf.randomUniform(shape, -0.7, 0.7), true, `p${i}`));
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const hidden = tf.tanh(tf.add(tf.matMul(x, w1), b1));
        return tf.mean(tf.square(tf.sub(tf.sigmoid(tf.add(tf.matMul(hidden, w2), b2)), y)));
      });
      for (const parameter of [w1, b1, w2, b2]) parameter.assign(tf.sub(parameter, tf.mul(grads[parameter.name], RATE)));
      return value.dataSync()[0];
    });
  return () => {
    let loss = 0;
    for (let i = 0; i < XOR_STEPS; ++i) loss = step();
    return { work: XOR_STEPS, loss };
  };
}

await serve("TensorFlow.js wasm", "@tensorflow/tfjs", { mnist, xor });
