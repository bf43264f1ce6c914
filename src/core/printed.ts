/** What prints as a table. A class of its own, because bundlers keep every class that has a computed name. */
export abstract class Printed {
  abstract toString(): string;

  /** What Node's `console.log` prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
