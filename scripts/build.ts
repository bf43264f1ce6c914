/** Builds the package: the kernels, one bundle per entry with the binaries inside, types. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: "inherit" });
}

run(process.execPath, "scripts/wasm.ts");

rmSync("dist", { recursive: true, force: true });
/**
 * Every call that makes a constant of a module, marked as one that a user's bundler may leave out where nothing reads the constant:
 * ops, metrics, rules. esbuild writes the statements of modules, and nothing else, from the first column on.
 */
function withMarks(code: string): string {
  return code.replace(/^(var \w+ = )((?:new )?[\w.]+\()/gm, "$1/* @__PURE__ */ $2");
}

const library = await build({
  entryPoints: {
    index: "src/index.ts",
    datasets: "src/datasets/index.ts",
    readers: "src/readers/index.ts",
    report: "src/report/index.ts",
    text: "src/text/index.ts",
    cli: "src/cli/main.ts",
    "search-worker": "src/estimators/search-worker.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true, // the entries share one engine
  chunkNames: "chunk-[hash]",
  format: "esm",
  target: "es2022",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["@huggingface/tokenizers", "commander", "csv-parse", "fast-png", "fflate", "jpeg-js", "node:*"],
  legalComments: "none",
  logLevel: "warning",
  write: false,
});
mkdirSync("dist");
for (const { path, text } of library.outputFiles) writeFileSync(path, withMarks(text));
chmodSync("dist/cli.js", 0o755);
mkdirSync("dist/wasm", { recursive: true });
for (const name of ["strict", "relaxed", "strict.plain", "relaxed.plain"])
  copyFileSync(`build/${name}.wasm`, `dist/wasm/${name}.wasm`);
run("tsc", "-p", "tsconfig.types.json");

const bundle = await build({
  stdin: {
    contents: 'export { Sequential, Linear, relu, fit, sgd, crossEntropy, predict, tensor } from "./dist/index.js";',
    resolveDir: ".",
  },
  bundle: true,
  minify: true,
  format: "esm",
  write: false,
});
const minified = bundle.outputFiles[0]!.contents;
const size = (bytes: Uint8Array): string => `${bytes.length} bytes, ${gzipSync(bytes).length} with gzip`;
console.log(`an MLP program, minified: ${size(minified)}; the kernels: ${size(readFileSync("build/strict.wasm"))}`);
