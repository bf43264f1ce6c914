import { ShapeError, ValueError } from "../core/errors.ts";
import { cos, exp, ln, PI } from "../core/math.ts";
import { tensor } from "../graph/from.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gather } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { add, log, square } from "../ops/pointwise.ts";
import { mean } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";

export type LogMelOptions = {
  /** Samples a second. */
  rate: number;
  /** Samples of a frame. Default a fortieth of a second, 25 ms. */
  size?: number;
  /** Samples from one frame to the next. Default a hundredth of a second. */
  hop?: number;
  /** Bands. Default 40. */
  bands?: number;
  /** Lowest and highest frequency, in Hz. Default 0 and half the rate. */
  low?: number;
  high?: number;
  /** Added to each band's energy, so that silence has a logarithm. Default 10⁻⁶. */
  floor?: number;
};

/** O'Shaughnessy's scale (HTK): 2595 · log₁₀(1 + f / 700). */
function melOf(frequency: number): number {
  return (2595 / ln(10)) * ln(1 + frequency / 700);
}

function frequencyOf(mel: number): number {
  return 700 * (exp((mel * ln(10)) / 2595) - 1);
}

/** Triangles between neighbouring points, evenly apart in mel: [bins, bands]. */
function filterBank(bins: number, step: number, bands: number, low: number, high: number): Float32Array<ArrayBuffer> {
  const [from, to] = [melOf(low), melOf(high)];
  const points = Array.from({ length: bands + 2 }, (_, i) => frequencyOf(from + ((to - from) * i) / (bands + 1)));
  const bank = new Float32Array(bins * bands);
  for (let bin = 0; bin < bins; ++bin) {
    for (let band = 0; band < bands; ++band) {
      const [left, middle, right] = [points[band]!, points[band + 1]!, points[band + 2]!];
      const f = bin * step;
      bank[bin * bands + band] = Math.max(0, Math.min((f - left) / (middle - left), (right - f) / (right - middle)));
    }
  }
  return bank;
}

/** Hann's window times the cosines and sines of each frequency: [size, 2 · bins]. */
function fourier(size: number, bins: number): Float32Array<ArrayBuffer> {
  // By phase: i·k mod size, so that angles stay small.
  const cosines = Array.from({ length: size }, (_, phase) => cos((2 * PI * phase) / size));
  const sines = cosines.map((_, phase) => cos((2 * PI * phase) / size - PI / 2));
  const parts = new Float32Array(size * 2 * bins);
  for (let i = 0; i < size; ++i) {
    const window = 0.5 - 0.5 * cosines[i]!;
    for (let k = 0; k < bins; ++k) {
      parts[i * 2 * bins + k] = window * cosines[(i * k) % size]!;
      parts[i * 2 * bins + bins + k] = window * sines[(i * k) % size]!;
    }
  }
  return parts;
}

/**
 * Logarithm of the energy in bands of equal width to the ear, frame by frame: what networks hear of sound.
 *
 * @param samples [n] or [n, channels], which are averaged
 * @returns f32 [frames, bands]; frames = ⌊(n − size) / hop⌋ + 1
 * @throws ValueError when there are fewer samples than a frame has, or the band's frequencies are beyond half the rate
 * @source Davis & Mermelstein 1980, IEEE Trans. ASSP 28(4); power of Hann-windowed frames, HTK's mel scale, as torchaudio's
 *   MelSpectrogram with center: false
 * @example const { samples, rate } = await readWav("seven.wav"); logMel(samples, { rate })
 */
export function logMel(samples: Tensor, options: LogMelOptions): Tensor {
  const { rate, bands = 40, low = 0, floor = 1e-6 } = options;
  const { size = Math.round(rate / 40), hop = Math.round(rate / 100), high = rate / 2 } = options;
  for (const [name, value] of Object.entries({ size, hop, bands })) {
    if (!Number.isInteger(value) || value < 1) throw new ValueError("logMel", `${name} is a whole number ≥ 1`, String(value));
  }
  if (!(low >= 0 && low < high && high <= rate / 2))
    throw new ValueError("logMel", `frequencies are from 0 to ${rate / 2} Hz, the lower first`, `${low} to ${high}`);
  if (samples.rank < 1 || samples.rank > 2) throw new ShapeError("logMel", "expects samples [n] or [n, channels]", { samples });
  const mono = samples.rank === 2 ? mean(samples, 1) : samples;
  const frames = Math.floor((mono.size - size) / hop) + 1;
  if (mono.size < size)
    throw new ValueError("logMel", `a frame has ${size} samples`, `${mono.size}`, "padding the sound, or a smaller size");
  const places = Int32Array.from({ length: frames * size }, (_, i) => Math.floor(i / size) * hop + (i % size));
  const cut = reshape(gather(mono, tensor(places)), [frames, size]);
  const bins = Math.floor(size / 2) + 1;
  const spectrum = square(matmul(cut, tensor(fourier(size, bins), { shape: [size, 2 * bins] })));
  // cos² + sin² of a frequency, and its share of each band, are one sum: the bank stands below itself.
  const bank = filterBank(bins, rate / size, bands, low, high);
  const twice = new Float32Array(2 * bank.length);
  twice.set(bank);
  twice.set(bank, bank.length);
  return log(add(matmul(spectrum, tensor(twice, { shape: [2 * bins, bands] })), floor));
}
