/**
 * TensorFlow.js, WebAssembly, as fast as hand-written loops of core ops make it: gradients by its tape, updates in place of variables,
 * fused products and convolutions for predictions.
 */
import { dirname } from "node:path";
import { load, locate, oneHot, predictions, rowsOf, serve, shuffled, training, unit } from "./support/serve.mjs";

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

const tensorsOf = (tf, given, names) => names.map((name) => tf.tensor(given[name].data, given[name].shape));
const variablesOf = (tf, given, names) => tensorsOf(tf, given, names).map((values, i) => tf.variable(values, true, names[i]));

/** Mean of −log softmax at the labels, which are rows of zeros with a single 1. */
function crossEntropy(tf, logits, labels) {
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const logProbability = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)));
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, logProbability), 1)));
}

/** A step: gradients of the loss by the variables, an update, the loss as a number. */
const stepping = (tf, variables, update, loss) =>
  training((number) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(number), variables);
      update(grads);
      return value.dataSync()[0];
    }),
  );

async function mnist({ batch, rate, momentum, alpha, given }) {
  const tf = await start();
  const [x, y] = [unit(given.x.data), given.y.data];
  const n = y.length;
  const parameters = variablesOf(tf, given, ["w1", "b1", "w2", "b2"]);
  const velocities = parameters.map(({ shape }) => tf.variable(tf.zeros(shape)));
  const [w1, b1, w2, b2] = parameters;
  const step = (index) =>
    tf.tidy(() => {
      const images = tf.tensor2d(rowsOf(x, 784, index), [index.length, 784]);
      const classes = index.map((row) => y[row]);
      const labels = tf.tensor2d(oneHot(classes, 10), [index.length, 10]);
      const { value, grads } = tf.variableGrads(() => {
        const hidden = tf.relu(tf.add(tf.matMul(images, w1), b1));
        return crossEntropy(tf, tf.add(tf.matMul(hidden, w2), b2), labels);
      }, parameters);
      parameters.forEach((parameter, i) => {
        const gradient = grads[parameter.name];
        const decayed = parameter.rank === 2 ? tf.add(gradient, tf.mul(parameter, alpha / batch)) : gradient;
        velocities[i].assign(tf.add(tf.mul(velocities[i], momentum), decayed));
        parameter.assign(tf.sub(parameter, tf.mul(tf.add(decayed, tf.mul(velocities[i], momentum)), rate)));
      });
      return value.dataSync()[0];
    });
  return training(() => {
    const order = shuffled(n);
    let total = 0;
    for (let at = 0; at < n; at += batch) {
      const index = order.subarray(at, at + batch);
      total += step(index) * index.length;
    }
    return total / n;
  });
}

async function xor({ rate, given }) {
  const tf = await start();
  const [x, y] = tensorsOf(tf, given, ["x", "y"]);
  const variables = variablesOf(tf, given, ["w1", "b1", "w2", "b2"]);
  const [w1, b1, w2, b2] = variables;
  const update = (grads) => {
    for (const variable of variables) variable.assign(tf.sub(variable, tf.mul(grads[variable.name], rate)));
  };
  return stepping(tf, variables, update, () => {
    const hidden = tf.tanh(tf.add(tf.matMul(x, w1), b1));
    return tf.mean(tf.square(tf.sub(tf.sigmoid(tf.add(tf.matMul(hidden, w2), b2)), y)));
  });
}

/** Steps by its own Adam. */
function withAdam(tf, { rate, beta1, beta2, eps }, variables, loss) {
  const optimizer = tf.train.adam(rate, beta1, beta2, eps);
  return stepping(tf, variables, (grads) => optimizer.applyGradients(grads), loss);
}

async function cnn(job) {
  const tf = await start();
  const { batch, drop, given } = job;
  const images = tf.split(tf.tensor(unit(given.x.data), given.x.shape), given.y.data.length / batch);
  const labels = tf.split(tf.tensor(oneHot(given.y.data, 10), [given.y.data.length, 10]), images.length);
  const variables = variablesOf(tf, given, ["w1", "b1", "w2", "b2", "w3", "b3"]);
  const [w1, b1, w2, b2, w3, b3] = variables;
  const halve = (x) => tf.maxPool(x, 2, 2, "valid");
  return withAdam(tf, job, variables, (number) => {
    const at = number % images.length;
    const first = halve(tf.relu(tf.add(tf.conv2d(images[at], w1, 1, "valid"), b1)));
    const second = halve(tf.relu(tf.add(tf.conv2d(first, w2, 1, "valid"), b2)));
    const kept = tf.dropout(tf.reshape(second, [batch, 1600]), drop);
    return crossEntropy(tf, tf.add(tf.matMul(kept, w3), b3), labels[at]);
  });
}

