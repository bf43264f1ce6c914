import { expect, test } from "vitest";
import { keepsWide } from "../../src/wasm/host.ts";

const chrome = (major: number) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;

test.each([
  ["Node 20", "11.3.244.8-node.30", "", false],
  ["Node 22", "12.4.254.21-node.33", "Node.js/22", false],
  ["Node 24", "13.6.233.10-node.28", "Node.js/24", true],
  ["Node 26", "14.6.202.34-node.34", "Node.js/26", true],
  ["Chrome 99", undefined, chrome(99), false],
  ["Chrome 135", undefined, chrome(135), false],
  ["Chrome 136", undefined, chrome(136), true],
  ["Chrome 140", undefined, chrome(140), true],
  ["Edge 142", undefined, `${chrome(142)} Edg/142.0.0.0`, true],
  ["Firefox", undefined, "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", false],
  ["Safari", undefined, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", false],
  ["a host that says nothing", undefined, "", false],
] as const)("%s", (_, v8, userAgent, expected) => {
  expect(keepsWide(v8, userAgent)).toBe(expected);
});
