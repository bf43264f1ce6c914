/** What convolution and pooling refuse; their values are held to PyTorch's by test/conformance. */
import { expect, test } from "vitest";
import { avgPool1d, avgPool2d, conv1d, conv2d, maxPool2d, zeros } from "../../src/ops/index.ts";

const thrown: [string, () => unknown][] = [
  [
    "ShapeError: conv2d: expects x: [batch, height, width, 1], channels last; got x: [128, 1, 28, 28], weight: [3, 3, 1, 32] — try permute([0, 2, 3, 1])",
    () => conv2d(zeros([128, 1, 28, 28]), zeros([3, 3, 1, 32])),
  ],
  [
    "ShapeError: conv2d: expects x: [batch, height, width, 1]; got x: [128, 28, 28, 3], weight: [3, 3, 1, 32]",
    () => conv2d(zeros([128, 28, 28, 3]), zeros([3, 3, 1, 32])),
  ],
  [
    "ShapeError: conv2d: expects x: [batch, height, width, 1]; got x: [28, 28, 1], weight: [3, 3, 1, 32]",
    () => conv2d(zeros([28, 28, 1]), zeros([3, 3, 1, 32])),
  ],
  [
    "ShapeError: conv2d: expects weight: [kh, kw, in / groups, out]; got x: [1, 28, 28, 1], weight: [3, 3, 32]",
    () => conv2d(zeros([1, 28, 28, 1]), zeros([3, 3, 32])),
  ],
  [
    "ShapeError: conv2d: the window reaches over 5 of 4 pixels down; got image: [4, 4], window: [5, 3]",
    () => conv2d(zeros([1, 4, 4, 1]), zeros([5, 3, 1, 2])),
  ],
  [
    "ShapeError: conv2d: the window reaches over 0 of 4 pixels down; got image: [4, 4], window: [0, 3]",
    () => conv2d(zeros([1, 4, 4, 1]), zeros([0, 3, 1, 2])),
  ],
  [
    "ValueError: conv2d: stride must be a whole number from 1 on, or two: [vertical, horizontal]; got 0",
    () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 2]), { stride: 0 }),
  ],
  [
    'ValueError: conv2d: padding must be "same", "valid", a whole number, [vertical, horizontal] or [top, bottom, left, right]; got -1',
    () => conv2d(zeros([1, 4, 4, 1]), zeros([3, 3, 1, 2]), { padding: -1 }),
  ],
  [
    "ValueError: conv2d: groups must divide the 3 outputs; got 2",
    () => conv2d(zeros([1, 4, 4, 4]), zeros([3, 3, 2, 3]), { groups: 2 }),
  ],
  [
    "ShapeError: conv1d: expects x: [batch, length, 2], channels last; got x: [8, 2, 100], weight: [3, 2, 4] — try permute([0, 2, 1])",
    () => conv1d(zeros([8, 2, 100]), zeros([3, 2, 4])),
  ],
  [
    "ShapeError: maxPool2d: expects x: [batch, height, width, channels]; got x: [8, 100, 2]",
    () => maxPool2d(zeros([8, 100, 2]), 2),
  ],
  [
    "ValueError: maxPool2d: padding must be smaller than the window, which reaches over 2; got 2",
    () => maxPool2d(zeros([1, 4, 4, 1]), 2, { padding: 2 }),
  ],
  [
    "ShapeError: avgPool1d: the window reaches over 5 of 4 pixels across; got image: [1, 4], window: [1, 5]",
    () => avgPool1d(zeros([1, 4, 1]), 5),
  ],
  [
    "ValueError: avgPool2d: kernel must be a whole number from 1 on, or two: [vertical, horizontal]; got 1.5",
    () => avgPool2d(zeros([1, 4, 4, 1]), 1.5),
  ],
];

test.each(thrown)("%s", (text, f) => {
  let caught: unknown;
  try {
    f();
  } catch (error) {
    caught = error;
  }
  expect(String(caught)).toBe(text);
});