/** The products with the inputs of all steps at once, then step by step. */
async function lstm(job) {
  const tf = await start();
  const { given } = job;
  const [x] = tensorsOf(tf, given, ["x"]);
  const [rows, length, inputs] = x.shape;
  const labels = tf.tensor(oneHot(given.y.data, given.b.shape[0]), [rows, given.b.shape[0]]);
  const variables = variablesOf(tf, given, ["wx", "wh", "bx", "bh", "w", "b"]);
  const [wx, wh, bx, bh, w, b] = variables;
  const size = wh.shape[0];
  return withAdam(tf, job, variables, () => {
    const flat = tf.add(tf.add(tf.matMul(tf.reshape(x, [rows * length, inputs]), wx), bx), bh);
    const projected = tf.unstack(tf.reshape(flat, [rows, length, 4 * size]), 1);
    let h = tf.zeros([rows, size]);
    let c = tf.zeros([rows, size]);
    for (const input of projected) {
      const [i, f, g, o] = tf.split(tf.add(input, tf.matMul(h, wh)), 4, 1);
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return crossEntropy(tf, tf.add(tf.matMul(h, w), b), labels);
  });
}

const EPSILON = 1e-5;
const TRANSFORMER = ["wi", "bi", "wo", "bo", "w1", "b1", "w2", "b2", "g1", "h1", "g2", "h2"];

async function transformer(job) {
  const tf = await start();
  const { heads, given } = job;
  const [x, y] = tensorsOf(tf, given, ["x", "y"]);
  const [rows, length, size] = x.shape;
  const variables = variablesOf(tf, given, TRANSFORMER);
  const [wi, bi, wo, bo, w1, b1, w2, b2, g1, h1, g2, h2] = variables;
  const dense = (input, w, b) => tf.add(tf.matMul(input, w), b);
  const norm = (input, gain, shift) => {
    const { mean, variance } = tf.moments(input, -1, true);
    return tf.add(tf.mul(tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, EPSILON))), gain), shift);
  };
  const split = (input) => tf.transpose(tf.reshape(input, [rows, length, heads, size / heads]), [0, 2, 1, 3]);
  return withAdam(tf, job, variables, () => {
    const flat = tf.reshape(x, [rows * length, size]);
    const [q, k, v] = tf.split(dense(flat, wi, bi), 3, 1).map(split);
    const scores = tf.softmax(tf.mul(tf.matMul(q, k, false, true), Math.sqrt(heads / size)));
    const mixed = tf.reshape(tf.transpose(tf.matMul(scores, v), [0, 2, 1, 3]), [rows * length, size]);
    const attended = norm(tf.add(flat, dense(mixed, wo, bo)), g1, h1);
    const output = norm(tf.add(attended, dense(tf.relu(dense(attended, w1, b1)), w2, b2)), g2, h2);
    return tf.mean(tf.square(tf.sub(output, tf.reshape(y, [rows * length, size]))));
  });
}

async function predictMlp({ given }) {
  const tf = await start();
  const [w1, b1, w2, b2] = tensorsOf(tf, given, ["w1", "b1", "w2", "b2"]);
  const { data, shape } = given.x;
  return predictions(() =>
    tf.tidy(() => {
      const hidden = tf.fused.matMul({ a: tf.tensor(data, shape), b: w1, bias: b1, activation: "relu" });
      return tf.fused.matMul({ a: hidden, b: w2, bias: b2 }).dataSync();
    }),
  );
}

async function predictCnn({ given }) {
  const tf = await start();
  const [w1, b1, w2, b2, w3, b3] = tensorsOf(tf, given, ["w1", "b1", "w2", "b2", "w3", "b3"]);
  const { data, shape } = given.x;
  const halved = (x, filter, bias) =>
    tf.maxPool(tf.fused.conv2d({ x, filter, bias, strides: 1, pad: "valid", activation: "relu" }), 2, 2, "valid");
  return predictions(() =>
    tf.tidy(() => {
      const features = halved(halved(tf.tensor(data, shape), w1, b1), w2, b2);
      return tf.fused.matMul({ a: tf.reshape(features, [shape[0], 1600]), b: w3, bias: b3 }).dataSync();
    }),
  );
}

await serve("TensorFlow.js wasm", "@tensorflow/tfjs", {
  ...{ mnist, xor, cnn, lstm, transformer },
  ...{ "predict-mlp": predictMlp, "predict-cnn": predictCnn, start: predictMlp },
});
