/** What programs leave behind when they are collected: nothing that later ones read. */
import { expect, test } from "vitest";
import { adam, crossEntropy, fit, Linear, relu, Sequential, weightsHash } from "../../src/index.ts";
import { blobs } from "../support/problems.ts";

test("a training with a bound on its norm gives the same bits however many went before", async () => {
  const hashes = new Set<string>();
  // A bias of three has a gap behind it, whose zeros count in the norm.
  for (let i = 0; i < 200; ++i) {
    const model = new Sequential(new Linear(2, 8), relu, new Linear(8, 3));
    const optimizer = adam({ lr: 0.05, accumulate: 3, clipNorm: 0.5 });
    await fit(model, blobs(100), { loss: crossEntropy, optimizer, epochs: 2, batchSize: 16, seed: 5, verbose: false });
    hashes.add(await weightsHash(model));
  }
  expect([...hashes]).toHaveLength(1);
});
