/** What calling one op costs. */
import { add, type Tensor, tensor } from "../../index.ts";
import { type Case, loop } from "./harness.ts";

/** One op on three numbers. */
export const eagerCase: Case = {
  name: "eager add of 3 numbers",
  unit: "µs/call",
  work: 1,
  setup() {
    const a = tensor([1, 2, 3]);
    const b = tensor([4, 5, 6]);
    let c: Tensor | null = null;
    return {
      sample: loop(() => {
        c = add(a, b);
      }),
      poison: () => {
        c = null;
      },
      check() {
        const numbers = c?.data() ?? [];
        if (numbers.join() !== "5,7,9") throw new Error(`1 + 4, 2 + 5, 3 + 6 gave ${numbers.join(", ")}`);
      },
    };
  },
};
