/** jax-js, WebAssembly: the whole step under `jit`. Its arrays are counted by hand: `.ref` where one is used again. */
import {
  channelsFirst,
  filtersFirst,
  load,
  oneHot,
  predictions,
  rowsOf,
  serve,
  shuffled,
  training,
  unit,
} from "./support/serve.mjs";

const NAME = "@jax-js/jax";

async function start() {
  const jax = await load(NAME);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

const arraysOf = (np, given, names) => names.map((name) => np.array(given[name].data).reshape(given[name].shape));
const refs = (arrays) => arrays.map((array) => array.ref);

/** Mean of −log softmax at the labels, which are rows of zeros with a single 1. */
const crossEntropy = ({ nn }, logits, labels) => labels.mul(nn.logSoftmax(logits, -1)).sum(-1).mean().neg();

async function mnist({ batch, rate, momentum, alpha, given }) {
  const jax = await start();
  const { jit, nn, numpy: np, valueAndGrad } = jax;
  const [x, y] = [unit(given.x.data), given.y.data];
  const n = y.length;
  let parameters = arraysOf(np, given, ["w1", "b1", "w2", "b2"]);
  let velocities = parameters.map(({ shape }) => np.zeros(shape));
  const loss = ([w1, b1, w2, b2], images, labels) => {
    const hidden = nn.relu(np.matmul(images, w1).add(b1));
    return crossEntropy(jax, np.matmul(hidden, w2).add(b2), labels);
  };
  const step = jit((parameters, velocities, images, labels) => {
    const [value, gradients] = valueAndGrad(loss)(refs(parameters), images, labels);
    const moved = [];
    const kept = [];
    parameters.forEach((p, i) => {
      const d = p.ndim === 2 ? gradients[i].add(p.ref.mul(alpha / batch)) : gradients[i];
      const v = velocities[i].mul(momentum).add(d.ref);
      moved.push(p.sub(d.add(v.ref.mul(momentum)).mul(rate)));
      kept.push(v);
    });
    return [value, moved, kept];
  });
  return training(() => {
    const order = shuffled(n);
    let total = 0;
    for (let at = 0; at < n; at += batch) {
      const index = order.subarray(at, at + batch);
      const images = np.array(rowsOf(x, 784, index)).reshape([index.length, 784]);
      const classes = index.map((row) => y[row]);
      const labels = np.array(oneHot(classes, 10)).reshape([index.length, 10]);
      const [value, moved, kept] = step(parameters, velocities, images, labels);
      [parameters, velocities] = [moved, kept];
      total += value.js() * index.length;
    }
    return total / n;
  });
}

async function xor({ rate, given }) {
  const { jit, nn, numpy: np, valueAndGrad } = await start();
  const [x, y, ...first] = arraysOf(np, given, ["x", "y", "w1", "b1", "w2", "b2"]);
  let parameters = first;
  const loss = ([w1, b1, w2, b2], input, target) =>
    np.square(nn.sigmoid(np.matmul(np.tanh(np.matmul(input, w1).add(b1)), w2).add(b2)).sub(target)).mean();
  const step = jit((parameters, input, target) => {
    const [value, gradients] = valueAndGrad(loss)(refs(parameters), input, target);
    return [value, parameters.map((p, i) => p.sub(gradients[i].mul(rate)))];
  });
  return training(() => {
    const [value, moved] = step(parameters, x.ref, y.ref);
    parameters = moved;
    return value.js();
  });
}

/**
 * Steps by Adam (Kingma & Ba 2015, Algorithm 1) under `jit`. `inputs(number)` are arrays that the step of that number may use up.
 */
function withAdam({ jit, numpy: np, valueAndGrad }, { rate, beta1, beta2, eps }, first, loss, inputs) {
  let parameters = first;
  let means = first.map(({ shape }) => np.zeros(shape));
  let squares = first.map(({ shape }) => np.zeros(shape));
  const step = jit((parameters, means, squares, one, two, ...inputs) => {
    const [value, gradients] = valueAndGrad(loss)(refs(parameters), ...inputs);
    const moved = [];
    const m = means.map((mean, i) => mean.mul(beta1).add(gradients[i].ref.mul(1 - beta1)));
    const v = squares.map((square, i) => square.mul(beta2).add(np.square(gradients[i]).mul(1 - beta2)));
    parameters.forEach((p, i) => {
      const root = np.sqrt(v[i].ref.div(two.ref)).add(eps);
      moved.push(p.sub(m[i].ref.div(one.ref).div(root).mul(rate)));
    });
    return [value, moved, m, v];
  });
  return training((number) => {
    const corrections = [beta1, beta2].map((beta) => np.array(1 - beta ** (number + 1)));
    const [value, moved, m, v] = step(parameters, means, squares, ...corrections, ...inputs(number));
    [parameters, means, squares] = [moved, m, v];
    return value.js();
  });
}

/** Channels first, as its convolution has them; with one channel the images are the same. */
function cnnParameters(np, given) {
  const filters = [given.w1, given.w2].map(({ data, shape }) => {
    const [kh, kw, inputs, outputs] = shape;
    return np.array(filtersFirst(data, shape)).reshape([outputs, inputs, kh, kw]);
  });
  const dense = np.array(channelsFirst(given.w3.data, 25, 64, 10)).reshape([1600, 10]);
  const [b1, b2, b3] = ["b1", "b2", "b3"].map((name) => np.array(given[name].data));
  return [filters[0], b1, filters[1], b2, dense, b3];
}

/** What comes out of the second pooling, [n, 1600]. */
function features({ lax, nn, numpy: np }, x, w1, b1, w2, b2) {
  const block = (input, w, b, channels) => {
    const y = nn.relu(lax.conv(input, w, [1, 1], "VALID").add(b.reshape([1, channels, 1, 1])));
    return lax.reduceWindow(y, np.max, [2, 2], [2, 2]);
  };
  const found = block(block(x, w1, b1, 32), w2, b2, 64);
  return found.reshape([found.shape[0], 1600]);
}

async function cnn(job) {
  const jax = await start();
  const { numpy: np, random } = jax;
  const { batch, drop, given } = job;
  const batches = given.y.data.length / batch;
  const part = (data, number) => data.slice((number * data.length) / batches, ((number + 1) * data.length) / batches);
  const x = unit(given.x.data);
  const images = Array.from({ length: batches }, (_, i) => np.array(part(x, i)).reshape([batch, 1, 28, 28]));
  const labels = Array.from({ length: batches }, (_, i) => np.array(oneHot(part(given.y.data, i), 10)).reshape([batch, 10]));
  const loss = ([w1, b1, w2, b2, w3, b3], images, kept, labels) => {
    const found = features(jax, images, w1, b1, w2, b2).mul(kept);
    return crossEntropy(jax, np.matmul(found, w3).add(b3), labels);
  };
  return withAdam(jax, job, cnnParameters(np, given), loss, (number) => {
    const at = number % batches;
    const kept = np.where(random.bernoulli(random.key(number), 1 - drop, [batch, 1600]), 1 / (1 - drop), 0);
    return [images[at].ref, kept, labels[at].ref];
  });
}

async function lstm(job) {
  const jax = await start();
  const { nn, numpy: np } = jax;
  const { given } = job;
  const [x] = arraysOf(np, given, ["x"]);
  const [rows, length, inputs] = x.shape;
  const classes = given.b.shape[0];
  const size = given.wh.shape[0];
  const labels = np.array(oneHot(given.y.data, classes)).reshape([rows, classes]);
  const loss = ([wx, wh, bx, bh, w, b], x, labels) => {
    const flat = np
      .matmul(x.reshape([rows * length, inputs]), wx)
      .add(bx)
      .add(bh);
    const projected = flat.reshape([rows, length, 4 * size]);
    let h = np.zeros([rows, size]);
    let c = np.zeros([rows, size]);
    for (let t = 0; t < length; ++t) {
      const gates = projected.ref.slice([], t).add(np.matmul(h, wh.ref));
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.ref.slice([], [k * size, (k + 1) * size]));
      gates.dispose();
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    for (const spent of [projected, wh, c]) spent.dispose();
    return crossEntropy(jax, np.matmul(h, w).add(b), labels);
  };
  return withAdam(jax, job, arraysOf(np, given, ["wx", "wh", "bx", "bh", "w", "b"]), loss, () => [x.ref, labels.ref]);
}

const EPSILON = 1e-5;
const TRANSFORMER = ["wi", "bi", "wo", "bo", "w1", "b1", "w2", "b2", "g1", "h1", "g2", "h2"];

async function transformer(job) {
  const jax = await start();
  const { nn, numpy: np } = jax;
  const { heads, given } = job;
  const [x, y] = arraysOf(np, given, ["x", "y"]);
  const [rows, length, size] = x.shape;
  const dense = (input, w, b) => np.matmul(input, w).add(b);
  const norm = (input, gain, shift) => nn.standardize(input, -1, { epsilon: EPSILON }).mul(gain).add(shift);
  const split = (input) => input.reshape([rows, length, heads, size / heads]);
  const loss = ([wi, bi, wo, bo, w1, b1, w2, b2, g1, h1, g2, h2], x, y) => {
    const flat = x.reshape([rows * length, size]);
    const projected = dense(flat.ref, wi, bi);
    const [q, k, v] = [0, 1, 2].map((i) => split(projected.ref.slice([], [i * size, (i + 1) * size])));
    projected.dispose();
    const mixed = nn.dotProductAttention(q, k, v).reshape([rows * length, size]);
    const attended = norm(flat.add(dense(mixed, wo, bo)), g1, h1);
    const output = norm(attended.ref.add(dense(nn.relu(dense(attended, w1, b1)), w2, b2)), g2, h2);
    return np.square(output.sub(y.reshape([rows * length, size]))).mean();
  };
  return withAdam(jax, job, arraysOf(np, given, TRANSFORMER), loss, () => [x.ref, y.ref]);
}

async function predictMlp({ given }) {
  const { jit, nn, numpy: np } = await start();
  const weights = arraysOf(np, given, ["w1", "b1", "w2", "b2"]);
  const net = jit((x, w1, b1, w2, b2) => np.matmul(nn.relu(np.matmul(x, w1).add(b1)), w2).add(b2));
  const { data, shape } = given.x;
  return predictions(() => net(np.array(data).reshape(shape), ...refs(weights)).dataSync());
}

async function predictCnn({ given }) {
  const jax = await start();
  const { jit, numpy: np } = jax;
  const weights = cnnParameters(np, given);
  const net = jit((x, w1, b1, w2, b2, w3, b3) => np.matmul(features(jax, x, w1, b1, w2, b2), w3).add(b3));
  const { data, shape } = given.x;
  return predictions(() => net(np.array(data).reshape([shape[0], 1, 28, 28]), ...refs(weights)).dataSync());
}

await serve("jax-js", NAME, {
  ...{ mnist, xor, cnn, lstm, transformer },
  ...{ "predict-mlp": predictMlp, "predict-cnn": predictCnn, start: predictMlp },
});
