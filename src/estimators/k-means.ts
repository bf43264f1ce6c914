/** `KMeans`. */
import { ValueError } from "../core/errors.ts";
import { type TensorLike, tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { sqrt } from "../ops/pointwise.ts";
import { Stream } from "../ops/random.ts";
import { argmin, mean, min, sum, variance } from "../ops/reduce.ts";
import { breathe } from "../train/turn.ts";
import { squaredDistances } from "./distances.ts";
import { rowsFor, unfitted } from "./estimator.ts";
import { type DescribedEstimator, Learnt } from "./learnt.ts";
import { settle } from "./settle.ts";

export type KMeansOptions = {
  /** Clusters to find. Default 8. */
  nClusters?: number;
  /** Times to begin anew; the best is kept. Default 10. */
  nInit?: number;
  /** Iterations of each at most. Default 300. */
  maxIter?: number;
  /** Ends when centres move less, relative to the variance of the features. Default 0.0001. */
  tol?: number;
  /** Governs the first centres. Default 0. */
  randomState?: number;
};

const DEFAULTS: Required<KMeansOptions> = { nClusters: 8, nInit: 10, maxIter: 300, tol: 1e-4, randomState: 0 };

type Found = { centers: Tensor; labels: Int32Array; inertia: number; iterations: number };

/**
 * Rows in groups around their means, the sum of squared distances being small; scikit-learn's `KMeans`.
 *
 * @throws ValueError on options out of range, fewer rows than clusters; using it before `fit`
 * @throws NumericError on NaN and infinity, naming row and column
 * @source Lloyd 1982, IEEE Trans. Information Theory 28(2); first centres by Arthur & Vassilvitskii 2007, k-means++
 * @example
 * const groups = await new KMeans({ nClusters: 2 }).fit([[0], [1], [10], [11]]);
 * groups.predict([[9]]);
 */
export class KMeans {
  readonly kind = "KMeans";
  readonly options: KMeansOptions;
  readonly #settings: Required<KMeansOptions>;
  #found: Found | null = null;

  constructor(options: KMeansOptions = {}) {
    this.options = options;
    this.#settings = settle(this.kind, options, DEFAULTS);
    const { nClusters, nInit, maxIter, tol } = this.#settings;
    for (const [name, value] of Object.entries({ nClusters, nInit, maxIter })) {
      if (!(Number.isInteger(value) && value >= 1)) throw new ValueError(this.kind, `${name} is a whole number ≥ 1`, String(value));
    }
    if (!(tol >= 0)) throw new ValueError(this.kind, "tol is a number ≥ 0", String(tol));
  }

  async fit(x: TensorLike): Promise<this> {
    const { nClusters, nInit, maxIter, tol, randomState } = this.#settings;
    const rows = rowsFor("KMeans.fit", x);
    const n = rows.shape[0]!;
    if (n < nClusters) throw new ValueError("KMeans.fit", `needs ${nClusters} rows for as many clusters`, String(n));
    const still = tol * mean(variance(rows, 0)).item();
    const draw = new Stream(randomState, "KMeans");
    let best: Found | null = null;
    for (let start = 0; start < nInit; ++start) {
      let centers = firstCenters(rows, nClusters, draw);
      let iterations = 0;
      for (let moved = Infinity; iterations < maxIter && moved > still; ++iterations) {
        const next = meansOf(rows, squaredDistances(rows, centers), nClusters);
        moved = sum(squareDifference(next, centers)).item();
        centers = next;
        await breathe();
      }
      const distances = squaredDistances(rows, centers);
      const inertia = sum(min(distances, 1)).item();
      if (!best || inertia < best.inertia)
        best = { centers, labels: argmin(distances, 1).data() as Int32Array, inertia, iterations };
    }
    this.#found = best;
    return this;
  }

  /** The number of the nearest cluster, a row each. */
  predict(x: TensorLike): number[] {
    const { centers } = this.#known("predict");
    return [...argmin(squaredDistances(rowsFor("KMeans.predict", x, centers.shape[1]), centers), 1).data()];
  }

  /** Distances to all centres, [n, clusters]. */
  transform(x: TensorLike): Tensor {
    const { centers } = this.#known("transform");
    return sqrt(squaredDistances(rowsFor("KMeans.transform", x, centers.shape[1]), centers));
  }

  /** Minus the sum of squared distances of these rows: larger is better. */
  score(x: TensorLike): number {
    const { centers } = this.#known("score");
    return -sum(min(squaredDistances(rowsFor("KMeans.score", x, centers.shape[1]), centers), 1)).item();
  }

  /** [clusters, features]. */
  get clusterCenters(): Tensor {
    return this.#known("clusterCenters").centers;
  }

  /** The cluster of each row of `fit`. */
  get labels(): Int32Array {
    return this.#known("labels").labels;
  }

  /** Sum of squared distances of the rows of `fit` to their centres. */
  get inertia(): number {
    return this.#known("inertia").inertia;
  }

  /** Iterations of the best run. */
  get nIter(): number {
    return this.#known("nIter").iterations;
  }

  /** All of it as data, for files. */
  describe(): DescribedEstimator {
    return { kind: this.kind, options: this.options, learnt: this.#known("save") };
  }

  /** @internal What `describe` said was learned. @throws FormatError on anything else */
  restore(given: unknown): this {
    const learnt = new Learnt(this.kind, given);
    const centers = learnt.tensor("centers", 2);
    const { nClusters } = this.#settings;
    if (centers.shape[0] !== nClusters) throw learnt.wrong(`there are ${nClusters} centres`, String(centers.shape[0]));
    const labels = learnt.numbersBelow("labels", nClusters);
    this.#found = { centers, labels, inertia: learnt.number("inertia"), iterations: learnt.count("iterations") };
    return this;
  }

  #known(call: string): Found {
    if (!this.#found) throw unfitted(this.kind, call);
    return this.#found;
  }
}

const squareDifference = (a: Tensor, b: Tensor): Tensor => a.sub(b).square();

/** Rows far from the centres so far are likely to be the next. */
function firstCenters(rows: Tensor, count: number, draw: Stream): Tensor {
  const [n, d] = [rows.shape[0]!, rows.shape[1]!];
  const data = rows.data() as Float32Array;
  const pick = (row: number): Tensor => tensor(data.slice(row * d, (row + 1) * d), { shape: [1, d] });
  const chances = draw.uniform([count]).data();
  const chosen = [Math.floor(chances[0]! * n)];
  const nearest = new Float64Array(n).fill(Infinity);
  while (chosen.length < count) {
    const distances = squaredDistances(rows, pick(chosen.at(-1)!)).data();
    let total = 0;
    for (let row = 0; row < n; ++row) {
      nearest[row] = Math.min(nearest[row]!, distances[row]!);
      total += nearest[row]!;
    }
    let left = chances[chosen.length]! * total;
    let row = 0;
    while (row < n - 1 && (left -= nearest[row]!) > 0) row += 1;
    chosen.push(row);
  }
  const centers = new Float32Array(count * d);
  for (const [c, row] of chosen.entries()) centers.set(data.subarray(row * d, (row + 1) * d), c * d);
  return tensor(centers, { shape: [count, d] });
}

/** Means of the rows nearest to each centre; a centre without rows moves to the row that is farthest from its own. */
function meansOf(rows: Tensor, distances: Tensor, count: number): Tensor {
  const [n, d] = [rows.shape[0]!, rows.shape[1]!];
  const [data, labels, far] = [rows.data(), argmin(distances, 1).data(), min(distances, 1).data()];
  const sums = new Float64Array(count * d);
  const sizes = new Float64Array(count);
  for (let row = 0; row < n; ++row) {
    const c = labels[row]!;
    sizes[c]! += 1;
    for (let i = 0; i < d; ++i) sums[c * d + i]! += data[row * d + i]!;
  }
  const byDistance = [...far.keys()].sort((a, b) => far[b]! - far[a]!);
  for (let c = 0; c < count; ++c) {
    if (sizes[c]! > 0) continue;
    const row = byDistance.shift()!;
    for (let i = 0; i < d; ++i) sums[c * d + i] = data[row * d + i]!;
    sizes[c] = 1;
  }
  return tensor(
    Float32Array.from(sums, (sum, at) => sum / sizes[Math.floor(at / d)]!),
    { shape: [count, d] },
  );
}
