/** Training and use of models. */
import {
  adam,
  Conv2d,
  classify,
  crossEntropy,
  csvLog,
  Dropout,
  earlyStopping,
  type FitOptions,
  Flatten,
  fit,
  gradientMonitor,
  Linear,
  modelCheckpoint,
  mse,
  predict,
  Sequential,
  stepLR,
  tensor,
  zeros,
} from "../../../src/index.ts";
import type { Mistake } from "./mistake.ts";

export const network = (): Sequential => new Sequential(new Linear(2, 3));
const images = new Sequential(new Conv2d(1, 2, 3), new Flatten(), new Linear(2 * 6 * 6, 3));
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]); // biome-ignore format: one line
const labels = (...values: number[]) => tensor(Int32Array.from(values));
const y = labels(0, 1, 2, 0);

function trained(data: object, options: Partial<FitOptions> = {}, model = network()): Promise<unknown> {
  return fit(model, data as never, { loss: crossEntropy, optimizer: adam(), epochs: 1, verbose: false, ...options });
}

export const training: readonly Mistake[] = [
  ["no rows", () => trained({ x: zeros([0, 2]), y: labels() })],
  ["x and y of different length", () => trained({ x, y: labels(0, 1) })],
  ["no targets", () => trained({ x })],
  ["rows instead of data", () => trained([[1, 2]])],
  ["labels that start at 1", () => trained({ x, y: labels(1, 2, 3, 1) })],
  ["labels that are fractions", () => trained({ x, y: tensor([0, 0.5, 1, 0]) })],
  ["a negative label", () => trained({ x, y: labels(0, -1, 2, 0) })],
  ["one-hot targets of another width", () => trained({ x, y: tensor([[1, 0], [0, 1], [1, 0], [0, 1]]) })], // biome-ignore format: one line
  ["NaN in a cell", () => trained({ x: tensor([[0, 0], [0, Number.NaN], [1, 0], [1, 1]]), y })], // biome-ignore format: one line
  ["infinity in a target", () => trained({ x, y: tensor([0, 1, Infinity, 0]) }, { loss: mse }, new Sequential(new Linear(2, 1)))],
  ["rows of another width", () => trained({ x: zeros([4, 5]), y })],
  ["no loss", () => trained({ x, y }, { loss: undefined as never })],
  ["no optimizer", () => trained({ x, y }, { optimizer: undefined as never })],
  ["half an epoch", () => trained({ x, y }, { epochs: 0.5 })],
  ["a batch of no rows", () => trained({ x, y }, { batchSize: 0 })],
  ["all rows for validation", () => trained({ x, y }, { validation: 1 })],
  ["validation data without targets", () => trained({ x, y }, { validation: { x } as never })],
  ["weights of another length", () => trained({ x, y, weight: tensor([1, 2]) })],
  ["class weights for classes that there are not", () => trained({ x, y }, { classWeight: { 0: 1, 3: 5 } })],
  ["class weights by name", () => trained({ x, y, classes: ["a", "b", "c"] }, { classWeight: { a: 5 } as never })],
  ["more class weights than classes", () => trained({ x, y }, { classWeight: [1, 2, 3, 4] })],
  ["fewer class weights than classes", () => trained({ x, y }, { classWeight: [1, 2] })],
  ["an option of early stopping that there is not", () => earlyStopping({ patients: 3 } as object)],
  ["patience below 0", () => earlyStopping({ patience: -1 })],
  [
    "a quantity to watch that is not measured",
    () => trained({ x, y }, { callbacks: [earlyStopping({ monitor: "validationLoss" })] }),
  ],
  ["a model to keep without a path", () => modelCheckpoint({} as never)],
  ["a log without a path", () => csvLog(undefined as never)],
  ["a monitor's option that there is not", () => gradientMonitor({ step: 3 } as object)],
  ["steps of no length", () => stepLR(0.1, { stepSize: 0 })],
  ["a rate in words", () => adam({ lr: "0.1" as never })],
  ["numbers of classes unequal to outputs", () => trained({ x, y: labels(0, 1, 7, 0) })],
  ["a share of dropout above 1", () => new Dropout(1.5)],
  ["an image of another size", () => predict(images, zeros([1, 9, 9, 1]))],
  ["an image with channels first", () => predict(images, zeros([1, 1, 8, 8]))],
  ["a colour image for a grey network", () => classify(images, zeros([1, 8, 8, 3]))],
  ["words to predict", () => predict(network(), [["1", "2"]] as never)],
  ["ragged rows to predict", () => predict(network(), [[1, 2], [3]])],
  ["a checkpoint where no file can be", () => trained({ x, y }, { checkpoint: { path: "package.json/checkpoint.safetensors" } })],
  ["a checkpoint of something else", () => trained({ x, y }, { checkpoint: { path: "package.json", resume: true } })],
];
