/** Where the largest stands is noted only if somebody asks: for a gradient. */

import { ownerOf } from "../graph/passes/access.ts";
import { type Rewrite, touchesIn } from "../graph/passes/epilogue.ts";

/** The pass, for programs with max pooling. */
export const unreadIndices: Rewrite = (instructions, kept) => {
  const touches = touchesIn(instructions, kept);
  return instructions.map((one) => {
    const { index } = one.operands;
    const isUnread = one.info.name === "maxPool" && typeof index === "object" && touches.get(ownerOf(index)) === 1;
    return isUnread ? { ...one, operands: { ...one.operands, index: 0 } } : one;
  });
};
