/** Estimators as files: what they were made with and what they have learned, a tree among the notes and its arrays. */
import { DTypeError, FormatError, ShapeError, ValueError } from "../core/errors.ts";
import { isLearner, type Learner, type Made, told, untold } from "./made.ts";
import type { NamedArray, StoredArray } from "./safetensors.ts";

/** Makes what has a kind, of its options. @throws FormatError on a kind that there is not */
export type Make = (where: string, kind: string, options: unknown) => Made;

let known: Make | null = null;

/** Makes kinds known to `load`; a bundler leaves that out, and them, where nothing else wants them all. */
export function madeBy(make: Make): Make {
  known = make;
  return make;
}

/** What is refused here, whatever the class that refuses it says. */
const REFUSALS = [FormatError, ValueError, ShapeError, DTypeError, TypeError, RangeError];

function asFormatError<T>(where: string, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof FormatError && error.message.startsWith(where)) throw error;
    if (REFUSALS.some((kind) => error instanceof kind))
      throw new FormatError(where, `${what} cannot be made as the file says`, (error as Error).message);
    throw error;
  }
}

/** What a file holds of it: arrays, and a note. @throws ValueError before it has learned anything */
export function learnerParts(learner: Learner): { arrays: readonly NamedArray[]; notes: Record<string, string> } {
  const { learnt } = learner.describe();
  const [recipe, state] = [told(learner), told(learnt)];
  if (!state) throw new ValueError("save", `what ${learner.kind} has learned must be data`, "a function or an object of a class");
  // Options that cannot be told, such as functions, come from the estimator that is to be filled.
  const estimator = JSON.stringify({ made: recipe?.tree ?? null, learnt: state.tree });
  return { arrays: [...(recipe?.arrays ?? []), ...state.arrays], notes: { estimator } };
}

function parsed(where: string, note: string): { made: unknown; learnt: unknown } {
  try {
    const { made, learnt } = Object(JSON.parse(note)) as Record<string, unknown>;
    return { made, learnt };
  } catch {
    throw new FormatError(where, "the note 'estimator' is not JSON", note.slice(0, 40));
  }
}

/**
 * The estimator of a file.
 *
 * @param into one of the same kind and options, that takes up what the file's has learned
 * @throws FormatError on what nabla did not write, or another kind or other options than those of `into`
 */
export function readLearner(where: string, note: string, tensors: ReadonlyMap<string, StoredArray>, into?: object): Learner {
  const { made, learnt } = parsed(where, note);
  const make = (kind: string, options: unknown): Made => asFormatError(where, kind, () => maker(where, made)(where, kind, options));
  const reading = { where, arrays: tensors, make };
  if (into !== undefined) checkSame(where, into, made);
  else if (made === null)
    throw new FormatError(
      where,
      "the estimator has parts of its own kind, which a file cannot make",
      undefined,
      "load(path, estimator), with a new one of that kind",
    );
  const learner = into ?? untold(made, reading);
  if (!isLearner(learner)) throw new FormatError(where, "the note 'estimator' is not that of an estimator", typeof learner);
  asFormatError(where, learner.kind, () => learner.restore(untold(learnt, reading)));
  return learner;
}

/** What makes kinds. @throws FormatError where a bundler has left it out, naming the kind of the whole */
function maker(where: string, made: unknown): Make {
  if (known) return known;
  const { kind } = Object(Object(made).$made) as { kind?: unknown };
  throw new FormatError(
    where,
    "your bundler has left estimators out",
    String(kind),
    `load(path, new ${kind}(…)), of the same options`,
  );
}

function checkSame(where: string, into: object, made: unknown): void {
  if (!isLearner(into))
    throw new FormatError(where, "the file holds an estimator", "another kind of model to fill", "load(path), without one");
  const [own, stored] = [told(into)?.tree ?? null, made].map((tree) => JSON.stringify(tree));
  if (own !== stored)
    throw new FormatError(
      where,
      "the estimator to fill has another kind or other options",
      `${own?.slice(0, 120)} where the file has ${stored?.slice(0, 120)}`,
    );
}
