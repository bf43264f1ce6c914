import { ValueError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { mnist } from "./mnist.ts";

/** By number. */
const CLASSES = ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/**
 * Clothes: 70000 grey pictures in the layout of `mnist`, the 60000 of the training set first; from a folder: nothing is fetched.
 *
 * @param folder holds the four files of github.com/zalandoresearch/fashion-mnist, each plain or gzipped
 * @throws ValueError without a folder, or when it lacks a file  @throws FormatError when a file is not what it should be
 * @source H. Xiao, K. Rasul, R. Vollgraf 2017, arXiv:1708.07747, MIT licence
 */
export async function fashionMnist({ folder }: { folder?: string } = {}): Promise<Dataset> {
  if (folder === undefined) {
    const remedy = "fashionMnist({ folder }), with the four files of github.com/zalandoresearch/fashion-mnist";
    throw new ValueError("fashionMnist", "needs a folder; nothing is fetched", "none", remedy);
  }
  return { ...(await mnist({ folder })), classes: CLASSES };
}
