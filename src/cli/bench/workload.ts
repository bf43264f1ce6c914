/** What is measured together, and what other libraries are handed so that they do the same. */
import type { Case, MeasureOptions } from "./harness.ts";

export const SECTIONS = ["kernels", "layers", "train", "inference", "start", "memory"] as const;
export type Section = (typeof SECTIONS)[number];

export type Numbers = Float32Array | Int32Array | Uint8Array;
/** Numbers by name, row-major; images are [n, height, width, channels], weights as nabla's layers have them. */
export type Given = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Numbers }>>;

/** What an adapter says of a round. */
export type Answer = {
  readonly seconds: number;
  /** Steps or calls the time was for; a part of one where a whole one takes too long. */
  readonly calls: number;
  /** The losses of the first steps since the start. */
  readonly losses?: readonly number[];
  /** The loss of the latest step. */
  readonly last?: number;
  /** What the latest call computed. */
  readonly output?: readonly number[];
  /** The most memory the process has held so far, in bytes. */
  readonly rss?: number;
};

/** Work for other libraries. */
export type Job = {
  /** What adapters know it by. */
  readonly name: string;
  /** nabla's case of the same work. */
  readonly of: Case;
  /** All that an adapter must be told; none of it is written in an adapter. */
  readonly settings: Readonly<Record<string, number | boolean | string>>;
  /** Called when the job is handed over. */
  given(): Given;
  /**
   * @param own whether the adapter does exactly the same; one that says how it differs is held to less
   * @throws Error unless the answer is right
   */
  check(answer: Answer, exact: boolean): void;
};

/** Cases that take turns. */
export type Group = {
  readonly section: Section;
  readonly title: string;
  readonly cases: readonly Case[];
  readonly jobs: readonly Job[];
  readonly options: MeasureOptions;
};
