/** Trains the small job in a Worker of the process, whose own threads tick meanwhile. Argument: the seed. */
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import * as nabla from "../../../../src/index.ts";
import { trainJob } from "../../job.ts";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (result) => console.log(JSON.stringify(result)));
} else parentPort!.postMessage(await trainJob(nabla, 7));
