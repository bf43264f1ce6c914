/** A model's state at some moment, to go back to. */
import { writeState } from "../graph/state.ts";
import { buffers, initMissing, parameters, streams } from "../nn/model.ts";

/**
 * Remembers all that training changes in a model: parameters, buffers, and how far its random numbers have come. Draws what has no
 * values yet; what was not chosen before is not chosen afterwards, so that a later `fit` with a seed draws it anew.
 *
 * @returns puts all of it back
 */
export function snapshot(model: object): () => void {
  initMissing(model, undefined);
  const learned = [...parameters(model).values()].map((parameter) => ({
    parameter,
    values: parameter.data(),
    chosen: parameter.chosen,
  }));
  const counters = [...streams(model).values()].map((stream) => stream.state);
  const kept = [...buffers(model).values(), ...counters].map((state) => ({ state, values: state.data() }));
  return () => {
    for (const { parameter, values, chosen } of learned) {
      parameter.set(values);
      parameter.chosen = chosen;
    }
    for (const { state, values } of kept) writeState(state, values);
  };
}
