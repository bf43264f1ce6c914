/** Checkpoints of commands: Ctrl-C saves, and says how to go on. */
import { join } from "node:path";
import { ValueError } from "../core/errors.ts";
import { checkpointFile, type FitOptions } from "../index.ts";

/** What commands that train take. */
export type Keeping = { checkpoint?: string; every?: number; resume?: boolean };

const FILE = "checkpoint.safetensors";
/** What shells expect of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;

let aborted = false;

/** Whether Ctrl-C ended the training. */
export function interrupted(): boolean {
  return aborted;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** This command, to go on. */
function commandToResume(folder: string): string {
  const given = process.argv.slice(2).filter((word) => word !== "--resume");
  const words = ["npx", "nabla", ...given, ...(given.includes("--checkpoint") ? [] : ["--checkpoint", folder]), "--resume"];
  return words.map(quoted).join(" ");
}

/**
 * Options for `fit`: the checkpoint in the folder, and a signal that Ctrl-C raises. The step that runs ends, the checkpoint is
 * written, and the command that resumes is printed; a second Ctrl-C ends the process at once.
 *
 * @throws ValueError on what needs a checkpoint without one
 */
export function keptIn({ checkpoint: folder, every, resume = false }: Keeping): Pick<FitOptions, "checkpoint" | "signal"> {
  if (!folder && (resume || every !== undefined))
    throw new ValueError(
      "train",
      "nothing is written down without --checkpoint",
      resume ? "--resume" : "--every",
      "--checkpoint runs/1",
    );
  const controller = new AbortController();
  process.once("SIGINT", () => {
    aborted = true;
    controller.abort();
    process.exitCode = INTERRUPTED;
    const told = folder
      ? `saved; this goes on from here:\n  ${commandToResume(folder)}`
      : "nothing was saved: there is no --checkpoint";
    process.once("exit", (code) => code === INTERRUPTED && console.log(`\n${told}`));
  });
  const { signal } = controller;
  if (!folder) return { signal };
  return { signal, checkpoint: checkpointFile({ path: join(folder, FILE), resume, ...(every !== undefined && { every }) }) };
}
