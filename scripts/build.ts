/** Builds the package: bindings, the two WASM binaries, one bundle per entry with the binaries inside, types. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { unshared } from "../src/wasm/module.ts";

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: "inherit" });
}

run(process.execPath, "scripts/bind.ts");
for (const target of ["strict", "relaxed"]) run("asc", "--config", "asconfig.json", "--target", target);
run(process.execPath, "scripts/embed.ts");

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: { index: "src/index.ts", datasets: "src/datasets/index.ts", cli: "src/cli/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true, // the entries share one engine
  chunkNames: "chunk-[hash]",
  format: "esm",
  target: "es2022",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["commander", "node:*"],
  legalComments: "none",
  logLevel: "warning",
});
chmodSync("dist/cli.js", 0o755);
mkdirSync("dist/wasm", { recursive: true });
for (const target of ["strict", "relaxed"]) {
  copyFileSync(`build/${target}.wasm`, `dist/wasm/${target}.wasm`);
  writeFileSync(`dist/wasm/${target}.plain.wasm`, unshared(new Uint8Array(readFileSync(`build/${target}.wasm`))));
}
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
console.log(
  `wasm: strict ${statSync("build/strict.wasm").size} bytes, relaxed ${statSync("build/relaxed.wasm").size}; ` +
    `an MLP program, minified: ${minified.length} bytes, ${gzipSync(minified).length} with gzip; ` +
    `strict alone with gzip: ${gzipSync(readFileSync("build/strict.wasm")).length}`,
);
