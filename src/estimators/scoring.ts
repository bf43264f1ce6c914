/** How good an estimator is, by name: a name can be told to another thread, a function cannot. */
import { ValueError } from "../core/errors.ts";
import { type Label, type Labels, labelsOf } from "../data/labels.ts";
import { type TensorLike, tensorFor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { accuracy, balancedAccuracy } from "../metrics/accuracy.ts";
import { averagePrecision, rocAuc } from "../metrics/curves.ts";
import type { Observed } from "../metrics/metric.ts";
import { f1, precision, recall } from "../metrics/precision-recall.ts";
import { logLoss } from "../metrics/probabilities.ts";
import { meanAbsoluteError, r2, rootMeanSquaredError } from "../metrics/regression.ts";
import type { Targets, Validated } from "./cross-validation.ts";
import { encodeLabels } from "./labels.ts";
import type { Rows } from "./rows.ts";

type Answers = {
  readonly classes?: readonly Label[];
  predict(x: Rows): unknown;
  predictProba?(x: Rows): Tensor;
};

const ofClasses: Readonly<Record<string, (observed: Observed) => number>> = {
  accuracy,
  balancedAccuracy,
  f1Macro: (observed) => f1(observed, { average: "macro" }) as number,
  f1Weighted: (observed) => f1(observed, { average: "weighted" }) as number,
  precisionMacro: (observed) => precision(observed, { average: "macro" }) as number,
  recallMacro: (observed) => recall(observed, { average: "macro" }) as number,
};
/** Of probabilities; of two classes, of the second's. */
const ofProbabilities: Readonly<Record<string, (observed: Observed, two: Observed | null) => number>> = {
  rocAuc: (observed, two) => rocAuc(two ?? observed, two ? {} : { multiClass: "ovr" }) as number,
  averagePrecision: (_, two) => {
    if (two) return averagePrecision(two);
    throw new ValueError("scoring", "averagePrecision is for two classes", "more", "f1Macro");
  },
  negLogLoss: (observed) => -logLoss(observed),
};
const ofNumbers: Readonly<Record<string, (observed: Observed) => number>> = {
  r2: (observed) => r2(observed),
  negMeanAbsoluteError: (observed) => -meanAbsoluteError(observed),
  negRootMeanSquaredError: (observed) => -rootMeanSquaredError(observed),
};

/** Names of scores; larger is better, so errors have their sign turned round. */
export type ScoringName =
  | "accuracy"
  | "balancedAccuracy"
  | "f1Macro"
  | "f1Weighted"
  | "precisionMacro"
  | "recallMacro"
  | "rocAuc"
  | "averagePrecision"
  | "negLogLoss"
  | "r2"
  | "negMeanAbsoluteError"
  | "negRootMeanSquaredError";

/** Tells before anything is trained. @throws ValueError on a name that there is not */
export function checkScoring(where: string, scoring: unknown): void {
  const known = { ...ofClasses, ...ofProbabilities, ...ofNumbers };
  if (typeof scoring === "function" || scoring === undefined || Object.hasOwn(known, String(scoring))) return;
  throw new ValueError(where, "has no such score", String(scoring), Object.keys(known).join(", "));
}

/** The score of that name. @throws ValueError on what the estimator cannot answer */
export function scoreBy(name: ScoringName, estimator: Validated, x: Rows, y: Targets): number {
  const answers = estimator as Validated & Answers;
  if (Object.hasOwn(ofNumbers, name)) return ofNumbers[name]!({ actual: y as TensorLike, predicted: answers.predict(x) as Tensor });
  const own = ofClasses[name];
  const { classes } = answers;
  if (!classes) throw new ValueError("scoring", `${name} is of classes`, estimator.kind, Object.keys(ofNumbers).join(", "));
  const encode = (labels: Labels): Int32Array => encodeLabels("scoring", labelsOf("scoring", labels), classes);
  const actual = encode(y as Labels);
  if (own) return own({ actual, predicted: encode(answers.predict(x) as Labels) });
  if (!answers.predictProba) throw new ValueError("scoring", `${name} needs probabilities`, `${estimator.kind}, which gives none`);
  const predicted = answers.predictProba(x);
  const two = classes.length === 2 ? { actual, predicted: second(predicted) } : null;
  return ofProbabilities[name]!({ actual, predicted }, two);
}

function second(probabilities: Tensor): Tensor {
  const data = probabilities.data();
  return tensorFor(
    "scoring",
    Float32Array.from({ length: data.length / 2 }, (_, row) => data[2 * row + 1]!),
  );
}
