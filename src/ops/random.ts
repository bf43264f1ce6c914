/**
 * Random numbers: a stream has a key and a counter, both in memory; each draw takes a *ticket* from it, and what is drawn is a
 * function of the ticket alone. So the same numbers come eager and compiled, whatever the number of threads, and a gradient can draw
 * again what the value drew.
 */
import { CompileError, ValueError } from "../core/errors.ts";
import { keyOf } from "../core/seed.ts";
import { checkShape, type Shape } from "../core/shape.ts";
import { journal } from "../graph/journal.ts";
import { defineOp, type Op } from "../graph/op.ts";
import { isCompiling } from "../graph/record.ts";
import { stateTensor, writeState } from "../graph/state.ts";
import type { Tensor } from "../graph/tensor.ts";
import { dropoutKernels } from "../wasm/kernels.gen.ts";

const DRAW_NS = 4;

const ticketOp = defineOp<[state: Tensor]>({
  name: "ticket",
  dtypes: ["i32"],
  shape: () => [{ shape: [4], dtype: "i32" }],
  lower: (program, [state], [ticket]) => program.draw(state.ref, ticket!.ref),
});

/** A stream of random numbers: the same seed and path, the same numbers. */
export class Stream {
  /** @internal Key, draws so far, 0. */
  readonly state: Tensor = stateTensor(new Int32Array(4));
  /** Whether a seed has been chosen for it (its own, or `init`'s), and not just given because something needed one. */
  seeded = false;
  #placed = false;

  constructor(seed?: number, path = "") {
    if (seed !== undefined) this.seed(seed, path);
    else this.#reset(0, path);
  }

  /** Begins again with another seed. */
  seed(seed: number, path = ""): void {
    this.#reset(seed, path);
    this.seeded = true;
  }

  /** @internal Its key where nobody has chosen one: of the path, with a seed anew each time, without one only the first time. */
  place(seed: number | undefined, path: string): void {
    if (this.seeded || (seed === undefined && this.#placed)) return;
    this.#reset(seed ?? 0, path);
    this.#placed = true;
  }

  /** Numbers equally likely in [low, high); default [0, 1). */
  uniform(shape: Shape, low = 0, high = 1): Tensor {
    return uniformOp([this.ticket()], { shape: checkShape("uniform", shape), low, high })[0];
  }

  /** Normally distributed numbers; default mean 0, deviation 1. */
  normal(shape: Shape, mean = 0, deviation = 1): Tensor {
    return normalOp([this.ticket()], { shape: checkShape("normal", shape), mean, deviation })[0];
  }

  /** The numbers 0 … n − 1 in random order, i32. */
  permutation(n: number): Tensor {
    return permutationOp([this.ticket()], { shape: checkShape("permutation", [n]) })[0];
  }

  /** @internal The next draw. */
  ticket(): Tensor {
    const draw = (): Tensor => ticketOp([this.state], undefined)[0];
    return journal()?.ticket(draw) ?? draw();
  }

  #reset(seed: number, path: string): void {
    if (isCompiling())
      throw new CompileError(
        "random",
        "a stream is made and seeded outside of compiled functions",
        undefined,
        "making it before, and drawing from it inside",
      );
    const [a, b] = keyOf("random", seed, path);
    writeState(this.state, Int32Array.of(a, b, 0, 0));
  }
}

/**
 * A stream of random numbers.
 *
 * @param seed a whole number ≥ 0; default 0
 * @example const noise = random(7).normal([8, 64]);
 */
export function random(seed = 0): Stream {
  return new Stream(seed);
}

type Uniform = { shape: Shape; low: number; high: number };
const uniformOp = defineOp<[ticket: Tensor], Uniform>({
  name: "uniform",
  dtypes: ["i32"],
  shape: (_, { shape }) => [shape],
  lower: (program, [ticket], [y], { low, high }) =>
    program.emit("uniform", { ticket: ticket.ref, y: y!.ref, low, high }, y!.size, y!.size * DRAW_NS),
});

type Normal = { shape: Shape; mean: number; deviation: number };
const normalOp = defineOp<[ticket: Tensor], Normal>({
  name: "normal",
  dtypes: ["i32"],
  shape: (_, { shape }) => [shape],
  lower: (program, [ticket], [y], { mean, deviation }) => {
    const n = y!.size;
    program.emit("normal", { ticket: ticket.ref, y: y!.ref, mean, deviation, n }, Math.ceil(n / 2), n * DRAW_NS * 2);
  },
});

const permutationOp = defineOp<[ticket: Tensor], { shape: Shape }>({
  name: "permutation",
  dtypes: ["i32"],
  shape: (_, { shape }) => [{ shape, dtype: "i32" }],
  lower: (program, [ticket], [y]) =>
    program.emit("permutation", { ticket: ticket.ref, y: y!.ref, n: y!.size }, 1, y!.size * DRAW_NS),
});

const dropoutOp: Op<[x: Tensor, ticket: Tensor], { p: number }> = defineOp({
  name: "dropout",
  dtypes: ["f32", "i32"],
  names: ["x", "ticket"],
  shape: ([x]) => [x.shape],
  lower: (program, [x, ticket], [y], { p }) =>
    program.emit(dropoutKernels.dropout, { x: x.ref, ticket: ticket.ref, y: y!.ref, p }, x.size, x.size * DRAW_NS),
  // The same ticket drops the same elements.
  grad: ([dy], [, ticket], _, { p }) => [() => dropoutOp([dy!, ticket], { p })[0], () => null],
});

/**
 * Each element becomes 0 with probability p, the others grow by 1/(1 − p), so that sums stay what they were on average.
 *
 * @param p from 0 to 1
 * @source Srivastava et al. 2014, JMLR 15, 1929–1958
 */
export const dropout: (x: Tensor, p: number, stream: Stream) => Tensor = (x, p, stream) => {
  if (!(p >= 0 && p <= 1)) throw new ValueError("dropout", "p is from 0 to 1", String(p));
  return p === 0 ? x : dropoutOp([x, stream.ticket()], { p })[0];
};
