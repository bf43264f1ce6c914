/** Charts of lines, as text and as SVG. */
import { expect, test } from "vitest";
import { drawLines, lineChart } from "../../src/report/index.ts";

const loss = { name: "loss", x: [1, 2, 3, 4], y: [4, 2, 1, Number.NaN] };

test("as text", () => {
  expect(drawLines([loss, { name: "a & b", x: [1, 3], y: [1, 4] }], { title: "Training", xLabel: "epoch" })).toMatchInlineSnapshot(`
    "Training
    4 ┤●                                                          ○
      ┤
      ┤
      ┤
      ┤
    3 ┤
      ┤
      ┤
      ┤
      ┤
    2 ┤                              ●
      ┤
      ┤
      ┤
      ┤
    1 ┤○                                                          ●
      └────────────────────────────────────────────────────────────
       1              1.5            2             2.5            3        epoch
    ● loss   ○ a & b"
  `);
});

test("a mark, powers of ten", () => {
  const text = drawLines([{ name: "loss", x: [1e-3, 1e-2, 1e-1], y: [1, 1, 1] }], { logX: true, mark: { x: 1e-2, text: "here" } });
  expect(text).toContain("● loss   │ here");
  expect(text.split("\n").at(-2)).toMatch(/1e-3 +1e-2 +1e-1/);
});

test("as SVG, with what it says escaped", () => {
  const svg = lineChart([loss, { name: "<a & b>", x: [1, 3], y: [1, 4] }], { title: "Training", yLabel: "loss" });
  expect(svg).toContain('<polyline points="70.0,40.0 345.0,213.3 620.0,300.0" fill="none" stroke="#0072b2" stroke-width="2"/>');
  expect(svg).toContain("&lt;a &amp; b&gt;");
  expect(svg).not.toMatch(/NaN|<a/);
});

test.each([
  [[], "ValueError: drawLines: needs at least one finite point"],
  [[{ name: "a", x: [1], y: [] }], "ValueError: drawLines: a line has as many x as y; got 1 and 0"],
])("refuses %o", (lines, text) => {
  expect(() => drawLines(lines)).toThrow(text.slice("ValueError: ".length));
});
