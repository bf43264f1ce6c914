import { ValueError } from "../core/errors.ts";
import { encodeModel, type SaveOptions } from "./model-file.ts";

/**
 * Has a page's user save a model: the browser's download, as if a link had been clicked.
 *
 * @param name the file's, which the user may change
 * @param options as `save` takes them
 * @throws ValueError where there is no page
 * @example button.onclick = () => download(model, "digits.safetensors");
 */
export function download(model: object, name: string, options: SaveOptions = {}): void {
  if (typeof document === "undefined") throw new ValueError("download", "there is no page here", undefined, "save(model, path)");
  const url = URL.createObjectURL(new Blob([encodeModel(model, {}, options)], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
