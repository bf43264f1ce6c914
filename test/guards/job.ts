/** A small training job, the same wherever it runs: in Node, in a page, in a worker of a page. Nothing is imported. */
type Nabla = typeof import("../../src/index.ts");

/** Hash of the strict weights that seed 7 gives, on every machine, engine and number of threads. */
export const GOLDEN = "cec9025c680ee7394e81ac2e8845db4d85bbf7daf04cc9307cf01a8d747f0303";

const ROWS = 500;
const WIDTH = 14;
const CLASSES = 10;

/** Pictures of noise with a bright row where the label says, drawn by a linear congruential generator. */
function pictures(): { x: Uint8Array; y: Uint8Array } {
  const pixels = WIDTH * WIDTH;
  const x = new Uint8Array(ROWS * pixels);
  const y = new Uint8Array(ROWS);
  let state = 1;
  const draw = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  for (let row = 0; row < ROWS; ++row) {
    const label = draw() % CLASSES;
    y[row] = label;
    for (let i = 0; i < pixels; ++i) x[row * pixels + i] = Math.floor(i / WIDTH) === label ? 128 + (draw() >> 1) : draw() >> 1;
  }
  return { x, y };
}

/** Trains 196-50-10 for two epochs of 7 and a smaller batch; layers are large enough to be shared among threads. */
export async function trainJob(
  nabla: Nabla,
  seed: number,
): Promise<{ hash: string; loss: readonly number[]; threads: number; simd: string; reason: string }> {
  const { crossEntropy, engine, fit, Flatten, Linear, Rescale, relu, Sequential, sgd, tensor, weightsHash } = nabla;
  const { x, y } = pictures();
  const model = new Sequential(new Rescale(1 / 255), new Flatten(), new Linear(WIDTH * WIDTH, 50), relu, new Linear(50, CLASSES));
  const data = { x: tensor(x).reshape([ROWS, WIDTH, WIDTH, 1]), y: tensor(y) };
  const optimizer = sgd({ lr: 0.1, momentum: 0.9, nesterov: true });
  const { loss } = await fit(model, data, { loss: crossEntropy, optimizer, epochs: 2, batchSize: 64, seed, verbose: false });
  const { threads, simd, reason } = engine();
  return { hash: await weightsHash(model), loss, threads, simd, reason };
}
