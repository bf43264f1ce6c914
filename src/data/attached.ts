/** What goes with a model beside its numbers: names of its classes, and how raw rows become its inputs. */
import { ValueError } from "../core/errors.ts";
import type { Dataset } from "./dataset.ts";
import type { Preparation } from "./preparation.ts";

export type Attached = Pick<Dataset, "classes" | "preparation">;

const attached = /* @__PURE__ */ new WeakMap<object, Attached>();

/** Remembers, as long as the model lives, what its training data say of themselves. */
export function attach(model: object, { classes, preparation }: Attached): void {
  if (classes || preparation) attached.set(model, { ...(classes && { classes }), ...(preparation && { preparation }) });
}

export function attachedTo(model: object): Attached {
  return attached.get(model) ?? {};
}

/** The preparation of a model that is given raw rows. @throws ValueError where it has none */
export function preparationFor(where: string, model: object): Preparation {
  return preparationOf(where, attachedTo(model));
}

/** The same of data. */
export function preparationOf(where: string, { preparation }: Attached): Preparation {
  if (preparation) return preparation;
  throw new ValueError(where, "the model takes numbers", "raw rows", "training it on what a TablePreparation made");
}
