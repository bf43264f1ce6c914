/** Notes of a model's file on its classes and its preparation. */
import { FormatError } from "../core/errors.ts";
import { attach, attachedTo } from "../data/attached.ts";
import { buildPreparation } from "../preparation/kinds.ts";

type Notes = Readonly<Record<string, string>>;

export function attachedNotes(model: object): Record<string, string> {
  const { classes, preparation } = attachedTo(model);
  return {
    ...(classes && { classes: JSON.stringify(classes) }),
    ...(preparation && { preparation: JSON.stringify(preparation.describe()) }),
  };
}

function parsed(where: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(where, `the note '${name}' is not JSON`, text.slice(0, 40));
  }
}

/** What the notes say goes with a model, ready to be attached. @throws FormatError on notes that make no sense */
export function readAttached(where: string, { classes, preparation }: Notes): (model: object) => void {
  const names = classes === undefined ? null : parsed(where, "classes", classes);
  if (names !== null && !(Array.isArray(names) && names.every((name) => typeof name === "string")))
    throw new FormatError(where, "the note 'classes' is a list of names", classes?.slice(0, 40));
  const built = preparation === undefined ? null : buildPreparation(where, parsed(where, "preparation", preparation));
  return (model) => attach(model, { ...(names && { classes: names as string[] }), ...(built && { preparation: built }) });
}
