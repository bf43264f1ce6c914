/** Estimators made anew: what folds, searches and combinations train is never the one they were given. */
import { ValueError } from "../core/errors.ts";
import { isMade, type Made } from "../io/made.ts";

function anew(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anew);
  return isMade(value) ? clone(value) : value;
}

function make<E extends Made>(like: E, options: unknown): E {
  return new (like.constructor as new (options: unknown) => E)(options);
}

/** Another of the same kind and options, that has learned nothing. */
export function clone<E extends Made>(estimator: E): E {
  return make(estimator, anew(estimator.options));
}

/**
 * Another with some options changed: `alpha`, or inside a pipeline `mlp.alpha`.
 *
 * @throws ValueError on a step that there is not
 */
export function withOptions<E extends Made>(where: string, estimator: E, changes: Readonly<Record<string, unknown>>): E {
  const { options } = estimator;
  if (!Array.isArray(options)) {
    const made = make(estimator, { ...(anew(options) as object), ...changes });
    // Estimators refuse others themselves; preparations have all of theirs among their options.
    const unknown = Object.keys(changes).find((name) => !Object.hasOwn(made.options as object, name));
    if (unknown)
      throw new ValueError(where, `${made.kind} has no such option`, unknown, Object.keys(made.options as object).join(", "));
    return made;
  }
  const steps = options as readonly (readonly [name: string, step: Made])[];
  const own = new Map<string, Record<string, unknown>>();
  for (const [path, value] of Object.entries(changes)) {
    const [name = "", ...rest] = path.split(".");
    if (!steps.some(([known]) => known === name))
      throw new ValueError(
        where,
        "an option of a pipeline is named by its step",
        path,
        steps.map(([known]) => `${known}.…`).join(", "),
      );
    own.set(name, { ...own.get(name), [rest.join(".")]: value });
  }
  return make(
    estimator,
    steps.map(([name, step]) => [name, own.has(name) ? withOptions(where, step, own.get(name)!) : clone(step)]),
  );
}
