/** What convolutions do to their sums before they store them: bias, residual and relu behind them are passes no longer. */
import { epilogues, type Rewrite, type TakeOver } from "../graph/passes/epilogue.ts";
import type { Instruction } from "../graph/plan.ts";
import type { Ref } from "../wasm/program.ts";

type Operands = Instruction["operands"];

/** Columns of a tile: assembly/convolution/tile.ts adds whole ones. */
const PANEL = 8;

const lengthOf = (operand: Ref | number | undefined): number => (typeof operand === "object" ? operand.length : 0);

/** Whether the kernel can do something to its sums: see assembly/kernels/convolution.ts. */
function canFinish(kernel: string, { outputs, groups, upY, upX, channels }: Operands): boolean {
  if (kernel === "winograd") return true;
  return kernel === "convolve" && Number(outputs) % (Number(groups) * PANEL) === 0 && upY === 1 && upX === 1 && channels !== 0;
}

/** The sum of a convolution and a row, or another image of its size. */
function withSum(own: Operands, { a, b, y, rows, cols, aRow, aCol, bRow, bCol }: Operands): Operands | null {
  if (own.residual) return null;
  if (a === own.y && bRow === 0 && bCol === 1 && aRow === cols && aCol === 1) {
    return cols === own.outputs && !own.bias ? { ...own, bias: b!, y: y! } : null;
  }
  const size = lengthOf(own.y);
  if (rows !== 1 || aCol !== 1 || bCol !== 1 || lengthOf(a) !== size || lengthOf(b) !== size) return null;
  return { ...own, residual: a === own.y ? b! : a!, y: y! };
}

const takeOver: TakeOver = ({ info, operands: own }, { info: { name }, operands: next }) => {
  if (own.relu || !canFinish(info.name, own)) return null;
  if (name === "relu") return { ...own, relu: 1, y: next.y! };
  return name === "add" ? withSum(own, next) : null;
};

/** The pass, for programs with convolutions. */
export const convolutionEpilogues: Rewrite = (instructions, kept) => epilogues(instructions, kept, takeOver);
