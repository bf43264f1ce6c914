/** Errors inside a model say in which of its layers they arose. */
import { CompileError, DTypeError, reword, ShapeError, ValueError } from "../core/errors.ts";

/** Of every part of a model that was walked. */
const paths = new WeakMap<object, string>();
/** Errors that name their place already: the innermost part's. */
const told = new WeakSet<Error>();

function isOurs(error: unknown): error is Error {
  return error instanceof ShapeError || error instanceof DTypeError || error instanceof ValueError || error instanceof CompileError;
}

function tell(error: unknown, path: string | undefined): void {
  if (!isOurs(error) || told.has(error)) return;
  told.add(error);
  if (path) reword(error, (message) => `model.${path}: ${message}`);
}

type Part = { forward(...given: never[]): unknown };

/**
 * Remembers the paths of a model's parts, and has their `forward` put it in front of what errors say: once a part, as a property of
 * its own, so that a model's class needs to know nothing of it. A compiled program calls no `forward`, and pays nothing.
 */
export function namePlaces(parts: ReadonlyMap<string, Part>): void {
  for (const [path, part] of parts) {
    const isKnown = paths.has(part);
    paths.set(part, path);
    if (isKnown || !Object.isExtensible(part)) continue;
    const { forward } = part;
    Object.defineProperty(part, "forward", {
      configurable: true,
      writable: true,
      value(this: Part, ...given: never[]): unknown {
        try {
          return forward.apply(this, given);
        } catch (error) {
          tell(error, paths.get(part));
          throw error;
        }
      },
    });
  }
}
