/** Gradients and units, looked at while a network trains: do they vanish, explode, die? */
import { ValueError } from "../../core/errors.ts";
import { sqrt } from "../../core/math.ts";
import { checkOptions } from "../../core/options.ts";
import { watching } from "../../graph/op.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { gradients } from "../../optim/gradients.ts";
import type { Callback, Training } from "../callback.ts";

/** What one look found. */
export type GradientReport = {
  step: number;
  /** Norm of all gradients together. */
  norm: number;
  /** Root mean square of each parameter's gradient, by path, in the order of the model's fields. */
  gradients: Record<string, number>;
  /** Units that no row of the batch wakes, op by op. */
  dead: { op: string; dead: number; units: number }[];
  /** What is wrong with it, in words. */
  warnings: string[];
};

export type GradientMonitorOptions = {
  /** Steps between two looks. Default: once an epoch. */
  every?: number;
  /** A layer whose gradient is less than this share of the last layer's gets too little. Default 10⁻³. */
  vanishing?: number;
  /** A norm above this is too much. Default 100. */
  exploding?: number;
  /** The share of dead units that is worth a warning. Default 0.5. */
  dead?: number;
  /** Told of each look. */
  on?: (report: GradientReport) => void;
};

function sumOfSquares(x: Tensor): number {
  let sum = 0;
  for (const value of x.data()) sum += value * value;
  return sum;
}

/** Columns of the last axis in which every number is 0. */
function silent(x: Tensor): boolean[] {
  const units = x.shape.at(-1)!;
  const found = new Array<boolean>(units).fill(true);
  const values = x.data();
  for (let i = 0; i < values.length; ++i) if (values[i] !== 0) found[i % units] = false;
  return found;
}

/** Units that the op silences: 0 in all rows behind it, and not before it. */
function silenced([y]: readonly Tensor[]): { dead: number; units: number } | null {
  const x = y?.node?.inputs[0];
  if (!y || !x || y.rank < 2 || y.dtype !== "f32" || x.dtype !== "f32" || x.shape.join() !== y.shape.join()) return null;
  const [before, after] = [silent(x), silent(y)];
  const dead = after.filter((isSilent, unit) => isSilent && !before[unit]).length;
  return { dead, units: after.length };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function short(value: number): string {
  return value >= 0.001 && value < 1e6 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

function warningsOf(
  report: GradientReport,
  { vanishing, exploding, dead }: Required<Omit<GradientMonitorOptions, "every" | "on">>,
): string[] {
  const weights = Object.entries(report.gradients).filter(([path]) => !/bias$/.test(path));
  const [least] = [...weights].sort(([, a], [, b]) => a - b);
  const last = weights.at(-1);
  const warnings: string[] = [];
  if (report.norm > exploding)
    warnings.push(
      `gradients explode: their norm is ${short(report.norm)} — try clipNorm: 1 in the optimizer, or a smaller learning rate`,
    );
  if (least && last && least !== last && least[1] < vanishing * last[1])
    warnings.push(
      `gradients vanish: '${least[0]}' gets ${short(least[1] / last[1])} of what '${last[0]}' gets — try relu or gelu in place of sigmoid and tanh, kaimingNormal, BatchNorm, or Residual`,
    );
  for (const [i, { op, dead: count, units }] of report.dead.entries())
    if (count > dead * units)
      warnings.push(
        `${count} of ${units} units (${percent(count / units)}) of ${op} ${i + 1} are dead: no row wakes them — try leakyRelu, or a smaller learning rate`,
      );
  return warnings;
}

function look(training: Training, limits: Parameters<typeof warningsOf>[1]): GradientReport {
  const dead: GradientReport["dead"] = [];
  const seen = (op: string, outputs: readonly Tensor[]): void => {
    const found = silenced(outputs);
    if (found && (found.dead > 0 || op === "relu")) dead.push({ op, ...found });
  };
  const found = gradients(
    watching(seen, () => training.loss()),
    training.model,
  );
  const each = Object.entries(found).map(([path, gradient]) => ({ path, squares: sumOfSquares(gradient), size: gradient.size }));
  const total = each.reduce((sum, { squares }) => sum + squares, 0);
  const report: GradientReport = {
    step: training.step,
    norm: sqrt(total),
    gradients: Object.fromEntries(each.map(({ path, squares, size }) => [path, size > 0 ? sqrt(squares / size) : 0])),
    dead,
    warnings: [],
  };
  report.warnings = warningsOf(report, limits);
  return report;
}

/**
 * Looks at the gradients of a batch, layer by layer, and at units that never fire, once an epoch or every so many steps; says in words
 * what is wrong and what helps: vanishing gradients, exploding ones, dead units. Each warning is said once. Training is not changed by a
 * bit: the look is in eval mode, beside it, and costs about three steps.
 *
 * @throws ValueError on an `every` that is not a whole number ≥ 1
 * @source Glorot & Bengio 2010, AISTATS, 249–256, for what to look at
 * @example callbacks: [gradientMonitor({ every: 100, on: ({ norm }) => norms.push(norm) })]
 */
export function gradientMonitor(options: GradientMonitorOptions = {}): Callback {
  checkOptions("gradientMonitor", options, ["every", "vanishing", "exploding", "dead", "on"]);
  const { every, vanishing = 1e-3, exploding = 100, dead = 0.5, on } = options;
  if (every !== undefined && !(Number.isInteger(every) && every >= 1))
    throw new ValueError("gradientMonitor", "every is a whole number ≥ 1", String(every));
  const said = new Set<string>();
  const watch = (training: Training): void => {
    const report = look(training, { vanishing, exploding, dead });
    on?.(report);
    for (const warning of report.warnings) {
      const kind = warning.replace(/[\d.e+-]+|:.*/g, "");
      if (!said.has(kind)) training.say(`step ${report.step}: ${warning}`);
      said.add(kind);
    }
  };
  return {
    name: "gradientMonitor",
    step(_, training) {
      if (every && training.step % every === 0) watch(training);
    },
    epoch(_, training) {
      if (!every) watch(training);
    },
  };
}
