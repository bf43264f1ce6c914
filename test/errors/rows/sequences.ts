/** Text, windows, sound. */
import { logMel, padSequences, TextNormalizer, tensor, Vocabulary, windows } from "../../../src/index.ts";
import type { Mistake } from "./mistake.ts";

const strict = new Vocabulary({ unknown: null }).fit([["a", "b"]]);

export const sequences: readonly Mistake[] = [
  ["a number for a text", () => new TextNormalizer().transform([1 as never])],
  ["no tokens to learn", () => new Vocabulary().fit([[]])],
  ["a vocabulary that has learnt nothing", () => new Vocabulary().encode(["a"])],
  ["a token without a number", () => strict.encode(["a", "c"])],
  ["a number without a token", () => strict.decode([7])],
  ["a frequency below one", () => new Vocabulary({ minFrequency: 0 })],
  ["rows of negative length", () => padSequences([[1]], { length: -1 })],
  ["a series shorter than a window", () => windows([1, 2, 3], { length: 3 })],
  ["a window of half a moment", () => windows([1, 2, 3], { length: 1.5 })],
  ["a column to predict that there is not", () => windows([[1, 2], [3, 4]], { length: 1, target: 2 })], // biome-ignore format: one line
  ["a past of other columns", () => windows([[1], [2]], { length: 1, before: [[1, 2]] })],
  ["sound shorter than a frame", () => logMel(tensor([0, 1]), { rate: 8000 })],
  ["frequencies beyond half the rate", () => logMel(tensor(new Float32Array(400)), { rate: 8000, high: 5000 })],
  ["pictures for sound", () => logMel(tensor([[[1]]]), { rate: 8000 })],
];
