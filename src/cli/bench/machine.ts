/** What ran: processor, engine, versions, and how busy the machine was. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { engine } from "../../wasm/engine.ts";

export type Machine = {
  readonly cpu: string;
  /** Family and model as Linux tells them: model names of virtual processors say little. */
  readonly family: string | null;
  readonly cores: number;
  /** How the processor chooses its clock, where Linux tells. */
  readonly governor: string | null;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  readonly nabla: string;
  readonly commit: string | null;
  readonly simd: string;
  readonly math: string;
  readonly threads: number;
};

/** Processes that want to run, averaged over a minute. */
export function load(): number {
  return loadavg()[0]!;
}

function readOr<T>(path: string, fallback: T): string | T {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return fallback;
  }
}

/**
 * The most memory this process has held, in bytes. What `getrusage` tells begins with what the parent held when it forked, so it is
 * taken only where Linux's own figure is not to be had.
 */
export function peakMemory(): number {
  const kilobytes = /^VmHWM:\s*(\d+)/m.exec(readOr("/proc/self/status", ""))?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}

function familyOf(): string | null {
  const lines = readOr("/proc/cpuinfo", "");
  const of = (key: string): string | undefined => new RegExp(`^${key}\\s*: (.*)$`, "m").exec(lines)?.[1];
  const family = of("cpu family");
  return family ? `family ${family}, model ${of("model")}` : null;
}

/** The folder of this package: the first above this file with a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** The commit of a clone, with a + where files differ from it; null elsewhere. */
function commitOf(folder: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  if (!existsSync(join(folder, ".git"))) return null;
  try {
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") ? "+" : ""}`;
  } catch {
    return null;
  }
}

/** Starts the engine. */
export function machine(): Machine {
  const { simd, math, threads } = engine();
  const folder = packageFolder();
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    family: familyOf(),
    cores: availableParallelism(),
    governor: readOr("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", null),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    nabla: version,
    commit: commitOf(folder),
    ...{ simd, math, threads },
  };
}

export function inWords({ cpu, family, cores, node, nabla, commit, simd, math, threads }: Machine): string {
  const processor = `${cpu}${family ? ` (${family})` : ""}, ${cores} ${cores === 1 ? "core" : "cores"}`;
  const own = `nabla ${nabla}${commit ? ` (${commit})` : ""}`;
  return `${own} · ${processor} · Node ${node} · ${simd} SIMD, math ${math}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}
