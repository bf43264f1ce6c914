/** What an adapter is: it renames, permutes layouts and calls one public function or layer. */
import type { Tensor } from "../../../src/index.ts";
import type { Case, Plain } from "../cases.ts";
import type { Finding, Got } from "../compare.ts";
import type { Mode } from "../run.ts";

export type Tensors = Readonly<Record<string, Tensor>>;
export type Config = Readonly<Record<string, Plain>>;

/** Outputs by name, in the fixture's layouts: tensors, or plain values. */
export type Outputs = Readonly<Record<string, Tensor | Plain>>;
/** What a procedure gives: numbers of its own too. */
export type Found = Readonly<Record<string, Tensor | Got>>;

/** Computes a case's outputs from its inputs and parameters, which it may permute: gradients find their way back by themselves. */
export type Compute = (tensors: Tensors, config: Config, of: Case) => Outputs;

/**
 * A case whose outputs are not functions of tensors alone: trained models, metrics of labels, splits. It calls the library itself, eagerly
 * or compiled. `accept` judges where the format's README asks for something else than equal numbers.
 */
export type Procedure = {
  run(of: Case, mode: Mode): Found | Promise<Found>;
  accept?(of: Case, numbers: Readonly<Record<string, Got>>): readonly Finding[];
};

export type Adapter = Compute | Procedure;
export type Adapters = Readonly<Record<string, Adapter>>;
