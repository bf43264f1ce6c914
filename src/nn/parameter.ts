import { dtypeOf, type TypedArray } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { checkShape, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { noGrad } from "../graph/op.ts";
import { eagerly } from "../graph/record.ts";
import { writeState } from "../graph/state.ts";
import { Tensor } from "../graph/tensor.ts";
import { Stream } from "../ops/random.ts";
import { Cell, pin, type Version } from "../wasm/cell.ts";
import type { Ref } from "../wasm/program.ts";
import type { Initialiser } from "./initialisers.ts";

let made = 0;

/** A tensor that is learned: gradients are kept for it, and optimizers change it in place. */
export class Parameter extends Tensor {
  override readonly leaf = true;
  readonly #initialiser: Initialiser;
  readonly #number = ++made;
  readonly #version: Version;
  #drawn = false;
  #chosen = false;
  /** How often its values had changed when they were drawn. */
  #changes = 0;

  constructor(shape: Shape, initialiser: Initialiser) {
    const cell = new Cell("f32", sizeOf(checkShape("Parameter", shape)));
    const version = { changes: 0 };
    cell.version = version;
    super(cell, shape);
    this.#version = version;
    this.#initialiser = initialiser;
  }

  override get ref(): Ref {
    // A parameter that no model has been walked for draws by the order in which parameters are made.
    if (!this.#drawn) this.draw(0, `parameter ${this.#number}`);
    return super.ref;
  }

  /** Whether it has values yet. */
  get drawn(): boolean {
    return this.#drawn;
  }

  /** Whether its values were chosen (by `init`, a file, training), and not just drawn because something needed them. */
  get chosen(): boolean {
    return this.#chosen || this.#version.changes > this.#changes;
  }

  set chosen(chosen: boolean) {
    this.#chosen = chosen;
    this.#changes = this.#version.changes;
  }

  /** Draws its first values anew, from hash(seed, path). */
  draw(seed: number, path: string): void {
    this.set(eagerly(() => noGrad(() => this.#initialiser(new Stream(seed, path), this.shape).data())));
    this.chosen = false;
  }

  /** Overwrites its values. */
  set(values: TypedArray | Tensor): void {
    if (values instanceof Tensor && !sameShape(values.shape, this.shape)) {
      throw new ShapeError("Parameter", "values have another shape", { parameter: this.shape, values });
    }
    const numbers = values instanceof Tensor ? values.data() : values;
    if (!(numbers instanceof Float32Array))
      throw new DTypeError("Parameter", "values must be f32", dtypeOf(numbers)!, 'cast("f32")');
    if (numbers.length !== this.size)
      throw new ShapeError("Parameter", `${numbers.length} numbers do not fill it`, { parameter: this.shape });
    const cell = this.source as Cell;
    if (!this.#drawn) {
      cell.host = numbers;
      pin(cell);
      this.#drawn = true;
    } else writeState(this, numbers);
    this.chosen = true;
  }
}
