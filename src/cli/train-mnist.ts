/** `nabla train mnist`: the article's network on the article's data. */
import { writeFile } from "node:fs/promises";
import { sqrt } from "../core/math.ts";
import { formatTable } from "../core/table.ts";
import { mnist } from "../datasets/index.ts";
import {
  accuracy,
  classify,
  confusionMatrix,
  crossEntropy,
  type Dataset,
  engine,
  evaluate,
  Flatten,
  fit,
  type History,
  Linear,
  type MathMode,
  precision,
  Rescale,
  recall,
  relu,
  Sequential,
  save,
  sgd,
  split,
  weightsHash,
  xavierUniform,
} from "../index.ts";
import { drawImage } from "../report/image.ts";
import { checkWritable } from "./files.ts";
import { interrupted, type Keeping, keptIn } from "./interrupt.ts";

export type TrainMnistOptions = Keeping & {
  epochs: number;
  batchSize: number;
  seed: number;
  data?: string;
  out: string;
  json?: string;
};

/** What `--json` writes. */
type Report = {
  trainAccuracy: number;
  testAccuracy: number;
  epochs: { loss: number; seconds: number }[];
  seconds: number;
  threads: number;
  math: MathMode;
  simd: string;
  node: string;
  weightsSha256: string;
  confusionMatrix: readonly (readonly number[])[];
};

const PIXELS = 784;
const HIDDEN = 50;
const CLASSES = 10;
/** scikit-learn's `alpha`: alpha · W / batch size is added to the gradient of the weights. */
const ALPHA = 1e-4;

/** What `MLPClassifier(hidden_layer_sizes=(50,), solver='sgd', learning_rate_init=.1)` trains, with its first values. */
function network(): Sequential {
  const options = (inputs: number, outputs: number) => {
    // Biases are drawn within the weights' bound √(6 / (in + out)), as scikit-learn has it.
    const bound = sqrt(6 / (inputs + outputs));
    return { init: xavierUniform, biasInit: (draw, shape) => draw.uniform(shape, -bound, bound) } satisfies ConstructorParameters<
      typeof Linear
    >[2];
  };
  return new Sequential(
    new Rescale(1 / 255),
    new Flatten(),
    new Linear(PIXELS, HIDDEN, options(PIXELS, HIDDEN)),
    relu,
    new Linear(HIDDEN, CLASSES, options(HIDDEN, CLASSES)),
  );
}

async function train(model: Sequential, data: Dataset, options: TrainMnistOptions): Promise<History> {
  const { epochs, batchSize, seed } = options;
  return fit(model, data, {
    ...keptIn(options),
    loss: crossEntropy,
    optimizer: sgd({
      lr: 0.1,
      momentum: 0.9,
      nesterov: true,
      weightDecay: ALPHA / batchSize,
      groups: [{ match: /bias$/, weightDecay: 0 }],
    }),
    epochs,
    batchSize,
    seed,
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function showDigit(model: Sequential, test: Dataset): void {
  const [image, truth] = [test.x.slice(0, 1), test.y.slice(0, 1).item()];
  const { label, confidence } = classify(model, image)[0]!;
  console.log(`\n${drawImage(image)}\n\na test digit: a ${truth}, predicted ${label} with confidence ${percent(confidence)}`);
}

/** Trains, measures, prints, saves. */
export async function trainMnist(options: TrainMnistOptions): Promise<void> {
  await checkWritable(options.out, "train: --out");
  const data = await mnist(options.data ? { folder: options.data } : {});
  const { train: trainData, test } = split(data, { train: 0.8, test: 0.2 }, { seed: options.seed });
  console.log(
    `MNIST: ${trainData.x.shape[0]} digits to train, ${test.x.shape[0]} to test · batch ${options.batchSize} · ${options.epochs} epochs`,
  );
  const model = network();
  const history = await train(model, trainData, options);
  if (interrupted()) return;
  const metrics = { accuracy, confusionMatrix, precision, recall };
  const onTrain = await evaluate(model, trainData, { accuracy });
  const onTest = await evaluate(model, test, metrics);
  const seconds = history.seconds.reduce((sum, value) => sum + value, 0);
  console.log(
    `\ntrained in ${seconds.toFixed(2)} s\naccuracy  train ${percent(onTrain.accuracy)}  test ${percent(onTest.accuracy)}\n`,
  );
  console.log(String(onTest.confusionMatrix));
  const rows = onTest.precision.map((value, digit) => [String(digit), percent(value), percent(onTest.recall[digit]!)]);
  console.log(`\n${formatTable([["class", "precision", "recall"], ...rows], ["left", "right", "right"])}`);
  showDigit(model, test);
  const hash = await weightsHash(model);
  await save(model, options.out);
  console.log(`\nweights ${hash}\nsaved to ${options.out}`);
  if (!options.json) return;
  const { threads, math, simd } = engine();
  const report: Report = {
    trainAccuracy: onTrain.accuracy,
    testAccuracy: onTest.accuracy,
    epochs: history.loss.map((loss, i) => ({ loss, seconds: history.seconds[i]! })),
    seconds,
    threads,
    math,
    simd,
    node: process.version,
    weightsSha256: hash,
    confusionMatrix: onTest.confusionMatrix.counts,
  };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
