/**
 * Where an optimizer's settings and counters stand: f64[16] for all of it, then f64[16] for each section of its slab. Places are bytes.
 * Plain `export const NAME: i32 = value;` lines, which the binding generator hands to TypeScript too.
 */

/** Bytes of the head, and of each section's bank. */
export const BANK: i32 = 128;

/** The head. Steps taken; whether this call ends one; gradients gathered for the next; how many it takes. */
export const STEP: i32 = 0;
export const DUE: i32 = 8;
export const GATHERED: i32 = 16;
export const EVERY: i32 = 24;
/** Number of sections. */
export const SECTIONS: i32 = 32;
/** What gradients are multiplied with. */
export const SCALE: i32 = 40;
/** The last gradient's norm, and the largest one that is let pass. */
export const NORM: i32 = 48;
export const MAX_NORM: i32 = 56;
/** The optimizer's learning rate, of which the sections' are shares; no kernel reads it. */
export const RATE: i32 = 64;

/** A bank. Learning rate, weight decay added to the gradient, weight decay of the weights themselves, ε. */
export const LR: i32 = 0;
export const DECAY: i32 = 8;
export const SHRINK: i32 = 16;
export const EPS: i32 = 24;
/** What each rule's documentation says. */
export const A: i32 = 32;
export const B: i32 = 40;
export const C: i32 = 48;
export const FLAG: i32 = 56;
/** The vector of the slab at which the section begins. */
export const START: i32 = 64;
/** Running products, 1 before the first step: Π aₜ where aₜ = a·(1 − cᵗ/2), bᵗ, cᵗ. Where c is 0 the first is aᵗ. */
export const PRODUCT_A: i32 = 72;
export const POWER_B: i32 = 80;
export const POWER_C: i32 = 88;
