/** Whole files, read and written where there is a file system; in pages, `indexeddb://name`. */
import { ValueError } from "../core/errors.ts";
import { builtin } from "../wasm/host.ts";
import { readStored, storedName, writeStored } from "./indexed-db.ts";

type FileSystem = typeof import("node:fs").promises;

function fileSystem(where: string): FileSystem {
  const fs = builtin("node:fs");
  if (!fs) throw new ValueError(where, "there is no file system here", undefined, "passing bytes instead of a path");
  return fs.promises;
}

/** What Node says, as an error of the call that asked. */
function failure(where: string, rule: string, path: string, cause: unknown): ValueError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const error = new ValueError(where, rule, `${path} (${code === "ENOENT" ? "no such file or folder" : message})`);
  error.cause = cause;
  return error;
}

/**
 * The bytes of a file.
 *
 * @param where who asks, for errors
 * @throws ValueError when it cannot be read, or there is no file system
 */
export async function readBytes(path: string, where: string): Promise<Uint8Array<ArrayBuffer>> {
  const name = storedName(path);
  if (name !== null) {
    const stored = await readStored(name, where);
    if (!stored) throw new ValueError(where, "cannot read the file", `${path} (nothing of that name)`);
    return stored;
  }
  const fs = fileSystem(where);
  try {
    const { buffer, byteOffset, byteLength } = await fs.readFile(path);
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  } catch (cause) {
    throw failure(where, "cannot read the file", path, cause);
  }
}

/** The bytes of a file, or null where there is none. */
export async function readIfThere(path: string, where: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const name = storedName(path);
  if (name !== null) return readStored(name, where);
  const isThere = await fileSystem(where)
    .stat(path)
    .then(
      () => true,
      ({ code }: NodeJS.ErrnoException) => code !== "ENOENT",
    );
  return isThere ? readBytes(path, where) : null;
}

/** Digits between a file's name and `.tmp`. */
const LEFTOVER = /^\.[0-9a-f]{8}\.tmp$/;

/** Makes the folder of a file to be, and clears away what processes killed while they wrote it have left beside it. */
export async function prepareFolder(path: string, where: string): Promise<void> {
  if (storedName(path) !== null) return;
  const fs = fileSystem(where);
  const { dirname, basename, join } = builtin("node:path")!;
  const [folder, name] = [dirname(path), basename(path)];
  try {
    await fs.mkdir(folder, { recursive: true });
    for (const other of await fs.readdir(folder))
      if (other.startsWith(name) && LEFTOVER.test(other.slice(name.length))) await fs.rm(join(folder, other), { force: true });
  } catch (cause) {
    throw failure(where, "cannot make the folder", folder, cause);
  }
}

/** Makes a rename last through a loss of power, on systems where folders can be opened. */
async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder);
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows opens no folders, and network file systems may refuse: the file itself is complete.
  }
}

/**
 * Writes a file, all of it or nothing: a new file beside the old one takes its place when it is complete and on disk. Whoever
 * reads meanwhile sees the old file; a process killed meanwhile leaves the old file, and `<name>.<8 digits>.tmp` beside it.
 *
 * @param where who asks, for errors
 * @throws ValueError when it cannot be written, or there is no file system; the old file is then as it was
 */
export async function writeBytes(path: string, bytes: Uint8Array, where: string): Promise<void> {
  const name = storedName(path);
  if (name !== null) return writeStored(name, bytes, where);
  const fs = fileSystem(where);
  const target = await fs.realpath(path).catch(() => path); // a link stays a link
  const temporary = `${target}.${builtin("node:crypto")!.randomBytes(4).toString("hex")}.tmp`;
  try {
    const handle = await fs.open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => {}); // what failed first is what to report
    throw failure(where, "cannot write the file", path, cause);
  }
  await syncFolder(fs, builtin("node:path")!.dirname(target));
}
