import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stateTensor } from "../../src/graph/state.ts";
import {
  Dropout,
  decodeModel,
  encodeModel,
  Flatten,
  f16,
  init,
  Linear,
  load,
  parameters,
  predict,
  Rescale,
  relu,
  Sequential,
  save,
  softmax,
  type Tensor,
  tanh,
  tensor,
  weightsHash,
} from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "nabla-model-"));
afterAll(() => rmSync(folder, { recursive: true }));

const network = (): Sequential =>
  init(
    new Sequential(
      new Rescale(0.5),
      new Flatten(),
      new Linear(4, 3),
      relu,
      new Dropout(0.2),
      new Linear(3, 2, { bias: false }),
      softmax,
    ),
    { seed: 2 },
  );
const x = tensor([
  [
    [1, 2],
    [3, 4],
  ],
  [
    [5, 6],
    [7, 8],
  ],
]);

/** A model of one's own: a file holds its weights, not its code. */
class Own {
  readonly first = new Linear(2, 3);
  readonly blocks = [new Linear(3, 3), new Linear(3, 1)];
  forward(input: Tensor): Tensor {
    return this.blocks.reduce((y, block) => block.forward(y), this.first.forward(input));
  }
}

describe("round trip", () => {
  test("a Sequential comes back with structure, weights, predictions", async () => {
    const path = join(folder, "model.safetensors");
    const model = network();
    await save(model, path);
    const again = await load(path);
    expect([...predict(again, x).data()]).toEqual([...predict(model, x).data()]);
    expect(await weightsHash(again)).toBe(await weightsHash(model));
    const header = JSON.parse(`${new TextDecoder().decode(readFileSync(path).subarray(8)).split("}}")[0]}}}`) as Record<
      string,
      { shape: number[] }
    >;
    expect(Object.keys(header)).toEqual(["__metadata__", "layers.2.weight", "layers.2.bias", "layers.5.weight"]);
  });

  test("layers of every kind of argument come back: options, functions, layers within layers", () => {
    const model = init(new Sequential(new Sequential(new Linear(2, 3, { bias: false }), tanh), new Dropout(0.25)), { seed: 5 });
    const again = decodeModel(encodeModel(model)) as Sequential;
    expect([...parameters(again).keys()]).toEqual(["layers.0.layers.0.weight"]);
    expect(encodeModel(again)).toEqual(encodeModel(model));
  });

  test("buffers are kept beside parameters", async () => {
    const averaging = (mean: number) => ({
      linear: init(new Linear(1, 1)),
      mean: stateTensor(Float32Array.of(mean)),
      forward(input: Tensor): Tensor {
        return this.linear.forward(input).sub(this.mean);
      },
    });
    const again = averaging(0);
    await load(encodeModel(averaging(2.5)), again);
    expect(again.mean.toArray()).toEqual([2.5]);
  });

  test("a class of one's own needs a model to fill", async () => {
    const model = init(new Own(), { seed: 4 });
    const bytes = encodeModel(model);
    expect(() => decodeModel(bytes)).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: load: the model has parts of its own kind, which a file cannot build — try load(path, model), with a new model of that kind]`,
    );
    const again = await load(bytes, new Own());
    expect(await weightsHash(again)).toBe(await weightsHash(model));
  });
});

describe("in f16", () => {
  const half = (model: object): Uint8Array => encodeModel(model, {}, { dtype: f16 });
  const rounded = (model: object): number[] => [...parameters(model).values()].flatMap((p) => [...p.cast(f16).data()]);

  test("weights take half of the bytes, come back as f32, and are the nearest there are; the model stays as it is", async () => {
    const model = init(new Sequential(new Linear(100, 50)), { seed: 1 });
    const before = await weightsHash(model);
    const path = join(folder, "half.safetensors");
    await save(model, path, { dtype: f16 });
    expect(await weightsHash(model)).toBe(before);
    expect(encodeModel(model).length - readFileSync(path).length).toBe(2 * 5050);
    const again = await load(path);
    expect([...parameters(again).values()].map(({ dtype }) => dtype)).toEqual(["f32", "f32"]);
    expect([...parameters(again).values()].flatMap((p) => [...p.data()])).toEqual(rounded(model));
    expect(half(again)).toEqual(half(model));
  });

  test("into a model that there is, whose optimizer goes on in f32", async () => {
    const model = init(new Own(), { seed: 4 });
    const again = await load(half(model), new Own());
    expect([...parameters(again).values()].flatMap((p) => [...p.data()])).toEqual(rounded(model));
  });

  test("buffers stay as they are", async () => {
    const counting = (count: number) => ({ linear: init(new Linear(1, 1)), count: stateTensor(Float32Array.of(count)) });
    const again = counting(0);
    await load(half(counting(100_003)), again as never);
    expect(again.count.item()).toBe(100_003);
  });

  test("a weight that it cannot hold is an error, before anything is written; ∞ and NaN are what they are", async () => {
    const model = init(new Sequential(new Linear(1, 2, { bias: false })));
    const [weight] = [...parameters(model).values()];
    weight!.set(Float32Array.of(1, 65520));
    const path = join(folder, "never.safetensors");
    await expect(save(model, path, { dtype: f16 })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ValueError: save: 'layers.0.weight' is beyond what f16 holds; got 65520 — try saving it as it is, in f32]`,
    );
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
    weight!.set(Float32Array.of(Infinity, NaN));
    expect([...predict(decodeModel(half(model)), [[1]]).data()]).toEqual([Infinity, NaN]);
  });
});

