/** States as files keep them: arrays beside text. */
import { dtypeOf, type TypedArray } from "../core/dtype.ts";
import type { NamedArray } from "../io/safetensors.ts";

/** A number that JSON has no word for. */
type Special = { readonly number: string };

function isSpecial(value: unknown): value is Special {
  return typeof value === "object" && value !== null && "number" in value && Object.keys(value).length === 1;
}

/** JSON that keeps NaN and infinities. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "number" && !Number.isFinite(part) ? { number: String(part) } : part,
  );
}

/** What `toText` wrote. @throws SyntaxError on anything else */
export function fromText(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => (isSpecial(part) ? Number(part.number) : part));
}

export function isArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && dtypeOf(value as TypedArray) !== undefined;
}

/** An array as a row of numbers, under a name. */
export function named(name: string, data: TypedArray): NamedArray {
  return { name, dtype: dtypeOf(data)!, shape: [data.length], data };
}
