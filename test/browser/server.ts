/** Serves a page, the built package and the training job from this machine, with or without the headers that allow threads. */

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buildSync, transformSync } from "esbuild";

const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** What a worker of the page runs: the same job, told by message. */
const WORKER = `
import * as nabla from "/dist/index.js";
import { trainJob } from "/job.js";
nabla.configure({ math: "strict" });
trainJob(nabla, 7).then(postMessage);
`;

function minified(contents: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0]!.text;
}

const files: Record<string, () => string> = {
  "/job.js": () => transformSync(readFileSync("test/guards/job.ts", "utf8"), { loader: "ts" }).code,
  "/worker.js": () => WORKER,
  /** The built package as a bundler for pages leaves it. */
  "/minified.js": () => minified('export * from "./dist/index.js";'),
  /** The library with a view of its insides. */
  "/open.js": () => minified('export * from "./src/index.ts"; export { engineOf } from "./src/wasm/engine.ts";'),
};

export type Site = { origin: string; close(): void };

export async function serve(isolated: boolean): Promise<Site> {
  const server: Server = createServer(({ url = "/" }, response) => {
    const headers = isolated ? ISOLATION : {};
    try {
      if (url === "/")
        response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end("<!doctype html><title>nabla</title>");
      else if (url === "/favicon.ico") response.writeHead(204).end();
      else {
        const text = files[url]?.() ?? readFileSync(`.${url}`, "utf8");
        response.writeHead(200, { ...headers, "Content-Type": "text/javascript" }).end(text);
      }
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.closeAllConnections() ?? server.close() };
}
