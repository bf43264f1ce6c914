/** convnetjs: plain JavaScript, sample by sample. It has no Adam, and dropout scales at prediction instead of at training. */
import { load, predictions, serve, shuffled, training, unit } from "./support/serve.mjs";

/** A whole epoch takes half a minute. */
const PART_OF_EPOCH = 0.05;

async function start() {
  const convnetjs = await load("convnetjs");
  return convnetjs.default ?? convnetjs;
}

/** A net with weights [in, out] and filters [kh, kw, in, out] that were given, in the order of its layers. */
function netOf({ Net }, definitions, weights) {
  const net = new Net();
  net.makeLayers(definitions);
  const layers = net.layers.filter(({ filters }) => filters);
  for (const [i, { filters, biases }] of layers.entries()) {
    const [{ data: weight }, { data: bias }] = weights[i];
    for (const [o, filter] of filters.entries())
      for (let k = 0; k < filter.w.length; ++k) filter.w[k] = weight[k * filters.length + o];
    for (const [o, value] of bias.entries()) biases.w[o] = value;
  }
  return net;
}

/** Rows of numbers as its volumes of width × width × depth. */
function volumes({ Vol }, x, width, depth) {
  const size = width * width * depth;
  return Array.from({ length: x.length / size }, (_, row) => {
    const volume = new Vol(width, width, depth, 0);
    volume.w.set(x.subarray(row * size, (row + 1) * size));
    return volume;
  });
}

const mlpNet = (library, { w1, b1, w2, b2 }) =>
  netOf(
    library,
    [
      { type: "input", out_sx: 1, out_sy: 1, out_depth: 784 },
      { type: "fc", num_neurons: 50, activation: "relu" },
      { type: "softmax", num_classes: 10 },
    ],
    [
      [w1, b1],
      [w2, b2],
    ],
  );

/** What is kept of dropout is not scaled: the weights behind it are. */
function cnnNet(library, { w1, b1, w2, b2, w3, b3 }, drop) {
  const dropout = drop ? [{ type: "dropout", drop_prob: drop }] : [];
  const scaled = { data: w3.data.map((weight) => weight / (1 - drop)) };
  return netOf(
    library,
    [
      { type: "input", out_sx: 28, out_sy: 28, out_depth: 1 },
      { type: "conv", sx: 3, filters: 32, stride: 1, pad: 0, activation: "relu" },
      { type: "pool", sx: 2, stride: 2 },
      { type: "conv", sx: 3, filters: 64, stride: 1, pad: 0, activation: "relu" },
      { type: "pool", sx: 2, stride: 2 },
      ...dropout,
      { type: "softmax", num_classes: 10 },
    ],
    [
      [w1, b1],
      [w2, b2],
      [scaled, b3],
    ],
  );
}

async function mnist({ batch, rate, momentum, alpha, given }) {
  const library = await start();
  const rows = volumes(library, unit(given.x.data), 1, 784);
  const net = mlpNet(library, given);
  const trainer = new library.Trainer(net, { learning_rate: rate, momentum, batch_size: batch, l2_decay: alpha });
  const part = Math.round((rows.length / batch) * PART_OF_EPOCH) * batch;
  const losses = [];
  return () => {
    let total = 0;
    for (const row of shuffled(rows.length).subarray(0, part)) total += trainer.train(rows[row], given.y.data[row]).cost_loss;
    const last = total / part;
    if (losses.length === 0) losses.push(last);
    return { calls: part / rows.length, losses, last };
  };
}

async function cnn({ batch, rate, drop, given }) {
  const library = await start();
  const images = volumes(library, unit(given.x.data), 28, 1);
  const trainer = new library.Trainer(cnnNet(library, given, drop), { method: "adagrad", learning_rate: rate, batch_size: batch });
  return training((number) => {
    let total = 0;
    for (let i = 0; i < batch; ++i) {
      const row = (number * batch + i) % images.length;
      total += trainer.train(images[row], given.y.data[row]).cost_loss;
    }
    return total / batch;
  });
}

/** Its loss is 2·(prediction − target)², and its gradient that of half the square. */
async function xor({ rate, given: { x, y, w1, b1, w2, b2 } }) {
  const library = await start();
  const net = netOf(
    library,
    [
      { type: "input", out_sx: 1, out_sy: 1, out_depth: 2 },
      { type: "fc", num_neurons: 4, activation: "tanh" },
      { type: "fc", num_neurons: 1, activation: "sigmoid" },
    ],
    [
      [w1, b1],
      [w2, b2],
    ],
  );
  net.layers.push(new library.RegressionLayer({ in_sx: 1, in_sy: 1, in_depth: 1, num_neurons: 1 }));
  const trainer = new library.Trainer(net, { learning_rate: 2 * rate, momentum: 0, batch_size: 4 });
  const samples = volumes(library, x.data, 1, 2).map((input, row) => [input, [y.data[row]]]);
  return training(() => {
    let total = 0;
    for (const [input, target] of samples) total += trainer.train(input, target).cost_loss / 2;
    return total / samples.length;
  });
}

/** Logarithms of the probabilities of its last layer. */
const predict = (netFor, width, depth) => async (job) => {
  const library = await start();
  const net = netFor(library, job.given);
  const { data } = job.given.x;
  return predictions(() => {
    const output = [];
    for (const row of volumes(library, data, width, depth)) for (const p of net.forward(row).w) output.push(Math.log(p));
    return output;
  });
};

const mlp = predict(mlpNet, 1, 784);
await serve(
  "convnetjs",
  "convnetjs",
  { mnist, cnn, xor, "predict-mlp": mlp, start: mlp, "predict-cnn": predict((library, given) => cnnNet(library, given, 0), 28, 1) },
  { mnist: "by 1/20 of an epoch, without Nesterov", cnn: "AdaGrad instead of Adam" },
);
