/**
 * Every measured constant. Unless a line says otherwise: AMD EPYC (Zen 3 or Zen 5), 2 virtual CPUs, Node 20.20 to 26.10, 2026-11-22.
 * Plain `export const NAME: i32 = value;` lines, which the binding generator hands to TypeScript too.
 */

/** Bytes of an instruction in memory: code, items, grain, chunks, then 28 operands. */
export const INSTRUCTION_BYTES: i32 = 128;

/** Scratch each thread owns, in bytes: a block of Winograd's tiles fits, or a packed block of A (72 × 256 f32) and an edge tile. */
export const SCRATCH_BYTES: i32 = 524288;

/**
 * Polls, each with four divisions, before a thread goes to sleep: 43 µs on Zen 4, about as long as waking it takes (Node 20.20 and 26.10,
 * 2026-11-24).
 */
export const SPIN: i32 = 3000;

/**
 * Matrix product: rows of A and length of k in a block, 72 KB of the second-level cache. Rows in multiples of 24, for the tiles
 * take 4, 8 and 12. On Zen 5 with Node 26.10, 60 to 96 rows and 128 to 400 of k differ by 2 % at most on products of 200 rows.
 */
export const GEMM_BLOCK_ROWS: i32 = 72;
export const GEMM_BLOCK_K: i32 = 256;
/**
 * Rows of A that are read where they lie: so few that they stay in the first-level cache, 24 KB of 32 on Zen 4. There, with Node 26.10,
 * 2026-11-24, 24 instead of 72 gain 4 % for 1024³, nothing for 512³, 3 to 8 % for 1024 rows of 128, most where what is read and written
 * goes on to other instructions.
 */
export const GEMM_LYING_ROWS: i32 = 24;
/**
 * op(B) is packed from GEMM_PACK_ROWS rows of A on where it is larger than GEMM_PACK_BYTES. Packing costs as much as 4 rows of the
 * product: at 16 and 32 rows it loses 10 to 25 %. At 128 rows 512 × 512 gains 28 % on Zen 3 and loses 4 % on Zen 5, where rows of
 * 4 KB or more, which share one cache set, gain half again. Transposed, B has to be packed anyway: if not once, then by every chunk.
 */
export const GEMM_PACK_ROWS: i32 = 64;
export const GEMM_PACK_BYTES: i32 = 32768;
export const GEMM_PACK_ROWS_TRANSPOSED: i32 = 32;
/**
 * Zeros of A: rows and length of k of a block of lists, 256 at most; 128 of k and 52 columns of B are 28 KB of the first-level cache.
 * They are skipped where less than min(SPARSE_PERCENT, n − SPARSE_NARROW, 2 · rows) per cent of A are not zero. On Zen 4 with Node
 * 26.10, 2026-11-24, skipping is as fast as not: at 55 % for 200 × 784 × 50 (strict 66 %), 51 % for n = 32 and 128, 30 % for n = 16
 * and 24, 3 % for n = 10; with 32 rows at 35 %, with 16 at 30 %.
 */
export const SPARSE_BLOCK_ROWS: i32 = 96;
export const SPARSE_BLOCK_K: i32 = 128;
export const SPARSE_PERCENT: i32 = 45;
export const SPARSE_NARROW: i32 = 8;
/**
 * For 9 to 12 columns, Aᵀ is read where it stands up to so many rows of c: packing it costs as much as a column or two. Zen 4, Node
 * 26.10, 2026-11-24: 48 to 256 rows and 10 columns gain 10 to 17 % (strict 3 to 8); rows that are 4 KB apart share one cache set and
 * take 1.4 times as long.
 */
export const GEMM_ACROSS_ROWS: i32 = 256;
/**
 * Where tiles are 4 rows high, A is packed as it lies too, from so many rows and columns on: then one pointer walks through four rows,
 * and the loop, which the machine's six operations a cycle bound, has three fewer. Zen 4, strict, 2026-11-24: 64 to 1024 columns gain 4 to
 * 11 % on Node 26.10, 3 to 7 % on Node 20.20; 16 to 50 columns lose up to 8 %, and so do 16 rows.
 */
export const GEMM_PACK_A_ROWS: i32 = 32;
export const GEMM_PACK_A_COLUMNS: i32 = 64;
/** Multiplications up to which a product is not worth a tile. */
export const GEMM_TINY: i32 = 64;

/** Bytes that a group of instructions takes through all its members at a time, and at most: an eighth and half of the second cache. */
export const GROUP_TILE_BYTES: i32 = 131072;
export const GROUP_BYTES: i32 = 524288;

