import {
  existsSync,
  promises as fs,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { readBytes, writeBytes } from "../../src/io/file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-file-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test.each([0, 1, 4096, 1_000_003])("%d bytes come back", async (length) => {
  const path = join(folder, "x.bin");
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
  await writeBytes(path, bytes, "save");
  expect(Buffer.compare(await readBytes(path, "load"), bytes)).toBe(0);
  expect(readdirSync(folder)).toEqual(["x.bin"]);
});

test("writes only what a view shows", async () => {
  const path = join(folder, "x.bin");
  await writeBytes(path, Uint8Array.of(1, 2, 3, 4).subarray(1, 3), "save");
  expect(await readBytes(path, "load")).toEqual(Uint8Array.of(2, 3));
});

test("replaces an old file, also through a link", async () => {
  const path = join(folder, "old.bin");
  const link = join(folder, "latest.bin");
  writeFileSync(path, "the old file, which is longer");
  symlinkSync("old.bin", link);
  await writeBytes(link, Uint8Array.of(1), "save");
  expect(readlinkSync(link)).toBe("old.bin");
  expect([...readFileSync(path)]).toEqual([1]);
  expect(readdirSync(folder).sort()).toEqual(["latest.bin", "old.bin"]);
});

test("many writers at once leave one whole file", async () => {
  const path = join(folder, "x.bin");
  await Promise.all(Array.from({ length: 16 }, (_, i) => writeBytes(path, new Uint8Array(100_000).fill(i), "save")));
  const bytes = await readBytes(path, "load");
  expect(bytes.length).toBe(100_000);
  expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
  expect(readdirSync(folder)).toEqual(["x.bin"]);
});

describe("a failing write leaves the old file and nothing else", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

  test.each(["write", "sync", "rename"])("%s", async (step) => {
    const path = join(folder, "x.bin");
    writeFileSync(path, "old");
    const { open } = fs;
    if (step === "rename") vi.spyOn(fs, "rename").mockRejectedValue(full);
    else {
      vi.spyOn(fs, "open").mockImplementation(async (...args) => {
        const handle = await open.apply(fs, args);
        const fail = async () => {
          await handle.write(Uint8Array.of(1)); // half of it
          throw full;
        };
        return Object.assign(handle, step === "write" ? { writeFile: fail } : { sync: fail });
      });
    }
    const failing = writeBytes(path, Uint8Array.of(1, 2), "save");
    await expect(failing).rejects.toThrow(ValueError);
    await expect(failing).rejects.toThrow(`save: cannot write the file; got ${path} (ENOSPC: no space left on device, write)`);
    await expect(failing).rejects.toMatchObject({ cause: full });
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["x.bin"]);
  });

  test("onto a folder", async () => {
    const path = join(folder, "sub");
    await fs.mkdir(path);
    await expect(writeBytes(path, Uint8Array.of(1), "save")).rejects.toThrow(/^save: cannot write the file; got .*sub \(.+\)$/);
    expect(readdirSync(folder)).toEqual(["sub"]);
  });
});

test("says which file is missing", async () => {
  const path = join(folder, "none", "x.bin");
  await expect(readBytes(path, "load")).rejects.toThrow(`load: cannot read the file; got ${path} (no such file or folder)`);
  await expect(writeBytes(path, Uint8Array.of(1), "save")).rejects.toThrow(
    `save: cannot write the file; got ${path} (no such file or folder)`,
  );
  expect(existsSync(join(folder, "none"))).toBe(false);
});

test("without a file system, asks for bytes", async () => {
  vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
  await expect(readBytes("x.bin", "load")).rejects.toThrow(
    "load: there is no file system here — try passing bytes instead of a path",
  );
  await expect(writeBytes("x.bin", Uint8Array.of(1), "save")).rejects.toThrow("save: there is no file system here");
});
