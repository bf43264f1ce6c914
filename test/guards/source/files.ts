/** The project's files, for the guards that read sources. */
import { readdirSync, readFileSync } from "node:fs";
import { transformSync } from "esbuild";

/** Paths of the TypeScript files below `folder`, generated ones left out. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".gen.ts"))
    .sort();
}

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** The program alone: without comments and types. */
export function codeOf(text: string): string {
  return transformSync(text, { loader: "ts", target: "esnext", minifyWhitespace: true }).code;
}
