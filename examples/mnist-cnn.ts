/**
 * A small convolutional network on MNIST or another data set of the same files, trained on the standard 60,000 images.
 * node examples/mnist-cnn.ts [--data FOLDER] [--seeds 3] [--epochs 10] [--dropout 0.5]
 *
 * The network is that of Keras' "simple convnet": conv 3×3×32, pool, conv 3×3×64, pool, dropout, dense; about 99 %.
 */
import { parseArgs } from "node:util";
import {
  accuracy,
  adam,
  Conv2d,
  cosineAnnealingLR,
  crossEntropy,
  Dropout,
  evaluate,
  Flatten,
  fit,
  heNormal,
  Linear,
  MaxPool2d,
  Rescale,
  relu,
  Sequential,
} from "nabla";
import { mnist } from "nabla/datasets";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    seeds: { type: "string", default: "3" },
    epochs: { type: "string", default: "10" },
    dropout: { type: "string", default: "0.5" },
  },
});
const TRAINING = 60_000;
const { x, y } = await mnist(values.data ? { folder: values.data } : {});
const train = { x: x.slice(0, TRAINING), y: y.slice(0, TRAINING) };
const test = { x: x.slice(TRAINING), y: y.slice(TRAINING) };

const found: number[] = [];
for (let seed = 1; seed <= Number(values.seeds); ++seed) {
  const model = new Sequential(
    new Rescale(1 / 255),
    ...[new Conv2d(1, 32, 3, { init: heNormal }), relu, new MaxPool2d(2)],
    ...[new Conv2d(32, 64, 3, { init: heNormal }), relu, new MaxPool2d(2)],
    ...[new Flatten(), new Dropout(Number(values.dropout)), new Linear(1600, 10)],
  );
  const epochs = Number(values.epochs);
  const lr = cosineAnnealingLR(2e-3, { tMax: epochs });
  await fit(model, train, { loss: crossEntropy, optimizer: adam({ lr }), epochs, batchSize: 64, seed });
  const { accuracy: reached } = await evaluate(model, test, { accuracy });
  found.push(reached);
  console.log(`seed ${seed}: test accuracy ${(reached * 100).toFixed(2)} %`);
}
const mean = found.reduce((a, b) => a + b, 0) / found.length;
console.log(`mean of ${found.length} seeds: ${(mean * 100).toFixed(2)} %`);
