/** What the host offers: Node, a browser or a worker. Nothing is imported, so one bundle serves all. */
import type * as Cryptography from "node:crypto";
import type * as FileSystem from "node:fs";
import type * as Modules from "node:module";
import type * as OperatingSystem from "node:os";
import type * as Paths from "node:path";
import type * as WorkerThreads from "node:worker_threads";
import type * as Compression from "node:zlib";
import type { Part } from "./kernel.ts";

type Builtins = {
  "node:crypto": typeof Cryptography;
  "node:fs": typeof FileSystem;
  "node:module": typeof Modules;
  "node:os": typeof OperatingSystem;
  "node:path": typeof Paths;
  "node:worker_threads": typeof WorkerThreads;
  "node:zlib": typeof Compression;
};

const node = typeof process !== "undefined" && typeof process.versions?.node === "string" ? process : null;

export const isNode = node !== null;

/** One of Node's own modules, without an import that bundlers for pages would trip over; null elsewhere. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | null {
  return (node?.getBuiltinModule?.(name) as Builtins[Name] | undefined) ?? null;
}

/** An environment variable, where there are such. */
export function environment(name: string): string | undefined {
  return node?.env[name];
}

/** Processors this program may use. */
export function cores(): number {
  const os = builtin("node:os");
  if (os) return os.availableParallelism();
  return typeof navigator === "undefined" ? 1 : (navigator.hardwareConcurrency ?? 1);
}

/** Whether this thread may sleep: not a browser's main thread. */
export function mayWait(): boolean {
  return isNode || typeof document === "undefined";
}

/** Why threads cannot be had here, or null where they can. */
export function whyNoThreads(): string | null {
  if (isNode) return builtin("node:worker_threads") ? null : "this Node has no process.getBuiltinModule: update to 20.16 or later";
  if (typeof Worker === "undefined") return "this host has no Worker";
  if (typeof SharedArrayBuffer === "undefined") {
    return "the page is not cross-origin isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  return null;
}

/**
 * Whether the engine keeps 15 vectors in registers: V8 since 13.6 (Node 24, Chrome 136) places loads where they are used; older ones
 * place all of a loop's loads first, run out of registers, and a large tile loses half. Others are not measured.
 * @param v8 its version, where the host tells it; a browser's is a tenth of Chrome's
 */
export function keepsWide(v8: string | undefined, userAgent: string): boolean {
  const version = v8 ?? /\bChrome\/(\d+)/.exec(userAgent)?.[1]?.replace(/\d$/, ".$&") ?? "0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 13 || (major === 13 && minor >= 6);
}

/** Slots of the table in which families of kernels stand; the first stays empty. */
export const TABLE_SLOTS = 64;

/** What modules import besides memory: 1 where the engine keeps wide loops in registers. It changes speed, no bit. */
export const wide: 0 | 1 = keepsWide(node?.versions.v8, typeof navigator === "undefined" ? "" : navigator.userAgent) ? 1 : 0;

/** What a worker is started with. */
export type WorkerTask = {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  wide: 0 | 1;
  parts: readonly Part[];
  control: number;
  scratch: number;
  thread: number;
};

/** Tells a worker of a further family. */
export type Tell = (part: Part) => void;

/** Whatever a worker is sent: first its task, then families, each of which ends its work until it has been linked. */
const WORKER = `
let task, env, core, linked = 0;
const link = ({ name, index, module }) => {
  const { exports } = module ? new WebAssembly.Instance(module, { env, core }) : { exports: core };
  env.table.set(index, exports[name]);
  linked += 1;
};
const receive = (message) => {
  if (task) link(message);
  else {
    task = message;
    const table = new WebAssembly.Table({ initial: ${TABLE_SLOTS}, element: "anyfunc" });
    env = { memory: task.memory, table, wide: task.wide };
    core = new WebAssembly.Instance(task.module, { env }).exports;
    task.parts.forEach(link);
  }
  core.work(task.control, task.scratch, task.thread, linked);
};
`;

/** Starts a worker thread that never keeps the process alive. */
export function startWorker(task: WorkerTask): Tell {
  const threads = builtin("node:worker_threads");
  if (threads) {
    const source = `${WORKER} require("node:worker_threads").parentPort.on("message", receive)`;
    const worker = new threads.Worker(source, { eval: true, execArgv: [], name: "nabla" });
    worker.unref();
    worker.postMessage(task);
    return (part) => worker.postMessage(part);
  }
  const url = URL.createObjectURL(new Blob([`${WORKER} onmessage = ({ data }) => receive(data);`], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "nabla" });
  worker.postMessage(task);
  URL.revokeObjectURL(url);
  return (part) => worker.postMessage(part);
}
