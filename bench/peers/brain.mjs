/** brain.js. A step is one pass over the four samples, whose error it takes each time; all its layers have the same activation. */
import { load, serve } from "./support/serve.mjs";

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

await serve("brain.js", "brain.js", { xor }, { xor: "sigmoid throughout" });
