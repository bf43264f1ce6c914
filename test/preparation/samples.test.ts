/** Texts, pictures and sounds: prepared, learnt from, saved with the model, and prepared again at prediction. */
import { describe, expect, test } from "vitest";
import {
  accuracy,
  adam,
  classify,
  crossEntropy,
  decodeModel,
  Embedding,
  encodeModel,
  evaluate,
  Flatten,
  fit,
  GlobalAvgPool,
  ImagePreparation,
  Linear,
  type Model,
  mse,
  type Preparation,
  predict,
  Sequential,
  SoundPreparation,
  Table,
  type Tensor,
  TextPreparation,
  tensor,
} from "../../src/index.ts";
import { buildPreparation } from "../../src/preparation/kinds.ts";

const options = { loss: crossEntropy, optimizer: adam({ lr: 0.05 }), epochs: 30, seed: 1, verbose: false } as const;
const again = (model: Model): Model => decodeModel(encodeModel(model));

const table = new Table({
  review: ["a GOOD film", "good, good!", "really good", "bad film", "so bad", "Bád, really bad"],
  mood: ["happy", "happy", "happy", "sad", "sad", "sad"],
});

describe("texts", () => {
  const preparation = new TextPreparation({ text: "review", target: "mood" });
  const data = preparation.fitTransform(table);

  test("become numbers of words, filled up, and classes", () => {
    expect(data.x.shape).toEqual([6, 4]);
    expect(data.x.dtype).toBe("i32");
    expect(data.classes).toEqual(["happy", "sad"]);
    expect([...data.y.data()]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...preparation.inputs(["good unheard of words in great numbers"]).data()].slice(1)).toEqual([1, 1, 1]);
    expect([...preparation.inputs([""]).data()]).toEqual([0, 0, 0, 0]);
  });

  test("are classified by name, out of the model's file, as texts, rows and tables", async () => {
    const model = new Sequential(new Embedding(preparation.size, 8), new GlobalAvgPool(), new Linear(8, 2));
    await fit(model, data, options);
    const loaded = again(model);
    expect(classify(loaded, ["what a good film", "bad"]).map(({ name }) => name)).toEqual(["happy", "sad"]);
    expect(classify(loaded, [{ review: "good" }])[0]!.name).toBe("happy");
    expect((await evaluate(loaded, table, { accuracy })).accuracy).toBe(1);
    expect((await evaluate(loaded, { x: ["good", "bad"], y: ["happy", "sad"] }, { accuracy })).accuracy).toBe(1);
    expect(encodeModel(loaded)).toEqual(encodeModel(model));
  });

  test("by characters, cut to a length; numbers are predicted in their own units", async () => {
    const lengths = new TextPreparation({ tokens: "characters", normalize: false, length: 3, side: "left", cut: "left" });
    const given = lengths.fitTransform({ x: ["a", "ab", "abcd"], y: [100, 200, 400] });
    expect(given.x.shape).toEqual([3, 3]);
    const [first, , last] = [given.x.data().slice(0, 3), null, given.x.data().slice(6)];
    expect([first[0], first[1]]).toEqual([0, 0]);
    expect(new Set(last).size).toBe(3);
    const model = new Sequential(new Embedding(lengths.size, 4), new GlobalAvgPool(), new Linear(4, 1));
    await fit(model, given, { ...options, loss: mse, epochs: 200 });
    expect(Math.abs(predict(again(model), ["ab"]).item() - 200)).toBeLessThan(20);
  });
});

/** Pictures of one colour, of any size. */
const picture = (height: number, width: number, colour: readonly number[]): Tensor =>
  tensor(
    Uint8Array.from({ length: height * width * colour.length }, (_, i) => colour[i % colour.length]!),
    {
      shape: [height, width, colour.length],
    },
  );

describe("pictures", () => {
  const pictures = [picture(4, 4, [250, 0, 9]), picture(9, 5, [200, 10, 9]), picture(2, 2, [5, 0, 9]), picture(4, 4, [0, 20, 9])];
  const y = ["red", "red", "dark", "dark"];

  test("are brought to one size and channels, and scaled", () => {
    const preparation = new ImagePreparation({ size: [4, 4] });
    const { x, classes } = preparation.fitTransform({ x: pictures, y });
    expect(classes).toEqual(["dark", "red"]);
    expect(x.shape).toEqual([4, 4, 4, 3]);
    const channel = (c: number): number[] => [...x.data()].filter((_, i) => i % 3 === c);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const c of [0, 1]) {
      expect(Math.abs(mean(channel(c)))).toBeLessThan(1e-5);
      expect(Math.abs(mean(channel(c).map((value) => value * value)) - 1)).toBeLessThan(1e-5);
    }
    expect(new Set(channel(2))).toEqual(new Set([0])); // constant: not divided
    const unit = new ImagePreparation({ size: [2, 2], channels: 1, scale: "unit" }).fitTransform({ x: pictures, y });
    expect(unit.x.data()[0]).toBe(Math.fround(76 / 255)); // Rec. 601 of [250, 0, 9]: 75.8
  });

  test("are classified by name out of the model's file; folders keep their class names", async () => {
    const folder = {
      x: tensor(
        [...pictures.filter((_, i) => i % 3 === 0)].map((one) => [...one.data()]),
        { dtype: "u8" },
      ),
      y,
    };
    const preparation = new ImagePreparation({ size: [4, 4] });
    const x = folder.x.reshape([2, 4, 4, 3]);
    const data = preparation.fitTransform({ x, y: tensor(Int32Array.of(1, 0)), classes: ["dark", "red"] });
    expect([...data.y.data()]).toEqual([1, 0]);
    const model = new Sequential(new Flatten(), new Linear(48, 2));
    await fit(model, data, options);
    const found = classify(again(model), [picture(30, 20, [255, 0, 0]), picture(4, 4, [0, 0, 0])]);
    expect(found.map(({ name }) => name)).toEqual(["red", "dark"]);
  });
});

