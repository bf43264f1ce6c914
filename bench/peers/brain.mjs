/** brain.js. A step is one pass over the four samples, the error taken each time; it knows one activation for all layers: tanh's net learns XOR too. */
import { load, serve, versionOf, XOR } from "./support/serve.mjs";

const STEPS = 100_000;

async function xor() {
  const brain = await load("brain.js");
  const { NeuralNetwork } = brain.default ?? brain;
  const net = new NeuralNetwork({ hiddenLayers: [4], activation: "sigmoid" });
  const samples = XOR.x.map((input, i) => ({ input, output: XOR.y[i] }));
  let steps = 100;
  return () => {
    const { error, iterations } = net.train(samples, { iterations: steps, errorThresh: 0, learningRate: 0.1, momentum: 0, keepNetworkIntact: true });
    steps = STEPS;
    return { work: iterations, loss: error };
  };
}

let name = "brain.js";
try {
  name += ` ${versionOf("brain.js")}`;
} catch {
  // `serve` says that it is missing.
}
await serve(name, { xor });
