/** A model's numbers as files keep them: parameters and buffers by path. */
import type { TypedArray } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import { elementsOf } from "../graph/from.ts";
import { writeState } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { buffers, parameters } from "../nn/model.ts";
import { Parameter } from "../nn/parameter.ts";
import type { NamedArray, StoredArray } from "./safetensors.ts";

/** All that a file holds: parameters, then buffers. */
export function stateOf(model: object): Map<string, Tensor> {
  return new Map<string, Tensor>([...parameters(model), ...buffers(model)]);
}

/** Their elements, under names that begin with `prefix`. */
export function arraysOf(state: ReadonlyMap<string, Tensor>, prefix = ""): NamedArray[] {
  return [...state].map(([name, tensor]) => ({
    name: `${prefix}${name}`,
    dtype: tensor.dtype,
    shape: tensor.shape,
    data: elementsOf("save", tensor),
  }));
}

/** Throws unless `stored` holds just what `wanted` names, in the same shapes. */
export function checkState(
  where: string,
  wanted: ReadonlyMap<string, Tensor>,
  stored: ReadonlyMap<string, StoredArray>,
  prefix = "",
): void {
  for (const [path, { shape, dtype }] of wanted) {
    const found = stored.get(`${prefix}${path}`);
    if (!found) throw new FormatError(where, `the file lacks '${path}'`, [...stored.keys()].slice(0, 4).join(", "));
    if (found.dtype !== dtype || !sameShape(found.shape, shape)) {
      throw new FormatError(
        where,
        `'${path}' must be ${dtype} [${shape.join(", ")}]`,
        `${found.dtype} [${found.shape.join(", ")}]`,
      );
    }
  }
  for (const name of stored.keys())
    if (name.startsWith(prefix) && !wanted.has(name.slice(prefix.length)))
      throw new FormatError(where, "the model has no such parameter", `'${name.slice(prefix.length)}'`);
}

/** Overwrites what `wanted` names; `checkState` comes first. */
export function fillState(
  wanted: ReadonlyMap<string, Tensor>,
  stored: ReadonlyMap<string, { readonly data: TypedArray }>,
  prefix = "",
): void {
  for (const [path, tensor] of wanted) {
    const { data } = stored.get(`${prefix}${path}`)!;
    if (tensor instanceof Parameter) tensor.set(data);
    else writeState(tensor, data);
  }
}
