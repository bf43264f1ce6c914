/** Known tables, inside the package. */
import type { Dataset } from "../data/dataset.ts";
import { distinct } from "../data/labels.ts";
import { Table } from "../data/table.ts";
import { tensor } from "../graph/from.ts";
import { unpack } from "./unpack.ts";

/** A data set, what its columns are called, and the table that it comes from, the target as its last column. */
export type TabularDataset = Dataset & { features: readonly string[]; table: Table };

type Columns = Record<string, (string | number)[]>;

/** @param target the last column: words are classes, in order of their letters, unless `classes` names them */
async function tabular(packed: string, classes?: readonly string[]): Promise<TabularDataset> {
  const table = new Table(await unpack<Columns>(packed));
  const target = table.names.at(-1)!;
  const features = table.names.slice(0, -1);
  const x = table.tensor(features);
  const column = table.column(target);
  if (column instanceof Float64Array && !classes) return { x, y: table.tensor([target]), features, table };
  const labels = distinct(table.words(target) as readonly string[]);
  const numbers = new Map(labels.map((label, number) => [label, number]));
  const y = tensor(Int32Array.from(table.words(target), (label) => numbers.get(label as string)!));
  return { x, y, classes: classes ?? (labels as string[]), features, table };
}

/**
 * 150 irises of three species: x f32 [150, 4], lengths and widths of sepals and petals in cm; y i32 [150].
 *
 * @source R. A. Fisher 1936, Annals of Eugenics 7(2); the numbers as scikit-learn has them
 * @example const { train, test } = split(await iris(), { train: 0.8, test: 0.2 }, { stratify: true });
 */
export async function iris(): Promise<TabularDataset> {
  return tabular((await import("./files/iris.ts")).packed);
}

/**
 * 178 wines of three growers: x f32 [178, 13], of a chemical analysis; y i32 [178].
 *
 * @source M. Forina and others 1991, PARVUS; UCI Machine Learning Repository, CC BY 4.0
 */
export async function wine(): Promise<TabularDataset> {
  return tabular((await import("./files/wine.ts")).packed, ["class_0", "class_1", "class_2"]);
}

/**
 * 569 tumours, malignant or benign: x f32 [569, 30], of cell nuclei in pictures; y i32 [569], 0 benign, 1 malignant.
 *
 * @source W. Wolberg, O. Mangasarian, N. Street, W. Street 1993; UCI Machine Learning Repository, CC BY 4.0
 */
export async function breastCancer(): Promise<TabularDataset> {
  return tabular((await import("./files/breast-cancer.ts")).packed);
}

/**
 * 442 patients: x f32 [442, 10], age, sex, body-mass index, blood pressure, six blood measurements, in their own units; y f32 [442, 1], how
 * far diabetes had gone a year later.
 *
 * @source B. Efron, T. Hastie, I. Johnstone, R. Tibshirani 2004, Annals of Statistics 32(2)
 */
export async function diabetes(): Promise<TabularDataset> {
  return tabular((await import("./files/diabetes.ts")).packed);
}

/**
 * 1797 handwritten digits: x u8 [1797, 8, 8, 1], from 0 to 16; y i32 [1797].
 *
 * @source E. Alpaydin, C. Kaynak 1998; UCI Machine Learning Repository, test part of Optical Recognition of Handwritten Digits, CC BY 4.0
 */
export async function digits(): Promise<Dataset> {
  const { pixels, labels } = await unpack<{ pixels: number[]; labels: number[] }>((await import("./files/digits.ts")).packed);
  return {
    x: tensor(Uint8Array.from(pixels), { shape: [labels.length, 8, 8, 1] }),
    y: tensor(Int32Array.from(labels)),
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
  };
}

/**
 * Passengers of international airlines, in thousands, month by month from 1949 to 1960: a table of 144 rows, `month` and `passengers`.
 *
 * @source G. Box, G. Jenkins 1976, Time Series Analysis, series G
 */
export async function airlinePassengers(): Promise<Table> {
  return new Table(await unpack<Columns>((await import("./files/airline-passengers.ts")).packed));
}
