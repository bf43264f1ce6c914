/**
 * Characters of Shakespeare, one after the other: a small GPT or an LSTM, with a sample of what it writes.
 * node examples/shakespeare.ts --data tinyshakespeare.txt[.gz] [--model gpt|lstm] [--steps 2000] [--seed 1]
 *
 * The GPT has the size of nanoGPT's smallest: 4 layers, 4 heads, width 128, context 64, batch 12, 2,000 steps; 1.88 nats a character are
 * published for that.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  adamW,
  arange,
  compile,
  cosineAnnealingLR,
  crossEntropy,
  Embedding,
  gelu,
  init,
  LayerNorm,
  Linear,
  LSTM,
  type Mode,
  normal,
  random,
  type Tensor,
  TransformerEncoderLayer,
  tensor,
} from "nabla";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    model: { type: "string", default: "gpt" },
    steps: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
  },
});
if (!values.data) throw new Error("shakespeare: say where the text is — try --data tinyshakespeare.txt.gz");
const bytes = readFileSync(values.data);
const text = (values.data.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
const letters = [...new Set(text)].sort();
const ids = Int32Array.from(text, (letter) => letters.indexOf(letter));
const border = Math.floor(ids.length * 0.9);
const [CONTEXT, STEPS, SEED] = [64, Number(values.steps), Number(values.seed)];

class Gpt {
  readonly token = new Embedding(letters.length, 128, { init: normal(0, 0.02) });
  readonly position = new Embedding(CONTEXT, 128, { init: normal(0, 0.02) });
  readonly blocks = Array.from(
    { length: 4 },
    () => new TransformerEncoderLayer(128, 4, { dimFeedforward: 512, dropout: 0, activation: gelu, normFirst: true, causal: true }),
  );
  readonly norm = new LayerNorm(128);
  readonly head = new Linear(128, letters.length, { bias: false, init: normal(0, 0.02) });
  forward(x: Tensor, mode: Mode): Tensor {
    let y = this.token.forward(x).add(this.position.forward(arange(x.shape[1]!)));
    for (const block of this.blocks) y = block.forward(y, mode);
    return this.head.forward(this.norm.forward(y));
  }
}

class Recurrent {
  readonly token = new Embedding(letters.length, 64);
  readonly lstm = new LSTM(64, 256);
  readonly head = new Linear(256, letters.length);
  forward(x: Tensor, mode: Mode): Tensor {
    return this.head.forward(this.lstm.forward(this.token.forward(x), mode));
  }
}

const lstm = values.model === "lstm";
const model = init(lstm ? new Recurrent() : new Gpt(), { seed: SEED });
const BATCH = lstm ? 32 : 12;
const optimizer = adamW({
  lr: lstm ? 3e-3 : 1e-3,
  betas: [0.9, 0.99],
  weightDecay: 0.1,
  clipNorm: 1,
  groups: [{ match: /bias|norm/i, weightDecay: 0 }],
}).for(model);
const rate = cosineAnnealingLR(optimizer.lr, { tMax: STEPS, etaMin: 1e-4, by: "step" });

const step = compile((x: Tensor, y: Tensor) => {
  const loss = crossEntropy(model.forward(x, "train"), y);
  optimizer.minimize(loss);
  return loss;
});
const measure = compile((x: Tensor, y: Tensor) => crossEntropy(model.forward(x, "eval"), y));

/** Windows of the text at the given places, and the same a letter later. */
function windows(starts: readonly number[]): [Tensor, Tensor] {
  const at = (shift: number) =>
    tensor(Int32Array.from(starts.flatMap((start) => [...ids.subarray(start + shift, start + shift + CONTEXT)])), {
      shape: [starts.length, CONTEXT],
    });
  return [at(0), at(1)];
}

const draw = random(SEED);
const batch = (): [Tensor, Tensor] => windows([...draw.uniform([BATCH], 0, border - CONTEXT - 1).data()].map(Math.floor));

function validation(): number {
  const starts = Array.from({ length: Math.floor((ids.length - border - 1) / CONTEXT) }, (_, i) => border + i * CONTEXT);
  let total = 0;
  let count = 0;
  for (let i = 0; i + 64 <= starts.length; i += 64, ++count) total += measure(...windows(starts.slice(i, i + 64))).item();
  return total / count;
}

const begin = performance.now();
for (let i = 0; i < STEPS; ++i) {
  optimizer.lr = rate({ step: i, steps: STEPS, epoch: 0 });
  const loss = step(...batch());
  if ((i + 1) % 250 === 0)
    console.log(`step ${i + 1}  loss ${loss.item().toFixed(3)}  ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}
console.log(`validation loss ${validation().toFixed(3)} nats a character`);

const next = compile((x: Tensor) => model.forward(x, "eval"));
let written = "\n".repeat(CONTEXT);
for (let i = 0; i < 300; ++i) {
  const [x] = [
    tensor(
      Int32Array.from(written.slice(-CONTEXT), (letter) => letters.indexOf(letter)),
      { shape: [1, CONTEXT] },
    ),
  ];
  const chances = next(x)
    .slice(CONTEXT - 1, CONTEXT, 1)
    .mul(1 / 0.8)
    .softmax()
    .data();
  let rest = draw.uniform([1]).item();
  const letter = chances.findIndex((chance: number) => (rest -= chance) < 0);
  written += letters[Math.max(letter, 0)];
}
console.log(written.slice(CONTEXT));
