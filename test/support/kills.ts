/** Kills a training that keeps checkpoints, over and over, and looks whether it ends as one that was never killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors } from "../../src/io/safetensors.ts";
import { generator } from "./problems.ts";

export type Kills = {
  /** Processes killed. */
  kills: number;
  /** Of those, while a checkpoint was being written. */
  within: number;
  /** Trainings that ended, with as many kills each as it took. */
  trainings: number;
  /** Hashes of the weights at their ends; one where all is well. */
  hashes: string[];
};

type Life = { told: string; isKilled: boolean };

/** Runs the program until `fatal` says so of what it has told, `delay` milliseconds later. */
function live(
  command: readonly string[],
  env: Record<string, string>,
  fatal: (told: string) => boolean,
  delay: number,
): Promise<Life> {
  const [node = "", ...args] = command;
  const child: ChildProcess = spawn(node, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  let isKilled = false;
  const kill = (): void => {
    isKilled = child.kill("SIGKILL");
  };
  child.stdout!.on("data", (text: Buffer) => {
    const wasFatal = fatal(told);
    told += text;
    if (wasFatal || !fatal(told)) return;
    if (delay > 0) setTimeout(kill, delay);
    else kill();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (isKilled || code === 0) resolve({ told, isKilled: !told.includes("=") });
      else reject(new Error(`the training ended with ${code}`));
    });
  });
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

/** Throws unless the checkpoint, if there is one, is whole. */
function checkWhole(folder: string): void {
  const path = join(folder, "checkpoint.safetensors");
  if (existsSync(path)) decodeSafetensors(readFileSync(path), path);
}

/**
 * @param program what runs `programs/kill.ts`
 * @param wanted how many processes to kill at least, every other one while it writes
 * @param tell is told of each training that has ended
 */
export async function killOverAndOver(
  program: readonly string[],
  env: Record<string, string>,
  { wanted, seed = 1 }: { wanted: number; seed?: number },
): Promise<Kills> {
  const next = generator(seed);
  const whole = await live(program, env, () => false, 0);
  const result: Kills = { kills: 0, within: 0, trainings: 0, hashes: [whole.told.split("=")[1]!] };
  while (result.kills < wanted) {
    const folder = mkdtempSync(join(tmpdir(), "nabla-kills-"));
    const command = [...program, join(folder, "checkpoint.safetensors"), String(1 + Math.floor(next() * 4))];
    for (let life = 0; ; ++life) {
      const letter = life % 2 === 0 ? "w" : "s";
      const times = 1 + Math.floor(next() * (letter === "w" ? 4 : 12));
      const { told, isKilled } = await live(
        command,
        env,
        (text) => count(text, letter) >= times,
        next() * (letter === "w" ? 1.5 : 3),
      );
      checkWhole(folder);
      if (!isKilled) {
        result.hashes.push(told.split("=")[1]!);
        break;
      }
      result.kills += 1;
      if (count(told, "w") > count(told, "d")) result.within += 1;
    }
    const left = readdirSync(folder);
    if (left.join() !== "checkpoint.safetensors") throw new Error(`left behind: ${left.join(", ")}`);
    result.trainings += 1;
    rmSync(folder, { recursive: true });
  }
  return { ...result, hashes: [...new Set(result.hashes)] };
}
