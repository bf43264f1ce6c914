import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  adam,
  crossEntropy,
  Flatten,
  fit,
  Linear,
  mse,
  relu,
  Sequential,
  Table,
  TablePreparation,
  tensor,
} from "../../src/index.ts";
import { permutationImportance, report, saliency } from "../../src/report/index.ts";
import { sparkline } from "../../src/report/terminal.ts";

/** Bright above or bright below, and some that are neither. */
function images() {
  const x = new Uint8Array(60 * 16).map((_, i) => {
    const [row, pixel] = [Math.floor(i / 16), i % 16];
    return pixel < 8 === (row % 2 === 0) ? 200 + ((row * 7 + pixel) % 40) : (row * pixel) % 90;
  });
  return {
    x: tensor(x, { shape: [60, 4, 4, 1] }),
    y: tensor(Int32Array.from({ length: 60 }, (_, row) => (row % 10 === 9 ? 0 : row % 2))),
  };
}

describe("report", () => {
  test("of raw rows: names of classes, and numbers in their own units, as the preparation knows them", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ size: i, kind: i < 20 ? "small" : "large", price: 1000 + 10 * i }));
    const options = { optimizer: adam({ lr: 0.05 }), epochs: 2, verbose: false };
    const kinds = new TablePreparation({ target: "kind", ignore: ["price"] });
    const classifier = new Sequential(new Linear(1, 2));
    await fit(classifier, kinds.fitTransform(Table.fromRecords(rows)), { loss: crossEntropy, ...options });
    const { findings } = await report(classifier, rows);
    expect(findings.task === "classes" && findings.names).toEqual(["large", "small"]);
    const prices = new TablePreparation({ target: "price", ignore: ["kind"], task: "regression" });
    const regressor = new Sequential(new Linear(1, 1));
    await fit(regressor, prices.fitTransform(Table.fromRecords(rows)), { loss: mse, ...options });
    const numbers = (await report(regressor, Table.fromRecords(rows))).findings;
    expect(numbers.task === "numbers" && numbers.actual.map(Math.round)).toEqual(rows.map(({ price }) => price));
    await expect(report(new Sequential(new Linear(1, 2)), rows)).rejects.toThrow("report: the model takes numbers");
  });

  test("of classes: page and text, with what both must show", async () => {
    const data = images();
    const model = new Sequential(
      new Flatten(),
      { forward: (x: ReturnType<typeof tensor>) => x.cast("f32").div(255) },
      new Linear(16, 2),
    );
    const history = await fit(model, data, {
      loss: crossEntropy,
      optimizer: adam({ lr: 0.05 }),
      epochs: 5,
      validation: 0.2,
      verbose: false,
    });
    const path = `/tmp/nabla-report-${process.pid}.html`;
    const made = await report(model, data, {
      history,
      path,
      title: "Bright <images>",
      classes: ["above", "below"],
      settings: { seed: 3, note: "a & b" },
    });
    expect(readFileSync(path, "utf8")).toBe(made.html);
    const text = String(made);
    for (const part of ["precision", "true \\ predicted", "calibration error", "taken for", "loss fell from", "seed", "Linear"])
      expect(text).toContain(part);
    expect(made.html).toContain("Bright &#60;images&#62;");
    expect(made.html).toContain("a &#38; b");
    for (const part of [
      "ROC",
      "Precision and recall",
      "Calibration",
      "Confusion matrix",
      "Worst mistakes",
      'paint("mistake-0", 4, 4, 1',
    ])
      expect(made.html).toContain(part);
    expect(made.html).not.toMatch(/(src|href)=/); // nothing is fetched
  });

  test("of numbers; without a history; of more mistakes than there are", async () => {
    const x = tensor(Array.from({ length: 20 }, (_, i) => [i / 20]));
    const model = new Sequential(new Linear(1, 1));
    const data = { x, y: x.mul(3) };
    const history = await fit(model, data, { loss: mse, optimizer: adam({ lr: 0.1 }), epochs: 30, verbose: false });
    expect(String(await report(model, data, { history }))).toMatch(/R² 0\.\d+ {3}RMSE/);
    expect(String(await report(model, data))).toContain("judged on 20 rows");
  });

  test("a curve in a line of text", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(sparkline([1, 2, Number.NaN])).toBe("▁█ ");
  });
});

describe("explanations", () => {
  const rows = Array.from({ length: 200 }, (_, i) => [i / 100 - 1, ((i * 37) % 100) / 50 - 1]);
  const data = { x: tensor(rows), y: tensor(Int32Array.from(rows, ([a]) => Number(a! > 0))) };

  test("permutation importance finds the feature that matters, and says so the same each time", async () => {
    const model = new Sequential(new Linear(2, 4), relu, new Linear(4, 2));
    await fit(model, data, { loss: crossEntropy, optimizer: adam({ lr: 0.05 }), epochs: 20, verbose: false });
    const found = permutationImportance(model, data, { names: ["signal", "noise"] });
    expect(found[0]!.feature).toBe("signal");
    expect(found[0]!.mean).toBeGreaterThan(0.3);
    expect(Math.abs(found[1]!.mean)).toBeLessThan(0.1);
    expect(permutationImportance(model, data, { names: ["signal", "noise"] })[0]!.mean).toBe(found[0]!.mean);
    expect(String(found)).toMatch(/^feature {2}/);
    expect(() => permutationImportance(model, { x: data.x.reshape([400]), y: data.y })).toThrow(/expects rows of features/);
  });

  test("saliency is the gradient of the class' score, times the input", () => {
    const model = new Sequential(new Linear(2, 2, { bias: false }));
    const weight = model.layers[0] as Linear;
    weight.weight.set(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(saliency(model, tensor([[5, 7]]), 0).data()).toEqual(Float32Array.of(5, 21));
    expect(saliency(model, tensor([[5, 7]]), undefined, { times: "nothing" }).data()).toEqual(Float32Array.of(2, 4));
    expect(() => saliency(model, tensor([[5, 7]]), 2)).toThrow("saliency: the class is from 0 to 1; got 2");
  });
});
