/** brain.js. A step is one pass over the four samples, whose error it takes each time; all its layers have the same activation. */
import { load, RATE, serve, XOR } from "./support/serve.mjs";

const STEPS = 100_000;
/** The first round: the loss to fall from. */
const FIRST_STEPS = 100;

/** It demands an error to stop at and a momentum above 0. */
const NEXT_TO_NOTHING = 1e-12;

async function xor() {
  const brain = await load("brain.js");
  const { NeuralNetwork } = brain.default ?? brain;
  const net = new NeuralNetwork({ hiddenLayers: [4], activation: "sigmoid" });
  const samples = XOR.x.map((input, i) => ({ input, output: XOR.y[i] }));
  const settings = { errorThresh: NEXT_TO_NOTHING, learningRate: RATE, momentum: NEXT_TO_NOTHING, keepNetworkIntact: true };
  let steps = FIRST_STEPS;
  return () => {
    const { error, iterations } = net.train(samples, { ...settings, iterations: steps });
    steps = STEPS;
    return { work: iterations, loss: error };
  };
}

await serve("brain.js", "brain.js", { xor });
