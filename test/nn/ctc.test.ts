/** ctc against all paths, one by one, in f64. PyTorch's own numbers are in test/fixtures. */
import { describe, expect, test } from "vitest";
import { ctc, grad, logSoftmax, type Tensor, tensor } from "../../src/index.ts";
import { holdToLaws, type Row } from "../ops/laws.ts";
import { expectSame } from "../support/match.ts";
import { type Array64, array64, at, logSumExp } from "../support/reference.ts";

/** What a path says: without repetitions, then without blanks. */
function said(path: readonly number[], blank: number): string {
  return path.filter((label, i) => label !== blank && label !== path[i - 1]).join();
}

/** All sequences of `steps` classes. */
function pathsOf(steps: number, classes: number): number[][] {
  if (steps === 0) return [[]];
  return pathsOf(steps - 1, classes).flatMap((path) => Array.from({ length: classes }, (_, c) => [...path, c]));
}

type Sequences = { targets: number[][]; steps: number[]; blank: number };

function reference({ targets, steps, blank }: Sequences): (x: Array64) => Array64 {
  return (x) => {
    const classes = x.shape[2]!;
    const losses = targets.map((target, n) => {
      const total = (t: number): number => logSumExp(Array.from({ length: classes }, (_, c) => at(x, [t, n, c])));
      const logs = pathsOf(steps[n]!, classes)
        .filter((path) => said(path, blank) === target.join())
        .map((path) => path.reduce((sum, c, t) => sum + at(x, [t, n, c]) - total(t), 0));
      return -logSumExp(logs);
    });
    return array64([targets.length], losses);
  };
}

/** The same by going through the steps with the probabilities of all states, for sequences of too many paths. */
function stepwise({ targets, steps, blank }: Sequences): (x: Array64) => Array64 {
  return (x) => {
    const classes = x.shape[2]!;
    const losses = targets.map((target, n) => {
      const states = [blank, ...target.flatMap((label) => [label, blank])];
      let paths = states.map(() => 0);
      for (let t = 0; t < steps[n]!; ++t) {
        const total = logSumExp(Array.from({ length: classes }, (_, c) => at(x, [t, n, c])));
        const before = paths;
        paths = states.map((label, i) => {
          const isJump = i > 1 && label !== blank && label !== states[i - 2];
          const from = t === 0 ? Number(i < 2) : before[i]! + (i > 0 ? before[i - 1]! : 0) + (isJump ? before[i - 2]! : 0);
          return from * Math.exp(at(x, [t, n, label]) - total);
        });
      }
      return -Math.log(paths.at(-1)! + (target.length > 0 ? paths.at(-2)! : 0));
    });
    return array64([targets.length], losses);
  };
}

const padded = (targets: readonly number[][]): Tensor => {
  const most = Math.max(...targets.map((target) => target.length));
  return tensor(
    targets.map((target) => [...target, ...new Array<number>(most - target.length).fill(-7)]),
    { dtype: "i32" },
  );
};

const cases: Readonly<Record<string, Sequences>> = {
  "of one length": {
    targets: [
      [1, 2],
      [2, 1],
    ],
    steps: [5, 5],
    blank: 0,
  },
  "of several lengths": { targets: [[1, 1, 2], [2], []], steps: [5, 3, 4], blank: 0 },
  "with another blank": {
    targets: [
      [0, 0],
      [1, 0],
    ],
    steps: [5, 4],
    blank: 2,
  },
  "of one step and one label": { targets: [[1]], steps: [1], blank: 0 },
  "without labels": { targets: [[], []], steps: [3, 2], blank: 1 },
};
/** Of more states than a vector, two vectors, and one more. */
const long: Readonly<Record<string, Sequences>> = {
  "of several vectors of states": {
    targets: [
      [1, 1, 2, 3, 3, 1, 2],
      [2, 3, 2],
      [3, 1, 2, 1],
    ],
    steps: [12, 8, 11],
    blank: 0,
  },
};

const seen = new Set<string>();

