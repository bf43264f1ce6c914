import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("the binding between TypeScript and AssemblyScript is as the kernels' signatures say", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/bind.ts", "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
