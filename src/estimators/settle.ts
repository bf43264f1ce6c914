/** What an estimator is made with, defaults filled in. */
import { ValueError } from "../core/errors.ts";

/** @param defaults all options there are; undefined where one has none @throws ValueError on an option that there is not */
export function settle<Settings extends object>(kind: string, given: Partial<Settings>, defaults: Settings): Settings {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(defaults, name));
  if (unknown) throw new ValueError(kind, "has no such option", unknown, Object.keys(defaults).join(", "));
  return { ...defaults, ...given };
}
