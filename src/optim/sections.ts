/** A model's parameters in sections: those that share settings lie side by side, with slots of their own. */
import { stateTensor } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { Plan, SectionPlan } from "./rule.ts";
import { type Place, SettingsBlock } from "./settings.ts";
import { endOf, layOut, type Member, VECTOR } from "./slab.ts";
import type { Part } from "./state.ts";

export type Section = {
  readonly members: readonly Member[];
  /** By name, in the kernel's order; null for one that is not used. */
  readonly slots: Readonly<Record<string, Tensor | null>>;
  readonly momentum: Place | null;
  /** Its learning rate over the optimizer's; null where it keeps its own while the optimizer's follows a schedule. */
  readonly ratio: number | null;
};

function matches(match: SectionPlan["match"], path: string, parameter: Parameter): boolean {
  return typeof match === "function" ? match(path, parameter) : match.test(path);
}

/** The parameters of each plan that has some, laid out one plan after the other. */
function divide(plans: readonly SectionPlan[], all: ReadonlyMap<string, Parameter>): { plan: SectionPlan; members: Member[] }[] {
  const divided = plans.map((plan) => ({ plan, found: [] as [string, Parameter][] }));
  for (const entry of all) divided.find(({ plan }) => matches(plan.match, ...entry))!.found.push(entry);
  let start = 0;
  return divided
    .filter(({ found }) => found.length > 0)
    .map(({ plan, found }) => {
      const members = layOut(found, start);
      start = endOf(members);
      return { plan, members };
    });
}

/** A setting's place by its name in a rule. */
function placeOf(name: string): Place {
  return name.toUpperCase() as Place;
}

function slotsOf(slots: SectionPlan["slots"], length: number): Section["slots"] {
  const made = Object.entries(slots).map(([name, first]) => [
    name,
    first === undefined ? null : stateTensor(new Float32Array(length).fill(first)),
  ]);
  return Object.fromEntries(made);
}

/** Sections of a plan, and the settings that their kernels read. */
export function sectionsOf(
  { lr: whole, whole: { accumulate, clipNorm }, sections: plans }: Plan,
  all: ReadonlyMap<string, Parameter>,
): { sections: Section[]; settings: SettingsBlock } {
  const divided = divide(plans, all);
  const settings = new SettingsBlock(divided.length);
  const rate = typeof whole === "number" ? whole : 0;
  const head = { RATE: rate, EVERY: accumulate, SCALE: 1 / accumulate, MAX_NORM: clipNorm };
  for (const [name, value] of Object.entries(head)) settings.setHead(name as keyof typeof head, value);
  const sections = divided.map(({ plan: { lr, slots, bank, momentum }, members }, i): Section => {
    const start = members[0]!.offset;
    const own = lr ?? rate;
    for (const [name, value] of Object.entries({ ...bank, lr: own, start: start / VECTOR })) settings.set(i, placeOf(name), value);
    return {
      members,
      slots: slotsOf(slots, endOf(members) - start),
      momentum: momentum ? placeOf(momentum) : null,
      ratio: typeof whole !== "number" && lr !== undefined ? null : rate > 0 ? own / rate : 1,
    };
  });
  return { sections, settings };
}

/** What each parameter has in a slot that begins `start` elements into the slab. */
export function partsOf(members: readonly Member[], name: string, slot: Tensor, start: number): Part[] {
  return members.map(({ path, parameter, offset }) => ({
    name: `${path}:${name}`,
    slot,
    offset: offset - start,
    length: parameter.size,
  }));
}

/** What each parameter has in each of its section's slots. */
export function slotParts({ members, slots }: Section): Part[] {
  const start = members[0]!.offset;
  return Object.entries(slots).flatMap(([name, slot]) => (slot ? partsOf(members, name, slot, start) : []));
}
