/** What programs leave behind when they are collected: nothing that later ones read. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { adam, compile, init, Linear, mse, random, Sequential, type Tensor, tensor } from "../../src/index.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** The norm of a step's gradients; behind a bias of three there is a gap, whose zeros count in it. */
function norm(): number {
  const model = init(new Sequential(new Linear(3, 3)), { seed: 1 });
  const optimizer = adam({ lr: 0.05, clipNorm: 0.1 }).for(model);
  const [x, y] = [random(2).normal([4, 3]), random(3).normal([4, 3])];
  compile(() => {
    const loss = mse(model.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  })();
  return optimizer.gradientNorm;
}

/** Large numbers in blocks as small as the gap's zeros are. */
function litter(): void {
  for (let i = 0; i < 40; ++i) {
    const large = tensor([1e9, 1e9, 1e9, 1e9]);
    compile((x: Tensor) => x.mul(large))(1);
  }
}

/** Collects what no frame holds any more, and lets its memory be freed. */
async function collected(): Promise<void> {
  for (let turn = 0; turn < 2; ++turn) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
}

test("norms are what they are when all programs before have been collected, and their memory has been used again", async () => {
  const norms = new Set<number>();
  for (let round = 0; round < 3; ++round) {
    norms.add(norm());
    await collected();
    litter();
    await collected();
  }
  expect([...norms]).toHaveLength(1);
});