describe("sounds", () => {
  const tone = (frequency: number, n: number): Tensor =>
    tensor(Float32Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / 8000)));
  const x = [400, 420, 2000, 2100].map((frequency, i) => ({ samples: tone(frequency, 1600 + 80 * i), rate: 8000 }));
  const y = ["low", "low", "high", "high"];

  test("become bands of one length, and are classified out of the model's file", async () => {
    const preparation = new SoundPreparation({ bands: 8 });
    const data = preparation.fitTransform({ x, y });
    expect(data.x.shape).toEqual([4, 21, 8]); // ⌊(1840 − 200) / 80⌋ + 1 frames
    const model = new Sequential(new GlobalAvgPool(), new Linear(8, 2));
    await fit(model, data, { ...options, epochs: 60 });
    const found = classify(again(model), [
      { samples: tone(410, 5000), rate: 8000 },
      { samples: tone(2050, 900), rate: 8000 },
    ]);
    expect(found.map(({ name }) => name)).toEqual(["low", "high"]);
    expect(() => preparation.inputs([{ samples: tone(410, 5000), rate: 16000 }])).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: SoundPreparation: sounds have 8000 samples a second; got 16000 in row 0 — try resampling it]`,
    );
  });
});

test("mistakes are told", () => {
  const message = (f: () => unknown): string => {
    try {
      f();
      return "nothing";
    } catch (error) {
      return String(error);
    }
  };
  const texts = new TextPreparation({ text: "review", target: "mood" });
  expect([
    message(() => texts.inputs(["good"])),
    message(() => texts.fit(table).transform(["good"])),
    message(() => texts.inputs([1 as never])),
    message(() => texts.inputs([])),
    message(() => new TextPreparation().fit(table)),
    message(() => new TextPreparation({ tokens: "bytes" as never })),
    message(() => texts.fit({ x: ["a", "b"], y: ["only", "only"] })),
    message(() => texts.fit({ x: ["a", "b"], y: ["one"] })),
    message(() => new ImagePreparation({ size: 3 as never })),
    message(() => new ImagePreparation({ size: [2, 2] }).fit({ x: ["cat.png"], y: ["cat"] })),
    message(() => new ImagePreparation({ size: [2, 2] }).fit({ x: [tensor([[1]])], y: ["cat"] })),
    message(() => new SoundPreparation().fit({ x: [tensor([0])], y: ["silence"] })),
  ]).toMatchInlineSnapshot(`
    [
      "ValueError: TextPreparation: must see training rows before it is used; got one that is not fitted — try fitTransform(train)",
      "ValueError: TextPreparation: rows need their targets; got none — try predict or classify, which do not",
      "ValueError: TextPreparation: takes texts; got number in row 0",
      "ValueError: TextPreparation: needs rows; got none",
      "ValueError: Table: has no such column; got 'text' — try one of 'review', 'mood'",
      "ValueError: TextPreparation: tokens are words, characters, or a tokenizer; got bytes",
      "ValueError: TextPreparation: tells classes apart, two at least; got 'only' in every row",
      "ValueError: TextPreparation: every row has a target; got 2 rows, 1 targets",
      "ValueError: ImagePreparation: size is [height, width] in pixels; got 3",
      "ValueError: ImagePreparation: takes pictures; got string in row 0 — try readImage, or decodeImage",
      "ShapeError: ImagePreparation: takes pictures u8 [height, width, channels]; got row 0: [1, 1]",
      "ValueError: SoundPreparation: takes sounds { samples, rate }; got object in row 0 — try readWav, or decodeWav",
    ]
  `);
});

test("descriptions that make no sense are refused", () => {
  const x = [picture(2, 2, [1, 2, 3]), picture(2, 2, [3, 2, 1])];
  const whole: Preparation[] = [
    new TextPreparation({ text: "review", target: "mood" }).fit(table),
    new ImagePreparation({ size: [2, 2] }).fit({ x, y: ["a", "b"] }),
    new SoundPreparation({ bands: 4 }).fit({ x: [{ samples: tensor(new Float32Array(900)), rate: 8000 }], y: [1] }),
  ];
  for (const preparation of whole) {
    const described = JSON.parse(JSON.stringify(preparation.describe()));
    expect(JSON.parse(JSON.stringify(buildPreparation("load", described).describe()))).toEqual(described);
    for (const learnt of [null, {}, { items: {}, target: described.learnt.target }, { ...described.learnt, target: 3 }])
      expect(() => buildPreparation("load", { ...described, learnt })).toThrow(/FormatError|load/);
    expect(() => buildPreparation("load", { ...described, options: { size: "large", seconds: -1, length: 0.5 } })).toThrow(/load/);
  }
});
