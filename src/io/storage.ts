/** Parameters in less memory than they have while they are at work. */
import { ValueError } from "../core/errors.ts";
import type { StorageType, Tensor } from "../graph/tensor.ts";
import { Parameter } from "../nn/parameter.ts";
import { f16 } from "../ops/half.ts";
import type { StoredArray } from "./safetensors.ts";

/**
 * A model's state with its parameters in another type; buffers, which may be sums or counts, stay.
 *
 * @throws ValueError where that would make ∞ of a number
 */
export function storedAs(where: string, type: StorageType, state: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const stored = new Map(state);
  for (const [path, tensor] of state) {
    if (!(tensor instanceof Parameter)) continue;
    const beyond = tensor.data().find((value) => Number.isFinite(value) && Math.abs(value) >= type.limit);
    if (beyond !== undefined)
      throw new ValueError(where, `'${path}' is beyond what ${type.dtype} holds`, String(beyond), "saving it as it is, in f32");
    stored.set(path, type.from(tensor));
  }
  return stored;
}

/** A file's arrays as numbers: what is f16 there becomes f32. */
export function readable(stored: ReadonlyMap<string, StoredArray>): Map<string, StoredArray> {
  return new Map(
    [...stored].map(([name, array]) => {
      const { dtype, shape, data } = array;
      return [name, dtype === "f16" ? { dtype: "f32", shape, data: f16.tensor(data, shape).data() } : array];
    }),
  );
}
