/** How far what was computed is from what is expected. */
import { isNumbers, type Numbers, type Plain, type Tolerance } from "./cases.ts";

/** The worst element of one output or gradient. */
export type Finding = {
  readonly place: string;
  /** Error over tolerance; above 1 fails; infinite where no tolerance helps. */
  readonly multiple: number;
  /** Largest error over the default tolerance: comparable with PyTorch's. */
  readonly relative: number;
  readonly detail: string;
};

export type Got = { readonly shape: readonly number[]; readonly data: ArrayLike<number> } | Plain;

/** |got − want| over the tolerance: NaN matches NaN, an infinity the same infinity. */
function excess(got: number, want: number, { rtol, atol }: Tolerance): number {
  if (Object.is(got, want) || got === want || (Number.isNaN(got) && Number.isNaN(want))) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(want)) return Number.POSITIVE_INFINITY;
  const error = Math.abs(got - want);
  const allowed = atol + rtol * Math.abs(want);
  if (error === 0) return 0;
  return allowed === 0 ? Number.POSITIVE_INFINITY : error / allowed;
}

function compareNumbers(place: string, got: ArrayLike<number>, { data, dtype }: Numbers, tolerance: Tolerance): Finding {
  const exact = dtype !== "float32" || (tolerance.rtol === 0 && tolerance.atol === 0);
  let multiple = 0;
  let relative = 0;
  let detail = "";
  for (let i = 0; i < data.length; ++i) {
    // What exceeds f32's range is an infinity there.
    const rounded = Math.fround(data[i]!);
    const want = exact || !Number.isFinite(rounded) ? rounded : data[i]!;
    const found = excess(got[i]!, want, exact ? { rtol: 0, atol: 0 } : tolerance);
    relative = Math.max(relative, excess(got[i]!, want, { rtol: 1e-4, atol: 1e-5 }));
    if (found > multiple) {
      multiple = found;
      detail = `element ${i}: got ${got[i]}, expected ${want}`;
    }
  }
  return { place, multiple, relative, detail };
}

function fail(place: string, detail: string): Finding {
  return { place, multiple: Number.POSITIVE_INFINITY, relative: Number.POSITIVE_INFINITY, detail };
}

function comparePlain(place: string, got: unknown, want: Plain, tolerance: Tolerance): Finding {
  if (Array.isArray(want) || (typeof want === "object" && want !== null)) {
    if (typeof got !== "object" || got === null) return fail(place, `got ${String(got)}, expected ${JSON.stringify(want)}`);
    const found = Object.entries(want).map(([key, part]) =>
      comparePlain(`${place}.${key}`, (got as Record<string, unknown>)[key], part as Plain, tolerance),
    );
    const keys = Object.keys(got).length;
    if (keys !== found.length) return fail(place, `${keys} entries instead of ${found.length}`);
    return found.reduce((worst, one) => (one.multiple > worst.multiple ? one : worst), {
      place,
      multiple: 0,
      relative: 0,
      detail: "",
    });
  }
  const number = typeof want === "string" && ["NaN", "Infinity", "-Infinity"].includes(want) ? Number(want) : want;
  if (typeof number !== "number")
    return got === want ? { place, multiple: 0, relative: 0, detail: "" } : fail(place, `got ${String(got)}, expected ${want}`);
  if (typeof got !== "number") return fail(place, `got ${String(got)}, expected ${number}`);
  const multiple = excess(got, number, tolerance);
  return { place, multiple, relative: multiple, detail: `got ${got}, expected ${number}` };
}

export function compare(place: string, got: Got | undefined, want: Numbers | Plain, tolerance: Tolerance): Finding {
  if (got === undefined) return fail(place, "is missing");
  if (!isNumbers(want)) return comparePlain(place, got, want, tolerance);
  if (typeof got !== "object" || got === null || !("data" in got)) return fail(place, `is no tensor but ${JSON.stringify(got)}`);
  const tensor = got as { shape: readonly number[]; data: ArrayLike<number> };
  if (tensor.shape.join() !== want.shape.join())
    return fail(place, `shape [${tensor.shape.join(", ")}], expected [${want.shape.join(", ")}]`);
  return compareNumbers(place, tensor.data, want, tolerance);
}
