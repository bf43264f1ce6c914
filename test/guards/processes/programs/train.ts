/** Trains the small job. Argument: the seed. */
import * as nabla from "../../../../src/index.ts";
import { engineOf } from "../../../../src/wasm/engine.ts";
import { trainJob } from "../../job.ts";

const result = await trainJob(nabla, Number(process.argv[2]));
console.log(JSON.stringify({ ...result, chunks: engineOf().chunks }));
