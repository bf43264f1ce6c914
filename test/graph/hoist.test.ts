/** What depends on state alone is computed again where that has changed, and only there. */
import { describe, expect, test } from "vitest";
import type { Compiled } from "../../src/graph/compile.ts";
import { listing } from "../../src/graph/listing.ts";
import { hoisted } from "../../src/graph/passes/hoist.ts";
import type { Instruction } from "../../src/graph/plan.ts";
import { stateTensor, writeState } from "../../src/graph/state.ts";
import {
  assign,
  compile,
  conv2d,
  crossEntropy,
  exp,
  init,
  Linear,
  mean,
  noGrad,
  Parameter,
  parameters,
  random,
  relu,
  Sequential,
  sgd,
  sqrt,
  type Tensor,
  uniform,
} from "../../src/index.ts";
import { engineOf } from "../../src/wasm/engine.ts";
import { infoOf, type Ref, Value } from "../../src/wasm/program.ts";
import { expectSame } from "../support/match.ts";
import { labels, noise } from "../support/programs.ts";

const network = () => init(new Sequential(new Linear(128, 80), relu, new Linear(80, 10)), { seed: 1 });
const rows = noise(1, 200, 128);

/** Steps that run only where state has changed, by the listing. */
const once = (f: Compiled<never[], unknown>): string[] =>
  listing(f)
    .split("\n")
    .flatMap((line) => /^ *once \d+ (\w+)/.exec(line)?.[1] ?? []);

/** Where execution began, call by call. */
function firstSteps(call: () => void, times: number): number[] {
  const engine = engineOf();
  const { execute } = engine;
  const begun: number[] = [];
  engine.execute = (program, first, last, shared) => {
    begun.push(first);
    return execute.call(engine, program, first, last, shared);
  };
  try {
    for (let i = 0; i < times; ++i) call();
  } finally {
    engine.execute = execute;
  }
  return begun;
}

test("packed weights are packed once", () => {
  const model = network();
  const predict = compile(model);
  predict(rows);
  expect(once(predict)).toContain("packB");
  const count = once(predict).length;
  expect(firstSteps(() => predict(rows), 3)).toEqual([count, count, count]);
});

test("filters too, and the scale of a frozen batch norm", () => {
  const net = { filters: new Parameter([3, 3, 4, 8], uniform()), variance: stateTensor(new Float32Array(8).fill(4)) };
  init(net, { seed: 2 });
  const f = compile((x: Tensor) => noGrad(() => conv2d(x, net.filters).div(sqrt(net.variance.add(1)))));
  const x = noise(2, 2, 9, 9, 4);
  const plain = () => conv2d(x, net.filters).div(sqrt(net.variance.add(1)));
  expectSame("first", f(x), plain());
  expect(once(f)).toEqual(expect.arrayContaining(["packFilters", "sqrt"]));
  writeState(net.variance, new Float32Array(8).fill(9));
  expectSame("another variance", f(x), plain());
  net.filters.set(net.filters.mul(2));
  expectSame("other filters", f(x), plain());
});

describe("whatever changes the weights", () => {
  const cases: Readonly<Record<string, (model: ReturnType<typeof network>) => () => void>> = {
    "set from outside": (model) => () => {
      for (const parameter of parameters(model).values()) parameter.set(parameter.mul(1.5));
    },
    "an optimizer's eager step": (model) => {
      const optimizer = sgd({ lr: 0.1, momentum: 0.9 }).for(model);
      return () => optimizer.minimize(mean(model.forward(rows).square()));
    },
    "a compiled step": (model) => {
      const optimizer = sgd({ lr: 0.1 }).for(model);
      const step = compile((x: Tensor) => optimizer.minimize(mean(model.forward(x).square())));
      return () => step(rows);
    },
    "an optimizer made later, which moves them": (model) => () => {
      sgd({ lr: 0.1 })
        .for(model)
        .minimize(mean(model.forward(rows).square()));
    },
    "other first values": (model) => {
      let seed = 5;
      return () => {
        init(model, { seed: ++seed });
      };
    },
  };
  test.each(Object.entries(cases))("%s", (_, prepare) => {
    const model = network();
    const predict = compile(model);
    const change = prepare(model);
    let before = predict(rows);
    for (let i = 0; i < 3; ++i) {
      change();
      const now = predict(rows);
      expectSame(
        "prediction",
        now,
        noGrad(() => model.forward(rows, "eval")),
      );
      expectSame("again", predict(rows), now);
      expect(now.data()).not.toEqual(before.data());
      before = now;
    }
  });
});

