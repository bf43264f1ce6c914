/** Runs a case through the public API, eager and compiled. */
import { compile, grad, mul, Tensor, tensor } from "../../src/index.ts";
import type { Adapter, Compute, Tensors } from "./adapter/adapter.ts";
import { type Case, isNumbers, type Numbers, scalarOf } from "./cases.ts";
import { compare, type Finding, type Got } from "./compare.ts";

export type Mode = "eager" | "compiled";

/** What became of a case in one mode: what was compared, and every number, for comparing bits. */
export type Outcome = {
  readonly findings: readonly Finding[];
  readonly numbers: Readonly<Record<string, Got>>;
  readonly error: string | null;
  /** Nothing is called by this operation's name. */
  readonly missing: boolean;
};

type Results = Record<string, Tensor | Got>;

export function tensorOf({ shape, data, dtype }: Numbers): Tensor {
  return tensor(dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data), { shape });
}

/** Inputs and parameters that are tensors, or numbers. */
function tensorsOf(of: Case): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries({ ...of.inputs, ...of.params })) {
    if (isNumbers(value)) tensors[name] = tensorOf(value);
    else if (typeof value === "number") tensors[name] = tensorOf(scalarOf(value));
  }
  return tensors;
}

/** Outputs, and the gradients of Σ output·seed with respect to whatever the case names. */
function withGradients(compute: Compute, of: Case, tensors: Tensors, seeds: Tensors): Results {
  const results: Results = {};
  for (const [name, value] of Object.entries(compute(tensors, of.config, of))) results[`outputs.${name}`] = value;
  for (const name of Object.keys(of.gradients)) {
    const total = (x: Tensor): Tensor => {
      const outputs = compute({ ...tensors, [name]: x }, of.config, of);
      return Object.entries(seeds)
        .map(([output, seed]) => mul(outputs[output] as Tensor, seed).sum())
        .reduce((a, b) => a.add(b));
    };
    results[`grads.${name}`] = grad(total)(tensors[name]!);
  }
  return results;
}

function compiledResults(compute: Compute, of: Case): Results {
  const tensors = tensorsOf(of);
  const seeds = Object.fromEntries(Object.entries(of.seeds).map(([name, seed]) => [name, tensorOf(seed)]));
  const names = Object.keys(tensors);
  const step = compile((...given: Tensor[]) => {
    const [own, others] = [given.slice(0, names.length), given.slice(names.length)];
    const byName = (list: readonly string[], values: readonly Tensor[]): Tensors =>
      Object.fromEntries(list.map((name, i) => [name, values[i]!]));
    return withGradients(compute, of, byName(names, own), byName(Object.keys(seeds), others));
  });
  return step(...Object.values(tensors), ...Object.values(seeds)) as Results;
}

function eagerResults(compute: Compute, of: Case): Results {
  const seeds = Object.fromEntries(Object.entries(of.seeds).map(([name, seed]) => [name, tensorOf(seed)]));
  return withGradients(compute, of, tensorsOf(of), seeds);
}

async function resultsOf(adapter: Adapter, of: Case, mode: Mode): Promise<Results> {
  if (typeof adapter === "function") return mode === "eager" ? eagerResults(adapter, of) : compiledResults(adapter, of);
  const outputs = await adapter.run(of, mode);
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`outputs.${name}`, value]));
}

function got(value: Tensor | Got): Got {
  return value instanceof Tensor ? { shape: value.shape, data: value.data() } : value;
}

/** Everything that the case expects, compared. Never throws: what fails is part of the outcome. */
export async function runCase(adapter: Adapter | undefined, of: Case, mode: Mode): Promise<Outcome> {
  if (!adapter) return { findings: [], numbers: {}, error: `${of.op} is not offered`, missing: true };
  try {
    const numbers = Object.fromEntries(
      Object.entries(await resultsOf(adapter, of, mode)).map(([place, value]) => [place, got(value)]),
    );
    const expected = [
      ...Object.entries(of.outputs).map(([name, want]) => [`outputs.${name}`, want] as const),
      ...Object.entries(of.gradients).map(([name, want]) => [`grads.${name}`, want] as const),
    ];
    const check = typeof adapter === "function" ? undefined : adapter.accept;
    const findings = check
      ? check(of, numbers)
      : expected.map(([place, want]) => compare(place, numbers[place], want, of.toleranceOf(place)));
    return { findings, numbers, error: null, missing: false };
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { findings: [], numbers: {}, error: text, missing: false };
  }
}
