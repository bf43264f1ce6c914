/** What a user's bundler makes of the built package: how large it is, and that it runs. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import { beforeAll, describe, expect, test } from "vitest";

/** Inside the project, where `import "nabla"` means the project itself. */
const FOLDER = "build/bundles";
/** Define a multi-layer perceptron, train it, predict: minified, with gzip, both binaries inside. */
const BUDGET = 64_400;

const MLP = `
import { configure, crossEntropy, engine, fit, Linear, predict, relu, Sequential, sgd, tensor } from "nabla";
configure({ math: "strict" });
const model = new Sequential(new Linear(2, 8), relu, new Linear(8, 2));
const data = { x: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y: tensor([0, 1, 1, 0]) };
const history = await fit(model, data, { loss: crossEntropy, optimizer: sgd({ lr: 0.1 }), epochs: 3, batchSize: 2, verbose: false });
console.log(JSON.stringify({ loss: history.loss.map(Math.fround), shape: predict(model, data.x).shape, simd: engine().simd }));
`;
/** Kernels of families outside the core. */
const IMAGES = `
import { configure, conv2d, layerNorm, maxPool2d, ones } from "nabla";
configure({ math: "strict" });
const y = maxPool2d(conv2d(ones([2, 8, 8, 3]), ones([3, 3, 3, 4])), 2);
console.log(JSON.stringify({ shape: y.shape, sum: y.sum().item(), norm: layerNorm(y).abs().max().item() }));
`;

/** Files of estimators: with the one that the program names, and without. */
const ESTIMATORS = `
import { configure, decodeModel, encodeModel, Perceptron } from "nabla";
configure({ math: "strict" });
const fitted = await new Perceptron().fit([[-2], [-1], [1], [2]], ["low", "low", "high", "high"]);
const bytes = encodeModel(fitted);
let refused = "";
try {
  decodeModel(bytes);
} catch (error) {
  refused = error.message;
}
console.log(JSON.stringify({ labels: decodeModel(bytes, new Perceptron()).predict([[3], [-3]]), refused }));
`;

const bundlers: Record<string, (entry: string, out: string) => Promise<void>> = {
  async esbuild(entry, out) {
    await esbuild({ entryPoints: [entry], outfile: out, bundle: true, minify: true, format: "esm", logLevel: "error" });
  },
  async vite(entry, out) {
    await vite({
      configFile: false,
      logLevel: "error",
      build: {
        rollupOptions: { input: entry, output: { entryFileNames: basename(out) } },
        outDir: dirname(out),
        emptyOutDir: false,
        modulePreload: false,
        target: "es2022",
      },
    });
  },
};

const nodes = [process.execPath, process.env.NABLA_NODE20].filter((node): node is string => Boolean(node));

function run(file: string): unknown[] {
  return nodes.map((node) => JSON.parse(execFileSync(node, [resolve(file)], { encoding: "utf8" })));
}

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/mlp.js`, MLP);
  writeFileSync(`${FOLDER}/images.js`, IMAGES);
  writeFileSync(`${FOLDER}/estimators.js`, ESTIMATORS);
});

describe.each(Object.entries(bundlers))("bundled by %s", (name, bundle) => {
  const out = (program: string): string => `${FOLDER}/${name}/${program}.mjs`;
  const binaries = readFileSync("src/wasm/binary.gen.ts", "utf8");
  const texts = [...binaries.matchAll(/export const (\w+) =/g)].map(([, name]) => name!);
  const packed = (text: string): string => binaries.match(new RegExp(`${text} = "(.*?)"`))![1]!;

  test("a perceptron trains, and weighs no more than it may", async () => {
    await bundle(`${FOLDER}/mlp.js`, out("mlp"));
    const [first, ...others] = run(out("mlp"));
    expect(first).toMatchObject({ shape: [4, 2], simd: "strict" });
    for (const other of others) expect(other).toEqual(first);
    const text = readFileSync(out("mlp"), "utf8");
    expect(texts.filter((name) => text.includes(packed(name)))).toEqual(["core", "sgdKernels", "unpacker"]);
    expect(gzipSync(text).length).toBeLessThanOrEqual(BUDGET);
  });

  test("ops bring their own kernels along, and no others", async () => {
    await bundle(`${FOLDER}/images.js`, out("images"));
    for (const result of run(out("images"))) expect(result).toMatchObject({ shape: [2, 3, 3, 4], sum: 2 * 9 * 4 * 27, norm: 0 });
    const text = readFileSync(out("images"), "utf8");
    for (const family of ["convolutionKernels", "poolKernels"]) expect(text).toContain(packed(family));
    for (const family of ["descentKernels", "linalgKernels"]) expect(text).not.toContain(packed(family));
  });

  test("estimators come from files into those that the program names; others are left out, which is said", async () => {
    await bundle(`${FOLDER}/estimators.js`, out("estimators"));
    for (const result of run(out("estimators")))
      expect(result).toEqual({
        labels: ["high", "low"],
        refused:
          "load: your bundler has left estimators out; got Perceptron — try load(path, new Perceptron(…)), of the same options",
      });
    expect(readFileSync(out("estimators"), "utf8")).not.toContain("hiddenLayerSizes");
  });
});

test("the package's entry is one file and what it shares with the others", () => {
  expect(readdirSync("dist").filter((file) => file.startsWith("index"))).toEqual(["index.js"]);
});
