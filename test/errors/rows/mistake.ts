/** What someone gets wrong, and how to provoke it. */
export type Mistake = readonly [name: string, provoke: () => unknown];
