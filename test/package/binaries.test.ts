/** The two binaries against what asc compiled, and the way they travel. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instructionsOf, SIMD } from "../../scripts/wasm/instructions.ts";
import { readModule } from "../../scripts/wasm/module.ts";
import { pack } from "../../scripts/wasm/pack.ts";

const NOP = 0x01;
const [ADD, MUL, MADD] = [SIMD + 0xe4, SIMD + 0xe6, SIMD + 0x105];

const modules = Object.fromEntries(
  ["kernels", "strict", "relaxed"].map((name) => [name, readModule(readFileSync(`build/${name}.wasm`))]),
);

/** What a binary runs, but for instructions that do nothing, function by function. */
function codeOf(name: string): string[][] {
  return modules[name]!.bodies.map((body) =>
    instructionsOf(body)
      .filter(({ code }) => code !== NOP)
      .map(({ at, end }) => body.subarray(at, end).join()),
  );
}

function count(name: string, code: number): number {
  return modules[name]!.bodies.flatMap(instructionsOf).filter((instruction) => instruction.code === code).length;
}

/** The function that says which binary this is. */
function flagOf(name: string): number {
  return modules[name]!.exports.find((entry) => entry.name === "relaxed")!.index;
}

test("the relaxed binary is what asc compiled", () => {
  expect(codeOf("relaxed")).toEqual(codeOf("kernels"));
});

test("the strict binary has a product and a sum for each that is fused, and is the same otherwise", () => {
  const fused = count("kernels", MADD);
  expect(fused).toBeGreaterThan(100);
  expect(count("strict", MADD)).toBe(0);
  for (const code of [ADD, MUL]) expect(count("strict", code)).toBe(count("kernels", code) + fused);
  const others = (name: string): string[][] => {
    const flag = flagOf(name);
    const skip = new Set(["253,228,1", "253,230,1", "253,133,2"]);
    return codeOf(name).map((code, i) => (i === flag ? [] : code.filter((bytes) => !skip.has(bytes))));
  };
  expect(others("strict")).toEqual(others("kernels"));
});

test("each says which it is", () => {
  for (const math of ["strict", "relaxed"]) {
    const body = codeOf(math)[flagOf(math)]!;
    expect(body[0]).toBe(`65,${math === "relaxed" ? 1 : 0}`);
  }
});

type Unpacker = { memory: WebAssembly.Memory; unpack(text: number, to: number): number };

/** Unpacks behind `before`. */
function unpacked(text: string, before: Uint8Array): Uint8Array {
  const module = new WebAssembly.Module(new Uint8Array(readFileSync("build/unpack.wasm")));
  const { memory, unpack } = new WebAssembly.Instance(module).exports as Unpacker;
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(new TextEncoder().encode(text), 0x20000);
  bytes.set(before, 0x40000);
  const start = 0x40000 + before.length;
  return bytes.slice(start, unpack(0x20000, start));
}

/** Bytes of ever more kinds, some of which repeat. */
function* samples(): Generator<Uint8Array> {
  let seed = 1;
  const next = (): number => (seed = (seed * 48271) % 2147483647);
  for (const length of [1, 2, 3, 64, 5000]) {
    for (const kinds of [1, 2, 16, 256]) yield Uint8Array.from({ length }, () => next() % kinds);
  }
  const part = Uint8Array.from({ length: 700 }, () => next() % 256);
  yield Uint8Array.from({ length: 9000 }, (_, i) => (i % 97 === 0 ? next() % 256 : part[i % 700]!));
}

test("what is packed comes out again", () => {
  for (const bytes of samples()) expect(unpacked(pack(bytes), new Uint8Array())).toEqual(bytes);
});

test("what stands before may be copied from", () => {
  const before = Uint8Array.from({ length: 300 }, (_, i) => (i * i) % 251);
  const bytes = new Uint8Array([...before, 1, 2, 3, ...before.slice(100)]);
  const text = pack(new Uint8Array([...before, ...bytes]), before.length);
  expect(unpacked(text, before)).toEqual(bytes);
  expect(text.length).toBeLessThan(40);
});

test("the text is base 64", () =>
  expect(pack(Uint8Array.from({ length: 999 }, (_, i) => (i * i) >> 3))).toMatch(/^[A-Za-z0-9+/]*$/));
