import { afterEach, expect, test, vi } from "vitest";
import type { Compiled } from "../../src/graph/compile.ts";
import { listing } from "../../src/graph/listing.ts";
import {
  compile,
  crossEntropy,
  Flatten,
  fit,
  init,
  Linear,
  Rescale,
  relu,
  Sequential,
  sgd,
  type Tensor,
  zeros,
} from "../../src/index.ts";
import { engineOf } from "../../src/wasm/engine.ts";

/** Every function that was compiled. */
const compiled = vi.hoisted(() => [] as Compiled<never[], unknown>[]);
vi.mock(import("../../src/graph/compile.ts"), async (original) => {
  const actual = await original();
  const watched = ((f: never) => {
    const made = actual.compile(f);
    compiled.push(made);
    return made;
  }) as typeof actual.compile;
  return { ...actual, compile: watched };
});
afterEach(() => vi.restoreAllMocks());

const network = () => new Sequential(new Rescale(1 / 255), new Flatten(), new Linear(784, 50), relu, new Linear(50, 10));
const rule = sgd({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4, groups: [{ match: /bias$/, weightDecay: 0 }] });

test("a compiled step is one call into WASM and allocates nothing", () => {
  const model = init(network());
  const optimizer = rule.for(model);
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x, "train"), y);
    optimizer.minimize(loss);
    return loss;
  });
  const [x, y] = [zeros([200, 784]).add(100), zeros([200], "i32")];
  step(x, y);
  const engine = engineOf();
  const allocate = vi.spyOn(engine.heap, "allocate");
  const free = vi.spyOn(engine.heap, "free");
  const calls = engine.calls;
  for (let i = 0; i < 10; ++i) step(x, y);
  expect(engine.calls - calls).toBe(10);
  expect(allocate).not.toHaveBeenCalled();
  expect(free).not.toHaveBeenCalled();
});

test("the training step of the article's network is this program", async () => {
  compiled.length = 0;
  const data = { x: zeros([200, 28, 28, 1], "i32").cast("u8"), y: zeros([200], "i32").cast("u8") };
  await fit(network(), data, { loss: crossEntropy, optimizer: rule, epochs: 1, batchSize: 200, verbose: false });
  expect(compiled).toHaveLength(1);
  const program = listing(compiled[0]!).replace(/; \d+ bytes .*$/, ""); // each thread has memory of its own
  await expect(program).toMatchFileSnapshot("__snapshots__/mlp-step.txt");
});
