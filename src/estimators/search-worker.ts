/** What a thread of a search runs: it makes an estimator of its own for each task, and answers with the score. */
import "../ops/index.ts"; // gradients need the ops they are written in
import { configure } from "../wasm/config.ts";
import { builtin } from "../wasm/host.ts";
import type { Targets, Validated } from "./cross-validation.ts";
import { made } from "./kinds.ts";
import { unpackRows } from "./packed-rows.ts";
import type { Rows } from "./rows.ts";
import { type Job, type PackedJob, perform, type Task } from "./search-pool.ts";

const { parentPort, workerData } = builtin("node:worker_threads")!;
configure({ threads: 1 });
const { recipe, x, y, scoring } = workerData as PackedJob;
const job: Job = {
  estimator: made(recipe) as Validated,
  x: unpackRows(x) as Rows,
  y: unpackRows(y) as Targets,
  scoring,
};
parentPort!.on("message", (task: Task) => {
  perform(job, task).then(
    (result) => parentPort!.postMessage(result),
    (error: Error) => parentPort!.postMessage({ error: error.message, name: error.name }),
  );
});
parentPort!.postMessage("ready");
