/** The data sets inside the package, by what is known of them. */
import { describe, expect, test } from "vitest";
import {
  airlinePassengers,
  breastCancer,
  cora,
  diabetes,
  digits,
  fashionMnist,
  iris,
  karate,
  names,
  tinyShakespeare,
  wine,
} from "../../src/datasets/index.ts";
import { type Tensor, tensor } from "../../src/index.ts";

/** Rows of each class. */
function countsOf(y: Tensor): number[] {
  const labels = [...y.data()];
  return Array.from({ length: Math.max(...labels) + 1 }, (_, own) => labels.filter((label) => label === own).length);
}

describe("tables", () => {
  test.each([
    ["iris", iris, [150, 4], [50, 50, 50], ["setosa", "versicolor", "virginica"]],
    ["wine", wine, [178, 13], [59, 71, 48], ["class_0", "class_1", "class_2"]],
    ["breastCancer", breastCancer, [569, 30], [357, 212], ["benign", "malignant"]],
  ] as const)("%s", async (_, load, shape, counts, classes) => {
    const { x, y, classes: found, features, table } = await load();
    expect([x.shape, countsOf(y), found]).toEqual([shape, counts, classes]);
    expect([features.length, table.names.length, table.rows]).toEqual([shape[1], shape[1] + 1, shape[0]]);
  });

  test("diabetes is a number to predict", async () => {
    const { x, y } = await diabetes();
    expect([x.shape, y.shape, y.dtype]).toEqual([[442, 10], [442, 1], "f32"]); // biome-ignore format: one line
    expect(y.mean().item()).toBeCloseTo(152.13, 2);
  });

  test("digits rest as bytes", async () => {
    const { x, y } = await digits();
    expect([x.shape, x.dtype, Math.max(...x.data())]).toEqual([[1797, 8, 8, 1], "u8", 16]); // biome-ignore format: one line
    expect(countsOf(y)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  test("passengers, month by month", async () => {
    const table = await airlinePassengers();
    expect(table.rows).toBe(144);
    expect(table.records()[0]).toEqual({ month: "1949-01", passengers: 112 });
  });
});

test("names", async () => {
  const list = await names();
  expect([list.length, list[0], Math.max(...list.map(({ length }) => length))]).toEqual([32033, "emma", 15]);
  expect(list.every((name) => /^[a-z]+$/.test(name))).toBe(true);
});

describe("graphs", () => {
  test("the karate club", async () => {
    const { nodes, edges, y, classes } = await karate();
    expect([nodes, edges.length, countsOf(y), classes]).toEqual([34, 78, [17, 17], ["Mr. Hi", "Officer"]]); // biome-ignore format: one line
  });

  test("Cora, with Planetoid's split", async () => {
    const { nodes, edges, x, y, classes, split } = await cora();
    expect([nodes, edges.length, x.shape]).toEqual([2708, 5278, [2708, 1433]]); // biome-ignore format: one line
    expect(countsOf(y)).toEqual([351, 217, 418, 818, 426, 298, 180]);
    expect(classes).toHaveLength(7);
    expect([split.train.size, split.validation.size, split.test.size]).toEqual([140, 500, 1000]);
    expect(x.sum().item()).toBe(tensor(x.data()).greater(0).sum().item());
  });
});

test("what is not inside says where it comes from", async () => {
  await expect(fashionMnist()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: fashionMnist: needs a folder; nothing is fetched; got none — try fashionMnist({ folder }), with the four files of github.com/zalandoresearch/fashion-mnist]`,
  );
  await expect(tinyShakespeare()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: tinyShakespeare: needs the file's path; nothing is fetched; got none — try tinyShakespeare({ path }), with data/tinyshakespeare/input.txt of github.com/karpathy/char-rnn]`,
  );
});
