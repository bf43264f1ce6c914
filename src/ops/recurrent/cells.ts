/** The kinds of cells: their steps in other ops, and their kernels. Formulas, and the order of gates, are PyTorch's. */
import type { Tensor } from "../../graph/tensor.ts";
import { recurrentKernels } from "../../wasm/kernels.gen.ts";
import { matmul } from "../matmul.ts";
import { add, mul, relu, sigmoid, sub, tanh } from "../pointwise.ts";
import { slice } from "../shape.ts";
import { type Cell, defineRecurrence } from "./define.ts";

/** Gates that lie side by side along the last axis. */
function apart(x: Tensor, gates: number): Tensor[] {
  const hidden = x.shape[1]! / gates;
  return Array.from({ length: gates }, (_, i) => slice(x, i * hidden, (i + 1) * hidden, 1));
}

/** p + bias + state·weight */
function sums(p: Tensor, weight: Tensor, bias: Tensor, state: Tensor): Tensor {
  return add(add(matmul(state, weight), p), bias);
}

/** h = f(x·weightIh + bias + h·weightHh) */
function plainCell(name: string, activation: (x: Tensor) => Tensor, isRelu: 0 | 1): Cell {
  return {
    name,
    gates: 1,
    biases: 1,
    states: 1,
    saved: () => [],
    step: (p, weight, [bias], [h]) => [activation(sums(p, weight, bias!, h!))],
    forward(program, { p, panels, biases, initial, lengths, work, y, last, before }, extents, { items, nanoseconds, fault }) {
      const given = { p, panels, bias: biases[0]!, h0: initial[0]!, lengths };
      program.emit(
        recurrentKernels.rnn,
        { ...given, work, y, last: last[0]!, before, ...extents, relu: isRelu },
        items,
        nanoseconds,
        fault,
      );
    },
    backward(program, { panels, lengths, dy, dLast, last, before, products, dInitial }, extents, { items, nanoseconds }) {
      const given = { panels, lengths, dy, dLast: dLast[0]!, before, last: last[0]! };
      program.emit(
        recurrentKernels.rnnGrad,
        { ...given, dp: products[0]!, dh0: dInitial[0]!, ...extents, relu: isRelu },
        items,
        nanoseconds,
      );
    },
  };
}

const tanhCell = plainCell("rnn", tanh, 0);
const reluCell = plainCell("rnnRelu", relu, 1);
export const rnnCell = defineRecurrence(tanhCell);
export const rnnReluCell = defineRecurrence(reluCell);

/** i, f, g, o; cell = f·cell + i·g; h = o·tanh(cell). Saved: gates, and the cells that steps begin with. */
export const lstmCell = defineRecurrence({
  name: "lstm",
  gates: 4,
  biases: 1,
  states: 2,
  saved: (states, gates) => [gates, states],
  step(p, weight, [bias], [h, c]) {
    const [i, f, g, o] = apart(sums(p, weight, bias!, h!), 4) as [Tensor, Tensor, Tensor, Tensor];
    const cell = add(mul(sigmoid(f), c!), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(cell)), cell];
  },
  forward(program, { p, panels, biases, initial, lengths, work, y, last, before, saved }, extents, { items, nanoseconds, fault }) {
    const given = { gates: p, panels, bias: biases[0]!, h0: initial[0]!, c0: initial[1]!, lengths };
    const found = { work, y, last: last[0]!, lastCell: last[1]!, before, cells: saved[1]! };
    program.emit(recurrentKernels.lstm, { ...given, ...found, ...extents }, items, nanoseconds, fault);
  },
  backward(program, { panels, lengths, dy, dLast, last, saved, products, dInitial }, extents, { items, nanoseconds }) {
    const given = { panels, lengths, dy, dLast: dLast[0]!, dLastCell: dLast[1]! };
    const kept = { gates: saved[0]!, cells: saved[1]!, lastCell: last[1]! };
    const found = { dp: products[0]!, dh0: dInitial[0]!, dc0: dInitial[1]! };
    program.emit(recurrentKernels.lstmGrad, { ...given, ...kept, ...found, ...extents }, items, nanoseconds);
  },
});

/** r, z; n = tanh(x·weightIh + bias + r·(h·weightHh + biasHh)); h = (1 − z)·n + z·h. Saved: gates, and what r multiplies. */
export const gruCell = defineRecurrence({
  name: "gru",
  gates: 3,
  biases: 2,
  states: 1,
  saved: (states, gates) => [gates, states],
  step(p, weight, [bias, biasHh], [h]) {
    const [pr, pz, pn] = apart(add(p, bias!), 3) as [Tensor, Tensor, Tensor];
    const [hr, hz, hn] = apart(add(matmul(h!, weight), biasHh!), 3) as [Tensor, Tensor, Tensor];
    const fresh = tanh(add(pn, mul(sigmoid(add(pr, hr)), hn)));
    return [add(fresh, mul(sigmoid(add(pz, hz)), sub(h!, fresh)))];
  },
  forward(program, { p, panels, biases, initial, lengths, work, y, last, before, saved }, extents, { items, nanoseconds, fault }) {
    const given = { gates: p, panels, bias: biases[0]!, hiddenBias: biases[1]!, h0: initial[0]!, lengths };
    const found = { work, y, last: last[0]!, inner: saved[1]!, before };
    program.emit(recurrentKernels.gru, { ...given, ...found, ...extents }, items, nanoseconds, fault);
  },
  backward(program, { panels, lengths, dy, dLast, before, saved, products, dInitial }, extents, { items, nanoseconds }) {
    const given = { panels, lengths, dy, dLast: dLast[0]!, gates: saved[0]!, inner: saved[1]!, before };
    const found = { dp: products[0]!, dr: products[1]!, dh0: dInitial[0]! };
    program.emit(recurrentKernels.gruGrad, { ...given, ...found, ...extents }, items, nanoseconds);
  },
});
