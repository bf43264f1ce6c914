/** 10: schedules of the learning rate. */

import type { Schedule } from "../../../src/index.ts";
import * as nabla from "../../../src/index.ts";
import { type Case, isNumbers } from "../cases.ts";
import type { Adapters } from "./adapter.ts";

const camel = (text: string): string => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const OWN: Readonly<Record<string, string>> = { T_max: "tMax", T_0: "t0", T_mult: "tMult" };
const VALUES: Readonly<Record<string, string>> = { exp_range: "expRange" };

/** PyTorch's options in camelCase, without the rate itself. */
function optionsOf({ config }: Case, rest: readonly string[]): never {
  const names = Object.entries(config).filter(([name]) => ![...rest, "scheduler", "epochs"].includes(name));
  return Object.fromEntries(
    names.map(([name, value]) => [OWN[name] ?? camel(name), typeof value === "string" ? (VALUES[value] ?? value) : value]),
  ) as never;
}

const byRate: Readonly<Record<string, (lr: number, options: never) => Schedule>> = {
  StepLR: nabla.stepLR,
  MultiStepLR: nabla.multiStepLR,
  ExponentialLR: nabla.exponentialLR,
  CosineAnnealingLR: nabla.cosineAnnealingLR,
  CosineAnnealingWarmRestarts: nabla.cosineAnnealingWarmRestarts,
  LinearLR: nabla.linearLR,
  ConstantLR: nabla.constantLR,
  PolynomialLR: nabla.polynomialLR,
  ReduceLROnPlateau: nabla.reduceLROnPlateau,
};

function scheduleOf(of: Case): Schedule | nabla.Cycle {
  const name = String(of.config.scheduler);
  if (name === "OneCycleLR") return nabla.oneCycleLR(optionsOf(of, ["base_lr"]));
  if (name === "CyclicLR") return nabla.cyclicLR(optionsOf(of, []));
  const known = byRate[name];
  if (!known) throw new Error(`${name} is not offered`);
  return known(Number(of.config.base_lr), optionsOf(of, ["base_lr"]));
}

export const schedules: Adapters = {
  lr_schedule: {
    run(of) {
      const schedule = scheduleOf(of);
      const epochs = Number(of.config.epochs);
      const [lr, momentum]: [number[], number[]] = [[], []];
      for (let epoch = 0; epoch < epochs; ++epoch) {
        const progress = { step: epoch, steps: epochs, epoch };
        lr.push(schedule(progress));
        if ("momentum" in schedule) momentum.push(schedule.momentum(progress));
        if ("observe" in schedule && isNumbers(of.inputs.metrics))
          (schedule as nabla.Plateau).observe(of.inputs.metrics.data[epoch]!);
      }
      const list = (data: number[]) => ({ shape: [epochs], data });
      return { lr: list(lr), ...(of.outputs.momentum && { momentum: list(momentum) }) };
    },
  },
};
