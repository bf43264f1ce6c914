import { existsSync, statSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GOLDEN, type trainJob } from "../guards/job.ts";
import { runProgram } from "../guards/processes/programs.ts";
import { type Site, serve } from "./server.ts";

type Trained = Awaited<ReturnType<typeof trainJob>>;

/** Debian's. */
const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Left out where there is no Chromium, but never in continuous integration. */
const missing = !existsSync(CHROMIUM) && !process.env.CI;

let browser: Browser;
let hashInNode: string;
const sites: Record<string, Site> = {};

/** A page of the site, and all that its console says. */
async function open(site: "isolated" | "ordinary"): Promise<{ page: Page; said: string[] }> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error}`));
  await page.goto(sites[site]!.origin);
  return { page, said };
}

/** Text, because what the test runner makes of an `import()` does not run in a page. */
function train(page: Page, bundle: string): Promise<Trained> {
  return page.evaluate(`Promise.all([import("${bundle}"), import("/job.js")]).then(([nabla, { trainJob }]) => {
    nabla.configure({ math: "strict" });
    return trainJob(nabla, 7);
  })`);
}

const USE_ALL_THREADS = `import("/open.js").then(async ({ engineOf, ones }) => {
  const square = ones([512, 512]);
  while (engineOf().chunks.some((count) => count === 0)) {
    square.matmul(square);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return engineOf().chunks;
})`;

/** Hashes of a model before and after its file; of a training that was broken off and went on, and of one that was not. */
const KEEP = `import("/dist/index.js").then(async (nabla) => {
  const { adam, checkpointFile, crossEntropy, Dropout, fit, Linear, load, random, relu, save, Sequential, weightsHash } = nabla;
  const data = { x: random(1).normal([64, 4]), y: random(2).normal([64]).greater(0).cast("i32") };
  const train = async (options) => {
    const model = new Sequential(new Linear(4, 8), relu, new Dropout(0.2), new Linear(8, 2));
    await fit(model, data, { loss: crossEntropy, optimizer: adam(), epochs: 3, batchSize: 8, seed: 1, verbose: false, ...options });
    return model;
  };
  const checkpoint = checkpointFile({ path: "indexeddb://run", every: 5, resume: true });
  const controller = new AbortController();
  const on = { step: ({ step }) => step === 11 && controller.abort() };
  await train({ checkpoint, signal: controller.signal, on });
  const [resumed, whole] = [await train({ checkpoint }), await train({})];
  await save(whole, "indexeddb://digits");
  globalThis.offer = () => nabla.download(whole, "digits.safetensors");
  const again = await load("indexeddb://digits");
  return [[await weightsHash(whole), await weightsHash(again)], [await weightsHash(resumed), await weightsHash(whole)]];
})`;
const OFFER = "offer()";

describe.skipIf(missing)("in Chromium", () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    for (const name of ["isolated", "ordinary"]) sites[name] = await serve(name === "isolated");
    hashInNode = (await runProgram<{ hash: string }>("train", { NABLA_MATH: "strict" }, "7")).result.hash;
    expect(hashInNode).toBe(GOLDEN);
  });
  afterAll(async () => {
    await browser?.close();
    for (const site of Object.values(sites)) site.close();
  });

  test.each(["/dist/index.js", "/minified.js"])("%s trains with threads in an isolated page, as Node does", async (bundle) => {
    const { page, said } = await open("isolated");
    const { hash, threads, simd, reason } = await train(page, bundle);
    expect({ hash, simd, reason }).toEqual({ hash: hashInNode, simd: "strict", reason: "" });
    expect(threads).toBeGreaterThan(1);
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(threads - 1); // a page tells of its workers when it comes to it
    expect(said).toEqual([]);
    await page.close();
  });

  test.each(["/dist/index.js", "/minified.js"])("%s trains on one thread in an ordinary page, and says why", async (bundle) => {
    const { page, said } = await open("ordinary");
    const { hash, threads, reason } = await train(page, bundle);
    expect({ hash, threads }).toEqual({ hash: hashInNode, threads: 1 });
    expect(reason).toContain("Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp");
    expect(page.workers()).toEqual([]);
    expect(said).toEqual([]);
    await page.close();
  });

  test("every thread of a page runs chunks", async () => {
    const { page, said } = await open("isolated");
    const chunks = await page.evaluate<number[]>(USE_ALL_THREADS);
    expect(chunks.length).toBeGreaterThan(1);
    expect(said).toEqual([]);
    await page.close();
  });

  test.each(["isolated", "ordinary"] as const)("a worker of an %s page trains as Node does", async (site) => {
    const { page, said } = await open(site);
    const { hash, threads } = await page.evaluate(
      () =>
        new Promise<Trained>((resolve, reject) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
    );
    expect(hash).toBe(hashInNode);
    expect(threads > 1).toBe(site === "isolated");
    expect(said).toEqual([]);
    await page.close();
  });

  test("a page keeps models and checkpoints in IndexedDB, goes on from there, and offers downloads", async () => {
    const { page, said } = await open("ordinary");
    const [model, kept] = await page.evaluate<[string, string][]>(KEEP);
    expect(model![0]).toBe(model![1]);
    expect(kept![0]).toBe(kept![1]);
    const [download] = await Promise.all([page.waitForEvent("download"), page.evaluate(OFFER)]);
    expect(download.suggestedFilename()).toBe("digits.safetensors");
    expect(statSync(await download.path()).size).toBeGreaterThan(100);
    const refused = await page.evaluate('import("/dist/index.js").then(({ load }) => load("indexeddb://nothing")).catch(String)');
    expect(refused).toBe(
      "ValueError: load(indexeddb://nothing): cannot read the file; got indexeddb://nothing (nothing of that name)",
    );
    expect(said).toEqual([]);
    await page.close();
  });
});
