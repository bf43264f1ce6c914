import { FormatError, ValueError } from "../core/errors.ts";
import { sqrt } from "../core/math.ts";
import type { RawRows, Sound } from "../data/preparation.ts";
import { tensor } from "../graph/from.ts";
import { Tensor } from "../graph/tensor.ts";
import { mean as meanOf } from "../ops/reduce.ts";
import { type LogMelOptions, logMel } from "./audio.ts";
import { type Found, numbersFrom, type SampleOptions, SamplePreparation } from "./samples.ts";

export type SoundPreparationOptions = SampleOptions &
  Omit<LogMelOptions, "rate"> & {
    /** Length that all sounds are brought to: longer ones lose their end, shorter ones end in silence. Default: the longest training sound's. */
    seconds?: number;
  };

type Learnt = { rate: number[]; samples: number[]; mean: number[]; scale: number[] };

/**
 * Sounds as energy in bands, frame by frame (`logMel`), each band to mean 0 and deviation 1 over the training sounds; and what they are. It
 * travels in the model's file: `classify(model, [await readWav("seven.wav")])` gives names of classes.
 *
 * Rows are a list of sounds `{ samples, rate }`, as `readWav` gives them; with their targets `{ x, y }`.
 *
 * @returns x f32 [n, frames, bands]
 * @throws ValueError on sounds of another rate than the first training sound has
 * @example const data = new SoundPreparation({ bands: 40 }).fitTransform({ x: sounds, y: words });
 */
export class SoundPreparation extends SamplePreparation<Sound, Learnt> {
  readonly kind = "SoundPreparation";
  readonly #options: SoundPreparationOptions;

  constructor(options: SoundPreparationOptions = {}) {
    super(options);
    const { seconds } = options;
    if (seconds !== undefined && !(seconds > 0 && seconds < Infinity))
      throw new ValueError("SoundPreparation", "seconds are a number > 0", String(seconds));
    this.#options = options;
  }

  protected find(rows: RawRows): Found<Sound> {
    const { x, y, classes } = "x" in rows ? rows : { x: rows, y: null, classes: undefined };
    if (!Array.isArray(x)) throw new ValueError(this.kind, "takes sounds { samples, rate }", "a table", "readWav, or decodeWav");
    const items = Array.from<unknown, Sound>(x, (item, row) => {
      const { samples, rate } = Object(item) as Partial<Sound>;
      if (samples instanceof Tensor && typeof rate === "number") return { samples, rate };
      throw new ValueError(this.kind, "takes sounds { samples, rate }", `${typeof item} in row ${row}`, "readWav, or decodeWav");
    });
    return { items, labels: y, ...(classes && { classes }) };
  }

  protected learn(sounds: readonly Sound[]): Learnt {
    const { rate } = sounds[0]!;
    const { seconds } = this.#options;
    const longest = sounds.reduce((most, { samples }) => Math.max(most, samples.shape[0]!), 1);
    const first = { rate: [rate], samples: [seconds === undefined ? longest : Math.round(seconds * rate)] };
    const { data, bands } = this.#bands(sounds, first);
    const mean = Array.from({ length: bands }, () => 0);
    const squares = [...mean];
    const count = data.length / bands;
    for (let i = 0; i < data.length; ++i) mean[i % bands]! += data[i]! / count;
    for (let i = 0; i < data.length; ++i)
      squares[i % bands]! += ((data[i]! - mean[i % bands]!) * (data[i]! - mean[i % bands]!)) / count;
    return { ...first, mean, scale: squares.map((value) => (value > 1e-12 ? sqrt(value) : 1)) };
  }

  protected encode(sounds: readonly Sound[], learnt: Learnt): Tensor {
    const { data, bands } = this.#bands(sounds, learnt);
    const scaled = data.map((value, i) => (value - learnt.mean[i % bands]!) / learnt.scale[i % bands]!);
    return tensor(scaled, { shape: [sounds.length, data.length / bands / sounds.length, bands] });
  }

  protected check(where: string, learnt: unknown): Learnt {
    const found = numbersFrom(where, this.kind, learnt, ["mean", "scale"], this.#options.bands ?? 40);
    const first = numbersFrom(where, this.kind, learnt, ["rate", "samples"], 1);
    if (!(first.rate![0]! > 0 && first.samples![0]! >= 1))
      throw new FormatError(where, "a SoundPreparation has a rate and a length", JSON.stringify(first));
    return { ...first, ...found } as Learnt;
  }

  /** Bands of sounds of one length, one after the other. */
  #bands(
    sounds: readonly Sound[],
    { rate, samples }: Pick<Learnt, "rate" | "samples">,
  ): { data: Float32Array<ArrayBuffer>; bands: number } {
    const { size, hop, bands = 40, low, high, floor } = this.#options;
    const given = { size, hop, bands, low, high, floor };
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const all = sounds.map((sound, row) => {
      if (sound.rate !== rate[0])
        throw new ValueError(this.kind, `sounds have ${rate[0]} samples a second`, `${sound.rate} in row ${row}`, "resampling it");
      const mono = sound.samples.rank === 2 ? meanOf(sound.samples, 1) : sound.samples;
      const own = new Float32Array(samples[0]!);
      own.set((mono.data() as Float32Array).subarray(0, samples[0]));
      return logMel(tensor(own), { rate: sound.rate, ...options }).data() as Float32Array;
    });
    const data = new Float32Array(all.length * all[0]!.length);
    for (const [row, own] of all.entries()) data.set(own, row * own.length);
    return { data, bands };
  }
}
