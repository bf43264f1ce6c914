import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** A user's program: only what the package exports. */
const PROGRAM = `
import { compile, crossEntropy, engine, fit, Linear, predict, relu, Sequential, sgd, summary, type Tensor, tensor, weightsHash } from "nabla";
import { mnist } from "nabla/datasets";

const refused: string = await mnist({ folder: "nowhere" }).then(() => "", String);
const model = new Sequential(new Linear(2, 8), relu, new Linear(8, 2));
const data = { x: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y: tensor([0, 1, 1, 0]) };
const history = await fit(model, data, { loss: crossEntropy, optimizer: sgd({ lr: 0.1 }), epochs: 3, batchSize: 2, verbose: false });
const double = compile((x: Tensor) => x.add(x));
const sum: number = double([1, 2, 3]).sum().item();
// @ts-expect-error: a shape is a list
export const wrong = () => tensor([1]).reshape("2");
const shape: readonly number[] = predict(model, data.x).shape;
console.log(JSON.stringify({ refused, sum, shape, epochs: history.loss.length, rows: String(summary(model)).length > 0, hash: await weightsHash(model), simd: engine().simd }));
`;

const SETTINGS = {
  target: "ES2022",
  lib: ["ES2022", "DOM"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
};
const RESOLUTIONS = {
  bundler: { module: "ESNext", moduleResolution: "Bundler" },
  node16: { module: "Node16", moduleResolution: "Node16" },
};

const folder = mkdtempSync(join(tmpdir(), "nabla-package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: string[], cwd = folder): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  }
}

/** The Nodes to run on: the one that runs this, and Node 20 where scripts/test.ts names one. */
const nodes = Object.entries({ current: process.execPath, "20": process.env.NABLA_NODE20 }).filter(
  (entry): entry is [string, string] => Boolean(entry[1]),
);

describe("the packed package", () => {
  beforeAll(() => {
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], process.cwd());
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`]);
    mkdirSync(join(folder, "source"));
    writeFileSync(join(folder, "source/main.ts"), PROGRAM);
  }, 120_000);

  test.each(Object.entries(RESOLUTIONS))(
    "has types that fit, and a program that runs, with module resolution %s",
    (name, resolution) => {
      const config = { compilerOptions: { ...SETTINGS, ...resolution, rootDir: "source", outDir: name }, include: ["source"] };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
      run(join(process.cwd(), "node_modules/.bin/tsc"), ["-p", `${name}.json`]);
      for (const [version, node] of nodes) {
        const result = JSON.parse(run(node, [`${name}/main.js`]));
        expect(result).toMatchObject({
          sum: 12,
          shape: [4, 2],
          epochs: 3,
          rows: true,
          simd: version === "20" ? "strict" : "relaxed",
        });
        expect(result.refused).toMatch(/^FormatError|^ValueError/);
      }
    },
  );

  test("brings its command", () => {
    for (const [, node] of nodes) expect(run(node, ["node_modules/nabla/dist/cli.js", "--help"])).toContain("train");
  });

  test("holds no sources and no maps", () => {
    const files = readdirSync(join(folder, "node_modules/nabla"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /\.map$|(?<!\.d)\.ts$|(?:^|\/)(?:src|test|assembly)\//.test(name))).toEqual([]);
  });
});
