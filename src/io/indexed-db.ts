/** Files of pages: bytes by name in the browser's own database. Paths `indexeddb://name` mean these. */
import { ValueError } from "../core/errors.ts";

const SCHEME = "indexeddb://";
const DATABASE = "nabla";
const STORE = "files";

/** The name that a path gives there, or null where it is another kind of path. */
export function storedName(path: string): string | null {
  return path.startsWith(SCHEME) ? path.slice(SCHEME.length) : null;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function open(where: string): Promise<IDBDatabase> {
  if (typeof indexedDB === "undefined") throw new ValueError(where, "there is no IndexedDB here", undefined, "the path of a file");
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/** One transaction: all of it happens, or nothing. */
async function transact<T>(where: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open(where);
  try {
    const transaction = database.transaction(STORE, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([settled(act(transaction.objectStore(STORE))), done]);
    return result;
  } catch (cause) {
    const error = new ValueError(where, "IndexedDB refuses", String(cause));
    error.cause = cause;
    throw error;
  } finally {
    database.close();
  }
}

/** The bytes of that name, or null. */
export async function readStored(name: string, where: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const found: unknown = await transact(where, "readonly", (store) => store.get(name));
  return found instanceof Uint8Array ? (found as Uint8Array<ArrayBuffer>) : null;
}

/** Puts bytes under that name, in place of what is there. */
export async function writeStored(name: string, bytes: Uint8Array, where: string): Promise<void> {
  await transact(where, "readwrite", (store) => store.put(bytes, name));
}