test("what the program changes itself is computed each time", () => {
  const model = network();
  const optimizer = sgd({ lr: 0.1 }).for(model);
  const y = labels(3, 200, 10);
  const step = compile((x: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  });
  const [first, second] = [step(rows).item(), step(rows).item()];
  expect(second).toBeLessThan(first);
  expect(once(step)).toEqual([]);
  const counter = stateTensor(new Float32Array(1));
  const count = compile(() => {
    assign(counter, counter.add(1));
    return counter.mul(2);
  });
  expect([count(), count(), count()].map((x) => x.item())).toEqual([2, 4, 6]);
});

test("a network with a part that stays as it is packs that part once", () => {
  const [base, head] = [init({ layer: new Linear(128, 80) }, { seed: 3 }), init({ layer: new Linear(80, 10) }, { seed: 4 })];
  const optimizer = sgd({ lr: 0.1 }).for(head);
  const y = labels(4, 200, 10);
  const train = (x: Tensor) => {
    const loss = crossEntropy(head.layer.forward(relu(base.layer.forward(x))), y);
    optimizer.minimize(loss);
    return loss;
  };
  const step = compile(train);
  const losses = [step(rows).item(), step(rows).item(), step(rows).item()];
  expect(once(step)).toEqual(["packB"]);
  head.layer.weight.draw(4, "layer.weight");
  head.layer.bias!.draw(4, "layer.bias");
  expect([train(rows), train(rows), train(rows)].map((loss) => loss.item())).toEqual(losses);
});

test("a program that stops half way has changed what it changed", () => {
  const [state, table] = [stateTensor(new Float32Array(6).fill(1), [6]), noise(6, 5, 6)];
  const read = compile(() => exp(state).mul(2));
  const write = compile((index: Tensor) => {
    assign(state, state.add(1));
    return table.gather(index);
  });
  for (const index of [4, 5, 4]) {
    const before = read().data();
    try {
      write(Int32Array.of(index));
    } catch (error) {
      expect(String(error)).toContain("an index must be");
      expect(index).toBe(5);
    }
    expect(read().data()).not.toEqual(before);
    expectSame("read", read(), exp(state).mul(2));
  }
});

test("what moves in memory keeps its results", () => {
  const model = network();
  const predict = compile(model);
  const before = predict(rows);
  sgd({ lr: 0.1 }).for(model); // lays the parameters side by side
  expectSame("prediction", predict(rows), before);
});

test("random numbers are drawn each time", () => {
  const stream = random(3);
  const draw = compile(() => stream.uniform([4]));
  expect(draw().data()).not.toEqual(draw().data());
});

test("results that depend on state alone", () => {
  const state = stateTensor(Float32Array.of(1, 2));
  const f = compile(() => state.mul(3));
  const first = f();
  writeState(state, Float32Array.of(5, 6));
  expect([first.toArray(), f().toArray(), f().toArray()]).toEqual([
    [3, 6],
    [15, 18],
    [15, 18],
  ]);
});

/** Instructions of one kernel that writes all of y, by what they read and write. */
function copies(pairs: readonly (readonly [x: Ref, y: Ref])[]): Instruction[] {
  const info = infoOf("copy");
  return pairs.map(([x, y]) => ({ op: "", info, operands: { x, y }, items: 4, nanoseconds: 1, fault: undefined }));
}

describe("the pass", () => {
  const state = stateTensor(new Float32Array(4)).cell("test");
  const value = (isInput = false) => new Value("f32", [4], isInput);
  const [input, a, b, c, d] = [value(true), value(), value(), value(), value()];
  const parts = (...pairs: [x: Ref, y: Ref][]) => {
    const all = copies(pairs);
    const { once, watched, lasting } = hoisted(all, new Set());
    return { once: once.map((one) => all.indexOf(one)), watched: watched.length, lasting };
  };

  test("divides by what reads an input", () =>
    expect(parts([state, a], [input, b], [a, c], [c, d], [b, d])).toEqual({ once: [0, 2], watched: 1, lasting: [c] }));
  test("takes all writers of a memory together", () =>
    expect(parts([state, a], [a, b], [input, b])).toEqual({ once: [0], watched: 1, lasting: [a] }));
  test("moves nothing before who reads what stood there until then", () =>
    expect(parts([state, a], [a, b], [input, b], [state, a])).toEqual({ once: [], watched: 0, lasting: [] }));
  test("leaves what reads state that the program writes", () =>
    expect(parts([state, a], [input, state])).toEqual({ once: [], watched: 0, lasting: [] }));
});
