/** The pages of docs are complete: each family's page names all its members, and the table of ops is the registry's. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as metrics from "../../../src/metrics/index.ts";
import * as initialisers from "../../../src/nn/initialisers.ts";
import { layers } from "../../../src/nn/kinds.ts";
import * as losses from "../../../src/nn/losses/index.ts";
import * as activations from "../../../src/ops/activations.ts";
import * as derivatives from "../../../src/ops/derivatives.ts";
import * as rules from "../../../src/optim/rules.ts";
import * as schedules from "../../../src/optim/schedules/index.ts";

const read = (page: string): string => readFileSync(`docs/${page}`, "utf8");
const exported = (module: object): string[] =>
  Object.entries(module).flatMap(([name, value]) => (/^[A-Z]/.test(name) && typeof value !== "function" ? [] : [name]));

const pages: Readonly<Record<string, readonly string[]>> = {
  "activations.md": exported(activations),
  "higher-order.md": [...exported(derivatives), "grad", "valueAndGrad", "gradients", "customGradient", "checkpoint", "noGrad"],
  "initialisers.md": exported(initialisers),
  "layers.md": Object.keys(layers),
  "losses.md": exported(losses),
  "metrics.md": exported(metrics).filter((name) => !/^[A-Z]/.test(name)),
  "optimizers.md": [
    ...exported(rules),
    ...exported(schedules),
    "lbfgs",
    "ema",
    "swa",
    "updateBn",
    "findLearningRate",
    "clipGradNorm",
  ],
};

describe.each(Object.entries(pages))("docs/%s", (page, names) => {
  const text = read(page);
  const programs = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program).join("\n");
  test("names every member, and has each in an example", () => {
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text.replaceAll(/```ts\n.*?```/gs, "")))).toEqual([]);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(programs))).toEqual([]);
  });
});

test("docs/ops.md is that of the definitions", () => {
  execFileSync(process.execPath, ["scripts/ops-table.ts", "--check"], { stdio: "pipe" });
});

test("the README leads to every page", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(
    ["attention.md", "conventions.md", "ops.md", "recurrent.md", ...Object.keys(pages)].filter(
      (page) => !readme.includes(`docs/${page}`),
    ),
  ).toEqual([]);
});
