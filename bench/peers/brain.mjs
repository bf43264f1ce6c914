/** brain.js. A step is one pass over the four samples, whose error it takes each time; all its layers have the same activation. */
import { load, predictions, serve } from "./support/serve.mjs";

/** It demands an error to stop at and a momentum above 0. */
const NEXT_TO_NOTHING = 1e-12;

async function start() {
  const brain = await load("brain.js");
  return (brain.default ?? brain).NeuralNetwork;
}

async function xor({ rate, given: { x, y } }) {
  const NeuralNetwork = await start();
  const net = new NeuralNetwork({ hiddenLayers: [4], activation: "sigmoid" });
  const samples = [0, 1, 2, 3].map((row) => ({ input: [...x.data.subarray(row * 2, row * 2 + 2)], output: [y.data[row]] }));
  const settings = { errorThresh: NEXT_TO_NOTHING, learningRate: rate, momentum: NEXT_TO_NOTHING, keepNetworkIntact: true };
  const losses = [];
  return (calls) => {
    const { error } = net.train(samples, { ...settings, iterations: calls });
    if (losses.length === 0) losses.push(error);
    return { losses, last: error };
  };
}

/** ReLU on the last layer too lets everything pass that is moved up so far. */
const ABOVE_ZERO = 100;

async function mlp({ given: { x, w1, b1, w2, b2 } }) {
  const NeuralNetwork = await start();
  const net = new NeuralNetwork({ activation: "relu" });
  net.sizes = [784, 50, 10];
  net.initialize();
  for (const [layer, weight, bias, above] of [
    [1, w1, b1, 0],
    [2, w2, b2, ABOVE_ZERO],
  ]) {
    const [inputs, outputs] = weight.shape;
    for (let o = 0; o < outputs; ++o) {
      net.biases[layer][o] = bias.data[o] + above;
      for (let i = 0; i < inputs; ++i) net.weights[layer][o][i] = weight.data[i * outputs + o];
    }
  }
  return predictions(() => {
    const output = [];
    for (let row = 0; row < x.shape[0]; ++row)
      for (const value of net.run(x.data.subarray(row * 784, (row + 1) * 784))) output.push(value - ABOVE_ZERO);
    return output;
  });
}

await serve("brain.js", "brain.js", { xor, "predict-mlp": mlp, start: mlp }, { xor: "sigmoid throughout" });
