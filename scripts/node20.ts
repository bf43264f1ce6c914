/** Node 20, the oldest that is served: one on the PATH, or else npm's, installed below build/. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const FOLDER = "build/node20";
/** What vitest asks for. */
const LEAST_MINOR = 19;

function fits(node: string): boolean {
  if (!existsSync(node)) return false;
  const [major, minor] = execFileSync(node, ["--version"], { encoding: "utf8" }).slice(1).split(".").map(Number);
  return major === 20 && minor! >= LEAST_MINOR;
}

/** The path of its binary. */
export function node20(): string {
  const own = join(FOLDER, "node_modules/node/bin/node");
  const places = [...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node")), own];
  const found = places.find(fits);
  if (found) return found;
  execFileSync("npm", ["install", "--prefix", FOLDER, "--no-save", "--no-audit", "--no-fund", "node@20"], { stdio: "inherit" });
  if (!fits(own)) throw new Error(`npm's node@20 is not at ${own}`);
  return own;
}

if (process.argv[1] === import.meta.filename) console.log(node20());
