/** What each section measures, and how long. */
import type { Dataset } from "../../data/dataset.ts";
import { bandwidth } from "./bandwidth.ts";
import { convolutions } from "./convolution.ts";
import { eagerCase } from "./eager.ts";
import type { Result } from "./figures.ts";
import { type Case, measure, type Watch } from "./harness.ts";
import { inferenceGroups } from "./inference.ts";
import { kernels, peak, productJobs } from "./kernels.ts";
import { layers } from "./layers.ts";
import { measureMemory } from "./memory.ts";
import { type Adapters, type Command, startPeers } from "./peers.ts";
import { recurrent } from "./recurrent.ts";
import { START, startCases } from "./start.ts";
import { trainGroups } from "./train/index.ts";
import type { Group, Section } from "./workload.ts";

/** Something to measure by itself. */
export type Task = { readonly section: Section; readonly title: string; run(watch: Required<Watch>): Promise<Result[]> };

/** Rounds of each section, and seconds of a long sample. */
type Pace = { kernels: number; layers: number; train: number; inference: number; start: number; memory: number; sample: number };
const FULL: Pace = { kernels: 500, layers: 60, train: 9, inference: 60, start: 15, memory: 3, sample: 0.3 };
/** For a look, not for a claim. */
const QUICK: Pace = { kernels: 60, layers: 20, train: 5, inference: 20, start: 5, memory: 1, sample: 0.1 };

/** Long enough for calls of a few microseconds, short enough to find a quiet moment. */
const SHORT_SAMPLE = 0.005;

export type Plan = {
  /** MNIST's training rows, or null to leave out what needs them. */
  readonly data: Dataset | null;
  readonly quick: boolean;
  /** Only what has this in its name; peaks stay. */
  readonly filter: string;
  readonly adapters: Adapters;
  /** How to start this program anew as an adapter. */
  readonly self: Command;
};

function kernelGroup(title: string, cases: readonly Case[], rounds: number): Group {
  const jobs = productJobs.filter(({ of }) => cases.includes(of));
  return { section: "kernels", title, cases, jobs, options: { rounds } };
}

/** A group without what the filter leaves out. */
function filtered(group: Group, filter: string): Group {
  if (group.title.includes(filter)) return group;
  const cases = group.cases.filter(({ name, reference, peak }) => peak || (reference ?? name).includes(filter));
  return { ...group, cases, jobs: group.jobs.filter(({ of }) => cases.includes(of)) };
}

/** Those who did the same work one below the other, in the order in which work is met first. */
function byWorkload(results: readonly Result[]): Result[] {
  const workloads = [...new Set(results.map(({ workload }) => workload))];
  return workloads.flatMap((workload) => results.filter((result) => result.workload === workload));
}

/** Cases that take turns, with the peers that have such a job. */
function timed(group: Group, adapters: Adapters): Task {
  const { section, title, cases, jobs, options } = group;
  const own = cases.includes(peak) ? cases : [peak, ...cases];
  return {
    section,
    title,
    async run(watch) {
      const peers = await startPeers(adapters, jobs, watch.note);
      try {
        const results = byWorkload(await measure([...own, ...peers.cases], options, watch));
        // The peak is measured in each group, so that it has met the same stretches of time; it is shown once.
        return cases.includes(peak) ? results : results.filter(({ name }) => name !== peak.name);
      } finally {
        peers.close();
      }
    },
  };
}

export function tasksOf({ data, quick, filter, adapters, self }: Plan): Task[] {
  const pace = quick ? QUICK : FULL;
  const training = trainGroups(data, { rounds: pace.train, sample: pace.sample });
  const groups = [
    kernelGroup("arithmetic", kernels, pace.kernels),
    kernelGroup("sequences", recurrent, pace.kernels),
    kernelGroup("convolutions", convolutions, pace.kernels),
    kernelGroup("memory", bandwidth, pace.kernels),
    kernelGroup("calls", [eagerCase], pace.kernels),
    {
      section: "layers",
      title: "layers",
      cases: layers,
      jobs: [],
      options: { rounds: pace.layers, sample: SHORT_SAMPLE },
    } as const,
    ...training,
    ...inferenceGroups({ rounds: pace.inference, sample: SHORT_SAMPLE, warmUp: 0.2 }),
  ].map((group) => filtered(group, filter));
  const start: Task = {
    section: "start",
    title: START,
    run: async (watch) =>
      measure(
        await startCases(adapters, watch.note),
        { rounds: pace.start, leastSamples: pace.start, sample: 0, warmUp: 0 },
        watch,
      ),
  };
  const memory = training.map((group): Task => {
    const title = `${group.title}: peak memory`;
    return { section: "memory", title, run: (watch) => measureMemory(group, title, self, adapters, pace.memory, watch) };
  });
  return [
    ...groups.filter(({ cases }) => cases.some(({ peak }) => !peak)).map((group) => timed(group, adapters)),
    ...[start, ...memory].filter(({ title }) => title.includes(filter)),
  ];
}
