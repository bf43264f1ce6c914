/** Every kernel, whatever its family. */
import type { Kernel, KernelInfo } from "../../src/wasm/kernel.ts";
import { infosOf } from "../../src/wasm/kernel.ts";
import { CORE, FAMILIES, type KernelName } from "../../src/wasm/kernels.gen.ts";

const core = infosOf(CORE, null).map((info) => [info.name, info]);
const others = Object.values(FAMILIES).flatMap<[string, Kernel]>((family) => Object.entries(family));

export const KERNELS = Object.fromEntries([...core, ...others]) as { readonly [K in KernelName]: KernelInfo };
