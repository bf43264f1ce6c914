/** Attention in f64 by its definition. */
import { type Array64, at, build, map, matmul, reduce } from "./reference.ts";

export type Attention64 = { mask?: Array64; bias?: Array64; causal?: boolean; scale?: number };

/** softmax(scale·q·kᵀ + bias), where masks allow. */
export function weights64(q: Array64, k: Array64, { mask, bias, causal = false, scale }: Attention64 = {}): Array64 {
  const factor = scale ?? 1 / Math.sqrt(q.shape.at(-1)!);
  let scores = map((s) => s! * factor)(matmul(q, k, false, true));
  if (bias) scores = map((s, b) => s! + b!)(scores, bias);
  if (mask) scores = map((s, m) => (m === 0 ? -Infinity : s!))(scores, mask);
  const behind = (index: number[]) => causal && index.at(-1)! > index.at(-2)!;
  const seen = build(scores.shape, (index) => (behind(index) ? -Infinity : at(scores, index)));
  const last = [seen.shape.length - 1];
  const top = reduce(seen, last, (values) => Math.max(...values), true);
  const exps = map((s, m) => Math.exp(s! - m!))(seen, top);
  const totals = reduce(exps, last, (values) => values.reduce((a, b) => a + b, 0), true);
  return map((e, t) => e! / t!)(exps, totals);
}

export function attention64(q: Array64, k: Array64, v: Array64, options: Attention64 = {}): Array64 {
  return matmul(weights64(q, k, options), v);
}
