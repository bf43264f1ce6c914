/**
 * How long a timer of 16 ms waits while `fit` trains the article's network on MNIST: a page's frames, a server's requests.
 *
 *     node bench/event-loop.ts [epochs, default 20]
 */
import { mnist } from "../src/datasets/index.ts";
import { accuracy, crossEntropy, Flatten, fit, Linear, Rescale, relu, Sequential, sgd, split } from "../src/index.ts";

const PERIOD = 16;
const epochs = Number(process.argv[2] ?? 20);
const { train, test } = split(await mnist(), { train: 0.8, test: 0.2 }, { seed: 1 });
const model = new Sequential(new Rescale(1 / 255), new Flatten(), new Linear(784, 50), relu, new Linear(50, 10));

const delays: number[] = [];
let due = performance.now() + PERIOD;
const timer = setInterval(() => {
  const now = performance.now();
  delays.push(Math.max(0, now - due));
  due = now + PERIOD;
}, PERIOD);
const start = performance.now();
await fit(model, train, {
  loss: crossEntropy,
  optimizer: sgd({ lr: 0.1, momentum: 0.9, nesterov: true }),
  epochs,
  batchSize: 200,
  seed: 1,
  validation: test,
  metrics: { accuracy },
  verbose: false,
});
clearInterval(timer);
const seconds = (performance.now() - start) / 1000;
delays.sort((a, b) => a - b);
const quantile = (q: number): string => (delays[Math.min(delays.length - 1, Math.floor(q * delays.length))] ?? 0).toFixed(1);
console.log(
  `${delays.length} ticks in ${seconds.toFixed(1)} s: delay median ${quantile(0.5)} ms, 99th percentile ${quantile(0.99)} ms, largest ${quantile(1)} ms`,
);
