/** Preparations out of files. */
import { FormatError } from "../core/errors.ts";
import type { Preparation } from "../data/preparation.ts";
import { ImagePreparation } from "./image-preparation.ts";
import { SoundPreparation } from "./sound-preparation.ts";
import { built, isRecord } from "./steps.ts";
import { TablePreparation } from "./table-preparation.ts";
import { TextPreparation } from "./text-preparation.ts";

/** What comes back from its description. */
type Restored = Preparation & { restore(where: string, learnt: unknown): Preparation };

const KINDS: Readonly<Record<string, new (options: never) => Restored>> = {
  ImagePreparation,
  SoundPreparation,
  TablePreparation,
  TextPreparation,
};

/**
 * The preparation that `describe` described.
 *
 * @param where who asks, for errors
 * @throws FormatError on anything else
 */
export function buildPreparation(where: string, described: unknown): Preparation {
  const { kind, options, learnt } = isRecord(described) ? described : ({} as Record<string, unknown>);
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind) || !isRecord(options))
    throw new FormatError(where, "unknown kind of preparation", String(kind), "a later version of nabla");
  return built(where, kind, () => new KINDS[kind]!(options as never).restore(where, learnt));
}
