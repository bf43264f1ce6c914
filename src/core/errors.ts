import type { Shape } from "./shape.ts";

/**
 * Every error reads `where: which rule; got what — try what`. They are thrown before anything is changed.
 */
function message(where: string, rule: string, got?: string, remedy?: string): string {
  return `${where}: ${rule}${got ? `; got ${got}` : ""}${remedy ? ` — try ${remedy}` : ""}`;
}

/** Whatever has a shape, or a shape itself. */
type Shaped = Shape | { readonly shape: Shape };

/** `a: [2, 3], b: [4, 5]`. */
function shapes(operands: Record<string, Shaped>): string {
  return Object.entries(operands)
    .map(([name, operand]) => `${name}: [${("shape" in operand ? operand.shape : operand).join(", ")}]`)
    .join(", ");
}

/** Operands whose shapes a call cannot accept. */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
  constructor(where: string, rule: string, operands: Record<string, Shaped>, remedy?: string) {
    super(message(where, rule, shapes(operands), remedy));
  }
}

/** An operand whose element type a call cannot accept. */
export class DTypeError extends TypeError {
  override readonly name = "DTypeError";
  constructor(where: string, rule: string, got?: string, remedy?: string) {
    super(message(where, rule, got, remedy));
  }
}

/** An argument whose value a call cannot accept. */
export class ValueError extends RangeError {
  override readonly name = "ValueError";
  constructor(where: string, rule: string, got?: string, remedy?: string) {
    super(message(where, rule, got, remedy));
  }
}

/** NaN or infinity where numbers are needed. */
export class NumericError extends RangeError {
  override readonly name = "NumericError";
  constructor(where: string, rule: string, got?: string, remedy?: string) {
    super(message(where, rule, got, remedy));
  }
}

/** Memory that the host does not give. */
export class MemoryError extends RangeError {
  override readonly name = "MemoryError";
  readonly #rest: readonly [rule: string, got?: string, remedy?: string];
  constructor(where: string, ...rest: [rule: string, got?: string, remedy?: string]) {
    super(message(where, ...rest));
    this.#rest = rest;
  }

  /** @internal The same of the call that wanted the memory, which those who give it do not know; other errors as they are. */
  static during(where: string, error: unknown): unknown {
    return error instanceof MemoryError ? new MemoryError(where, ...error.#rest) : error;
  }
}

/** Something that cannot be compiled, or is done while compiling and must not be. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  constructor(where: string, rule: string, got?: string, remedy?: string) {
    super(message(where, rule, got, remedy));
  }
}

/** A file or text that is not what it should be. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  constructor(where: string, rule: string, got?: string, remedy?: string) {
    super(message(where, rule, got, remedy));
  }
}

/** Changes what an error says, in its stack too, which is what hosts print. */
export function reword(error: Error, say: (message: string) => string): void {
  const { message: before, stack } = error;
  error.message = say(before);
  if (stack) error.stack = stack.replace(before, () => error.message);
}
