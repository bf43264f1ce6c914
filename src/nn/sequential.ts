import { ValueError } from "../core/errors.ts";
import { Printed } from "../core/printed.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Mode, Model } from "./model.ts";
import { tableOf } from "./parts-table.ts";

/** A layer, or a function such as `relu`. */
export type Layer = Model | { forward(x: Tensor): Tensor } | ((x: Tensor) => Tensor);

/**
 * Layers one after the other.
 *
 * @throws ValueError when a layer is neither an object with `forward` nor a function
 * @example new Sequential(new Linear(2, 4), tanh, new Linear(4, 1))
 */
export class Sequential extends Printed {
  readonly kind = "Sequential";
  readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    for (const [i, layer] of layers.entries()) {
      const valid = typeof layer === "function" ? !isClass(layer) : typeof layer?.forward === "function";
      if (!valid) {
        const class_ = typeof layer === "function";
        throw new ValueError(
          "Sequential",
          `layer ${i} must have a forward method or be a function`,
          class_ ? "a class" : String(layer),
          class_ ? `new ${layer.name}(…)` : undefined,
        );
      }
    }
    this.layers = layers;
  }

  describe(): readonly unknown[] {
    return this.layers;
  }

  /** @param mode needed if a layer needs it, such as Dropout */
  forward(x: Tensor, mode?: Mode): Tensor {
    let y = x;
    // A layer that needs the mode says so itself.
    for (const layer of this.layers) y = typeof layer === "function" ? layer(y) : layer.forward(y, mode as Mode);
    return y;
  }

  override toString(): string {
    return tableOf(this as Model).toString();
  }
}

function isClass(f: object): boolean {
  return Object.getOwnPropertyDescriptor(f, "prototype")?.writable === false;
}