describe("ctc", () => {
  for (const [name, own] of Object.entries({ ...cases, ...long })) {
    const { targets, steps, blank } = own;
    const [t, classes] = [Math.max(5, ...steps), Math.max(2, ...targets.flat()) + 1];
    const lengths = { inputLengths: steps, targetLengths: targets.map((target) => target.length) };
    const row: Row = {
      name: `sequences ${name}`,
      f: (x) => ctc(logSoftmax(x), padded(targets), { ...lengths, blank, reduction: "none" }),
      reference: name in long ? stepwise(own) : reference(own),
      inputs: [[{ shape: [t, targets.length, classes] }]],
      ulps: 256, // a sum of logarithms a step, each rounded to the size of the largest
    };
    holdToLaws(row, seen);
  }

  test("the rows above compute and differentiate by the ops that they hold to laws", () =>
    expect([...seen].filter((name) => name.startsWith("ctc"))).toEqual(["ctc", "ctcGrad"]));

  test("steps and paths tell the same", () => {
    for (const own of Object.values(cases)) {
      const classes = Math.max(2, ...own.targets.flat()) + 1;
      const x = array64(
        [5, own.targets.length, classes],
        Array.from({ length: 5 * own.targets.length * classes }, (_, i) => Math.sin(i)),
      );
      for (const [i, loss] of reference(own)(x).data.entries()) expect(stepwise(own)(x).data[i]).toBeCloseTo(loss, 12);
    }
  });

  const x = tensor(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    { shape: [4, 2, 3] },
  );
  const labels = tensor(
    [
      [1, 2],
      [1, 1],
    ],
    { dtype: "i32" },
  );

  test("means divide by the labels' number, and follow sample weights", () => {
    const log = logSoftmax(x);
    const [a, b] = ctc(log, labels, { reduction: "none" }).data() as Float32Array;
    expect(ctc(log, labels).item()).toBeCloseTo((a! / 2 + b! / 2) / 2, 6);
    expect(ctc(log, labels, { sampleWeight: [3, 1] }).item()).toBeCloseTo((3 * (a! / 2) + b! / 2) / 4, 6);
    expect(ctc(log, labels, { reduction: "sum" }).item()).toBeCloseTo(a! + b!, 6);
  });

  test("a sequence too short for its labels is impossible, or counts as 0; no gradient flows to it", () => {
    const loss = (z: Tensor) => ctc(logSoftmax(z), labels, { inputLengths: [4, 2], reduction: "none", zeroInfinity: true });
    expect(ctc(logSoftmax(x), labels, { inputLengths: [4, 2], reduction: "none" }).data()[1]).toBe(Infinity);
    expect(loss(x).data()[1]).toBe(0);
    const gradient = grad((z: Tensor) => loss(z).sum())(x);
    expect(
      gradient
        .slice(1, 2, 1)
        .data()
        .every((value) => value === 0),
    ).toBe(true);
    expect(gradient.data().every(Number.isFinite)).toBe(true);
  });

  test("a class that is impossible", () => {
    const log = tensor([[[-Infinity, 0]], [[Math.log(0.5), Math.log(0.5)]]]);
    expect(ctc(log, tensor([[1]], { dtype: "i32" })).item()).toBeCloseTo(0, 6);
    expect(
      grad((z: Tensor) => ctc(z, tensor([[1]], { dtype: "i32" })))(log)
        .data()
        .every(Number.isFinite),
    ).toBe(true);
  });

  test("what stands beyond a sequence's end does not count", () => {
    const loss = (z: Tensor) => ctc(logSoftmax(z), labels, { inputLengths: [3, 4], reduction: "none" });
    const other = x.data().slice();
    other[18] = 9;
    expectSame("loss", loss(tensor(other, { shape: [4, 2, 3] })), loss(x));
  });

  test("no sequences", () => {
    const none = tensor(new Int32Array(0), { shape: [0, 2] });
    expect(ctc(tensor(new Float32Array(0), { shape: [4, 0, 3] }), none, { reduction: "sum" }).item()).toBe(0);
  });

  test.each([
    [
      () => ctc(x.reshape([8, 3]), labels),
      "ShapeError: ctc: expects log-probabilities [t, n, classes]; got logProbabilities: [8, 3]",
    ],
    [
      () => ctc(x.permute([1, 0, 2]), labels),
      "ShapeError: ctc: expects labels [n, s], padded to the longest; got logProbabilities: [2, 4, 3], target: [2, 2] — try permute(x, [1, 0, 2]), where the batch comes first",
    ],
    [() => ctc(x, labels, { blank: 3 }), "ValueError: ctc: blank is a class from 0 to 2; got 3"],
    [() => ctc(x, labels, { inputLengths: [4] }), "ShapeError: ctc: needs 2 inputLengths; got inputLengths: [1]"],
    [() => ctc(x, labels, { targetLengths: [2, 3] }), "ValueError: ctc: targetLengths are whole numbers from 0 to 2; got 3"],
    [
      () =>
        ctc(
          x,
          tensor(
            [
              [1, 5],
              [1, 1],
            ],
            { dtype: "i32" },
          ),
        ),
      "ValueError: ctc: a label must be from 0 to 2; got 5 in row 1",
    ],
  ])("errors, %#", (f, text) => {
    try {
      f();
    } catch (error) {
      expect(String(error)).toContain(text);
      return;
    }
    expect.fail("no error");
  });
});
