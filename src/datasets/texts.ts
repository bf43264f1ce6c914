/** Known texts. */
import { ValueError } from "../core/errors.ts";
import { readText } from "../readers/source.ts";
import { unpack } from "./unpack.ts";

/**
 * 32,033 first names given in the United States in 2018, in small letters a to z.
 *
 * @source U.S. Social Security Administration, as A. Karpathy's makemore has them, MIT licence
 */
export async function names(): Promise<string[]> {
  return unpack<string[]>((await import("./files/names.ts")).packed);
}

/**
 * A million characters of Shakespeare's plays, from a file: nothing is fetched.
 *
 * @param path of `tinyshakespeare.txt`, which may be gzipped
 * @throws ValueError without a path, or when the file cannot be read
 * @source W. Shakespeare, public domain; A. Karpathy's char-rnn, data/tinyshakespeare/input.txt
 */
export async function tinyShakespeare({ path }: { path?: string } = {}): Promise<string> {
  if (path === undefined) {
    const remedy = "tinyShakespeare({ path }), with data/tinyshakespeare/input.txt of github.com/karpathy/char-rnn";
    throw new ValueError("tinyShakespeare", "needs the file's path; nothing is fetched", "none", remedy);
  }
  return readText(path);
}
