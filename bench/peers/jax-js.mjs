/** jax-js, WebAssembly: the whole step under `jit`. Its arrays are counted by hand: `.ref` where one is used again. */
import { BATCH, DECAY, glorot, load, MOMENTUM, RATE, readData, rowsOf, serve, shuffled, XOR } from "./support/serve.mjs";

const XOR_STEPS = 500;
const NAME = "@jax-js/jax";

async function start() {
  const jax = await load(NAME);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

async function mnist() {
  const { jit, nn, numpy: np, valueAndGrad } = await start();
  const { x, y } = readData();
  const n = y.length;
  const weights = (inputs, outputs) => np.array(glorot(inputs, outputs)).reshape([inputs, outputs]);
  let parameters = [weights(784, 50), np.zeros([50]), weights(50, 10), np.zeros([10])];
  let velocities = [[784, 50], [50], [50, 10], [10]].map((shape) => np.zeros(shape));
  const loss = ([w1, b1, w2, b2], images, labels) => {
    const hidden = nn.relu(np.matmul(images, w1).add(b1));
    const logits = np.matmul(hidden, w2).add(b2);
    return labels.mul(nn.logSoftmax(logits, -1)).sum(-1).mean().neg();
  };
  const step = jit((parameters, velocities, images, labels) => {
    const [value, gradients] = valueAndGrad(loss)(
      parameters.map((p) => p.ref),
      images,
      labels,
    );
    const moved = [];
    const kept = [];
    parameters.forEach((p, i) => {
      const d = p.ndim === 2 ? gradients[i].add(p.ref.mul(DECAY)) : gradients[i];
      const v = velocities[i].mul(MOMENTUM).add(d.ref);
      moved.push(p.sub(d.add(v.ref.mul(MOMENTUM)).mul(RATE)));
      kept.push(v);
    });
    return [value, moved, kept];
  });
  return () => {
    const order = shuffled(n);
    let total = 0;
    for (let at = 0; at < n; at += BATCH) {
      const index = order.subarray(at, at + BATCH);
      const images = np.array(rowsOf(x, 784, index)).reshape([index.length, 784]);
      const classes = new Float32Array(index.length * 10);
      index.forEach((row, i) => {
        classes[i * 10 + y[row]] = 1;
      });
      const labels = np.array(classes).reshape([index.length, 10]);
      const [value, moved, kept] = step(parameters, velocities, images, labels);
      [parameters, velocities] = [moved, kept];
      total += value.js() * index.length;
    }
    return { work: 1, loss: total / n };
  };
}

async function xor() {
  const { jit, nn, numpy: np, valueAndGrad } = await start();
  const x = np.array(XOR.x);
  const y = np.array(XOR.y);
  let parameters = [np.array(glorot(2, 4)).reshape([2, 4]), np.zeros([4]), np.array(glorot(4, 1)).reshape([4, 1]), np.zeros([1])];
  const loss = ([w1, b1, w2, b2], input, target) =>
    np.square(nn.sigmoid(np.matmul(np.tanh(np.matmul(input, w1).add(b1)), w2).add(b2)).sub(target)).mean();
  const step = jit((parameters, input, target) => {
    const [value, gradients] = valueAndGrad(loss)(
      parameters.map((p) => p.ref),
      input,
      target,
    );
    return [value, parameters.map((p, i) => p.sub(gradients[i].mul(RATE)))];
  });
  return () => {
    let last = 0;
    for (let i = 0; i < XOR_STEPS; ++i) {
      const [value, moved] = step(parameters, x.ref, y.ref);
      parameters = moved;
      last = value.js();
    }
    return { work: XOR_STEPS, loss: last };
  };
}

await serve("jax-js", NAME, { mnist, xor });
