/** Training: one step, or one epoch, is forward, loss, backward and update. */
import type { Dataset } from "../../../data/dataset.ts";
import type { Group } from "../workload.ts";
import { cnnGroup } from "./cnn.ts";
import { lstmGroup } from "./lstm.ts";
import { mlpGroup } from "./mlp.ts";
import { transformerGroup } from "./transformer.ts";
import { xorGroup } from "./xor.ts";

/** @param data MNIST's training rows, or null to leave out what needs them */
export function trainGroups(data: Dataset | null, { rounds, sample }: { rounds: number; sample: number }): Group[] {
  return [
    ...(data ? [mlpGroup(data, rounds)] : []),
    xorGroup(rounds, sample),
    ...(data ? [cnnGroup(data, rounds * 3)] : []),
    lstmGroup(rounds * 3),
    transformerGroup(rounds * 3),
  ];
}
