import { Cell } from "../wasm/cell.ts";
import type { Tensor } from "./tensor.ts";

/** Rows or columns beyond which the middle is left out, and how many are shown at each end. */
const LIMIT = 10;
const EDGE = 3;
const DIGITS = 5;

function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e-4 && magnitude < 1e6 ? Number(value.toPrecision(DIGITS)).toString() : value.toExponential(3);
}

/** Indices along an axis that are shown; −1 stands for those left out. */
function shown(extent: number): number[] {
  if (extent <= LIMIT) return Array.from({ length: extent }, (_, i) => i);
  const edge = Array.from({ length: EDGE }, (_, i) => i);
  return [...edge, -1, ...edge.map((i) => extent - EDGE + i)];
}

/** The tensor as aligned text, its shape and type first. */
export function formatTensor(tensor: Tensor): string {
  const { shape, dtype } = tensor;
  const head = `Tensor [${shape.join(", ")}] ${dtype}`;
  if (!(tensor.ref instanceof Cell)) return `${head} (compiling: no numbers yet)`;
  const data = tensor.data();
  if (data.length === 0) return head;
  const cells: string[] = [];
  const visit = (axis: number, from: number, count: number): void => {
    if (axis === shape.length) {
      cells.push(formatNumber(data[from]!));
      return;
    }
    const step = count / shape[axis]!;
    for (const i of shown(shape[axis]!)) if (i >= 0) visit(axis + 1, from + i * step, step);
  };
  visit(0, 0, data.length);
  const width = Math.max(...cells.map((text) => text.length));
  let next = 0;
  const draw = (axis: number, indent: string): string => {
    if (axis === shape.length) return cells[next++]!.padStart(width);
    const parts = shown(shape[axis]!).map((i) => (i < 0 ? "…" : draw(axis + 1, `${indent} `)));
    const separator = axis === shape.length - 1 ? " " : `\n${indent} `;
    return `[${parts.join(separator)}]`;
  };
  return shape.length === 0 ? `${head} ${cells[0]}` : `${head}\n${draw(0, "")}`;
}