/** Bytes from which a run is left to `memory.copy` instead of a vector loop (Zen 5, Node 26.10; of 64 … 1024 in powers of two). */
export const LONG_RUN: i32 = 256;

/**
 * Sums with broadcasting: whole rows of up to so many columns go together, so many rows at a time. A row of 16, 32 or
 * 64 columns added to many is so read and written at 68, 72 and 66 GB/s instead of 29, 40 and 50; 128 columns lose (Zen 4, Node 26.10,
 * 2026-11-24).
 */
export const BROADCAST_COLUMNS: i32 = 64;
export const BROADCAST_ROWS: i32 = 32;

/** Elements of a row, or rows of a column, from which a reduction goes in blocks of so many, which threads can share. */
export const ROW_BLOCK: i32 = 8192;
export const COLUMN_BLOCK: i32 = 1024;

/** Elements of a row that a norm adds up in f32 lanes before it goes on in f64: chosen for the error, 2e-7. */
export const ROW_RUN: i32 = 512;

/** Columns whose results a reduction keeps in scratch at a time: 16 KB, half of Zen 3's first-level cache; not swept. */
export const COLUMN_STRIP: i32 = 2048;

/** Elements of a row whose exponentials or products are added up in f32 before it goes on in f64: chosen for the error. */
export const EXP_RUN: i32 = 128;

/** Elements of a gradient whose squares one partial sum of its norm covers: 16 KB, enough to be worth a thread's while. */
export const NORM_BLOCK: i32 = 4096;

/** Convolution: pixels of a block read where they stand; gathered ones (48 KB), and the length of k of a block of these. */
export const CONV_ROWS: i32 = 96;
export const CONV_EDGE_ROWS: i32 = 48;
export const CONV_EDGE_K: i32 = 256;
/**
 * Pixels of a block of the weights' gradient, and bytes that it copies of the image at most, three quarters of scratch. On Zen 4 with
 * Node 26.10, 2026-11-24, of the machine's peak, beside patches packed for each block: 28 × 28 × 1 → 32 78 to 22 %; 28 × 28 × 32 → 64
 * 95 to 78; 7 × 7 windows of 32 × 32 × 3 → 64, stride 2, 95 to 58; 8 × 8 × 256 → 256, where Winograd serves, 76 to 84.
 */
export const CONV_DEPTH_ROWS: i32 = 256;
export const CONV_BAND_BYTES: i32 = 393216;

/**
 * Winograd: most tiles of a block, going forward and for the weights' gradient, and how many numbers their transforms may take in
 * scratch. On Zen 4 with Node 26.10 blocks of 12 and of 24 tiles differ by 2 %.
 */
export const WINOGRAD_TILES: i32 = 12;
export const WINOGRAD_DEPTH: i32 = 48;
export const WINOGRAD_WORDS: i32 = 110000;
/**
 * It is chosen from so many channels and outputs on, up to as many (its filters take four times the memory), where so large a share of
 * its tiles' pixels exists; for the weights' gradient, whose sums run over tiles, also from so many tiles on. On Zen 4 with Node 26.10,
 * of the machine's peak, beside direct sums: 14 × 14 × 64 → 128, 8 images, 209 to 93 % (weights 159 to 82); 8 × 8 × 256 → 256 198 to 79
 * (177 to 77); 32 × 32 × 16 → 16 138 to 87 (112 to 48); 5 × 5 × 64 → 64, where 39 % exist, 94 to 84 (57 to 77); one image 7 × 7 × 128 →
 * 256, 4 tiles, 63 to 76 (27 to 81); one image 14 × 14 × 64 → 128, 16 tiles, 135 to 88 (71 to 81).
 */
export const WINOGRAD_LEAST: i32 = 16;
export const WINOGRAD_MOST: i32 = 256;
export const WINOGRAD_FILL: f32 = 0.4;
export const WINOGRAD_LEAST_TILES: i32 = 24;

/**
 * Attention: rows and keys of a tile of scores (16 KB), and columns of a head that are packed at a time. Not larger, so that two
 * tiles, panels and a tile transposed fit in scratch.
 */
export const ATTENTION_ROWS: i32 = 64;
export const ATTENTION_KEYS: i32 = 64;
export const ATTENTION_COLUMNS: i32 = 128;

/** Recurrent layers: rows of the batch that walk through a sequence together, and that threads are handed at once. */
export const RECURRENT_ROWS: i32 = 72;
export const RECURRENT_STRIP: i32 = 8;