describe("what does not fit", () => {
  test("another model: nothing is changed", async () => {
    const bytes = encodeModel(network());
    const other = init(new Sequential(new Linear(4, 3)), { seed: 9 });
    const before = await weightsHash(other);
    await expect(load(bytes, other)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[FormatError: load: the file lacks 'layers.0.weight'; got layers.2.weight, layers.2.bias, layers.5.weight]`,
    );
    expect(await weightsHash(other)).toBe(before);
  });
  test("other shapes", async () => {
    const bytes = encodeModel(init(new Sequential(new Linear(4, 3))));
    await expect(load(bytes, new Sequential(new Linear(4, 2)))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[FormatError: load: 'layers.0.weight' must be f32 [4, 2]; got f32 [4, 3]]`,
    );
  });
  test("a truncated file, whatever its length", () => {
    const bytes = encodeModel(network());
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => decodeModel(bytes.subarray(0, length))).toThrow(/^load: /);
  });
  test("a corrupt file", async () => {
    const path = join(folder, "corrupt.safetensors");
    writeFileSync(path, "not a model at all, but long enough");
    await expect(load(path)).rejects.toThrow(/^load\(.*corrupt\.safetensors\): /);
  });
  test("no file", async () => {
    await expect(load(join(folder, "none"))).rejects.toThrow(/cannot read the file; got .*none \(no such file or folder\)/);
  });
  test("a later version, an unknown layer", () => {
    const text = (edit: (header: string) => string): Uint8Array => {
      const bytes = encodeModel(init(new Sequential(new Linear(1, 1))));
      const size = new DataView(bytes.buffer).getUint32(0, true);
      const header = edit(new TextDecoder().decode(bytes.subarray(8, 8 + size)))
        .padEnd(size)
        .slice(0, size);
      bytes.set(new TextEncoder().encode(header), 8);
      return bytes;
    };
    expect(() =>
      decodeModel(text((header) => header.replace('"version":"1"', '"version":"9"'))),
    ).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: load: this nabla reads files up to version 1; got 9 — try a later version of nabla]`,
    );
    expect(() => decodeModel(text((header) => header.replace("Linear", "Lineal")))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: load: unknown kind of layer in the structure; got Lineal — try a later version of nabla]`,
    );
  });
});

test("saving a model without parameters is refused", async () => {
  await expect(save(new Sequential(relu), join(folder, "empty"))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ValueError: save: found no parameters in the model's fields — try keeping layers in public fields: #private ones cannot be seen]`,
  );
});
