/**
 * Packs binaries into text, for assembly/unpack.ts. Which literals and copies are the cheapest depends on what the models have
 * learnt, and that on which were chosen: so they are chosen several times, each time by what they cost the last time.
 */
import { bitsOf, encode, type Step, type Tally } from "./coder.ts";

const ROUNDS = 6;
/** Longer copies are written as several. */
const LONGEST = 1024;

/** What steps are expected to cost, in bits. */
type Prices = {
  literal(at: number): number;
  kind(state: number, copy: boolean): number;
  again(state: number, again: boolean): number;
  length(again: boolean, length: number): number;
  distance(length: number, distance: number): number;
};

const GUESS: Prices = {
  literal: () => 5,
  kind: (_, copy) => (copy ? 1.3 : 0.7),
  again: () => 1,
  length: (_, length) => 1 + 2 * bitsOf(length),
  distance: (_, distance) => 3 + bitsOf(distance),
};

/** For each byte the lengths that can be copied, ascending, each from the nearest place that has it. */
function copiesIn(bytes: Uint8Array, start: number): Step[][] {
  const latest = new Map<number, number>();
  const earlier = new Int32Array(bytes.length);
  return Array.from(bytes, (_, at) => {
    const found: Step[] = [];
    const key = bytes[at]! * 256 + (bytes[at + 1] ?? 0);
    const limit = Math.min(bytes.length - at, LONGEST);
    const first = latest.get(key) ?? -1;
    let longest = 1;
    for (let from = first; from >= 0 && longest < limit && at >= start; from = earlier[from]!) {
      if (bytes[from + longest] !== bytes[at + longest]) continue;
      const length = common(bytes, from, at);
      if (length <= longest) continue;
      longest = length;
      found.push({ length, distance: at - from });
    }
    earlier[at] = first;
    latest.set(key, at);
    return found;
  });
}

/** How many bytes from `from` on are those from `at` on. */
function common(bytes: Uint8Array, from: number, at: number): number {
  const limit = Math.min(bytes.length - at, LONGEST);
  let length = 0;
  while (length < limit && bytes[from + length] === bytes[at + length]) length += 1;
  return length;
}

/** The cheapest way to each byte: what came last on it, and the state and the distance it leaves behind. */
type Way = { cost: number; step: Step; state: number; last: number };

/** The cheapest steps: those of the shortest way through the bytes. */
function cheapest(bytes: Uint8Array, start: number, copies: readonly Step[][], prices: Prices): Step[] {
  const ways: Way[] = Array.from({ length: bytes.length + 1 }, () => ({
    cost: Number.POSITIVE_INFINITY,
    step: { length: 0, distance: 0 },
    state: 0,
    last: 0,
  }));
  ways[start]!.cost = 0;
  const offer = (to: number, cost: number, length: number, distance: number, state: number, last: number): void => {
    const way = ways[to]!;
    if (cost >= way.cost) return;
    way.cost = cost;
    way.step = { length, distance };
    way.state = state;
    way.last = last;
  };
  for (let at = start; at < bytes.length; ++at) {
    const { cost, state, last } = ways[at]!;
    offer(at + 1, cost + prices.kind(state, false) + prices.literal(at), 0, 0, 0, last);
    const copy = cost + prices.kind(state, true);
    if (last) {
      const again = copy + prices.again(state, true);
      for (let length = common(bytes, at - last, at); length > 0; --length) {
        offer(at + length, again + prices.length(true, length), length, last, 2, last);
      }
    }
    const afresh = copy + prices.again(state, false);
    let least = 2;
    for (const { length: most, distance } of copies[at]!) {
      for (let length = least; length <= most && distance !== last; ++length) {
        const price = prices.length(false, length) + prices.distance(length, distance);
        offer(at + length, afresh + price, length, distance, 1, distance);
      }
      least = most + 1;
    }
  }
  const steps: Step[] = [];
  for (let at = bytes.length; at > start; at -= steps.at(-1)!.length || 1) steps.push(ways[at]!.step);
  return steps.reverse();
}

/** Averages by key. */
class Means {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(key: string, value: number): void {
    const entry = this.#sums.get(key);
    if (entry) {
      entry.sum += value;
      entry.count += 1;
    } else this.#sums.set(key, { sum: value, count: 1 });
  }

  /** The mean of what was added, together with `prior` as if that had been added `weight` times. */
  mean(key: string, prior: number, weight = 0.01): number {
    const { sum, count } = this.#sums.get(key) ?? { sum: 0, count: 0 };
    return (sum + prior * weight) / (count + weight);
  }
}

/** Takes down what steps cost, and expects the same the next time. */
function survey(bytes: Uint8Array): { tally: Tally; prices: () => Prices } {
  const means = new Means();
  const own = new Map<number, number>();
  const pair = (at: number): string => `literal ${bytes[at - 1]} ${bytes[at]}`;
  const tally: Tally = {
    literal(at, cost) {
      own.set(at, cost);
      for (const key of ["literal", `literal ${bytes[at]}`, pair(at)]) means.add(key, cost);
    },
    kind: (state, copy, cost) => means.add(`kind ${state} ${copy}`, cost),
    again: (state, again, cost) => means.add(`again ${state} ${again}`, cost),
    length(again, length, cost) {
      for (const key of [`length ${again} ${length}`, `lengths ${again} ${bitsOf(length)}`]) means.add(key, cost);
    },
    distance: (length, distance, cost) => means.add(`distance ${Math.min(length, 4)} ${bitsOf(distance)}`, cost),
  };
  const prices = (): Prices => {
    const literals = Float64Array.from(bytes, (byte, at) => {
      const likely = means.mean(pair(at), means.mean(`literal ${byte}`, means.mean("literal", 5), 1) + 0.2, 1);
      return ((own.get(at) ?? likely) + likely) / 2;
    });
    // Asked for again and again: reckoned once.
    const kinds = [0, 1, 2].map((state) => [false, true].map((copy) => means.mean(`kind ${state} ${copy}`, 1.5)));
    const agains = [0, 1, 2].map((state) => [false, true].map((again) => means.mean(`again ${state} ${again}`, 1.5)));
    const lengths = [false, true].map((again) =>
      Array.from({ length: LONGEST + 1 }, (_, length) => {
        const like = means.mean(`lengths ${again} ${bitsOf(length)}`, 3 + 2 * bitsOf(length)) + 0.5;
        return means.mean(`length ${again} ${length}`, like);
      }),
    );
    const distances = [0, 1, 2, 3, 4].map((length) =>
      Array.from({ length: 32 }, (_, bits) => means.mean(`distance ${length} ${bits}`, 4 + bits)),
    );
    return {
      literal: (at) => literals[at]!,
      kind: (state, copy) => kinds[state]![Number(copy)]!,
      again: (state, again) => agains[state]![Number(again)]!,
      length: (again, length) => lengths[Number(again)]![length]!,
      distance: (length, distance) => distances[Math.min(length, 4)]![bitsOf(distance)]!,
    };
  };
  return { tally, prices };
}

/** The text of bytes [start, …) in base 64; those before may be copied from, for they are there when it is unpacked. */
export function pack(bytes: Uint8Array, start = 0): string {
  const copies = copiesIn(bytes, start);
  let prices = GUESS;
  let best = { text: "", cost: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; ++round) {
    const { tally, prices: learnt } = survey(bytes);
    const result = encode(bytes, start, cheapest(bytes, start, copies, prices), tally);
    if (result.cost < best.cost) best = result;
    prices = learnt();
  }
  return best.text;
}
