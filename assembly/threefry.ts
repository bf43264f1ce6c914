/**
 * Threefry-2x32 with 20 rounds: a counter-based generator, whose words are a pure function of key and counter, so that any thread
 * can draw any element.
 * @source Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", table 2 (rotations) and §3.3
 */

/** "Skein key schedule parity": what the two key words are combined with to make the third. */
const PARITY: i32 = 0x1bd11bda;

/** Second half of a round: `first` is the sum that the round has formed already. */
// @ts-ignore: decorator
@inline
function mix(first: v128, second: v128, rotation: i32): v128 {
  return v128.xor(first, v128.or(i32x4.shl(second, rotation), i32x4.shr_u(second, 32 - rotation)));
}

/**
 * Draws for counters (pair … pair + 3, draw) of the ticket {key0, key1, draw, 0}: stores the four first words at `at`, the four
 * second words at `at + 16`.
 */
// @ts-ignore: decorator
@inline
export function threefry(ticket: usize, pair: i32, at: usize): void {
  const key0 = i32x4.splat(load<i32>(ticket));
  const key1 = i32x4.splat(load<i32>(ticket, 4));
  const key2 = v128.xor(v128.xor(key0, key1), i32x4.splat(PARITY));
  let x = i32x4.add(i32x4.add(i32x4.splat(pair), i32x4(0, 1, 2, 3)), key0);
  let y = i32x4.add(i32x4.splat(load<i32>(ticket, 8)), key1);

  x = i32x4.add(x, y);
  y = mix(x, y, 13);
  x = i32x4.add(x, y);
  y = mix(x, y, 15);
  x = i32x4.add(x, y);
  y = mix(x, y, 26);
  x = i32x4.add(x, y);
  y = mix(x, y, 6);
  x = i32x4.add(x, key1);
  y = i32x4.add(i32x4.add(y, key2), i32x4.splat(1));

  x = i32x4.add(x, y);
  y = mix(x, y, 17);
  x = i32x4.add(x, y);
  y = mix(x, y, 29);
  x = i32x4.add(x, y);
  y = mix(x, y, 16);
  x = i32x4.add(x, y);
  y = mix(x, y, 24);
  x = i32x4.add(x, key2);
  y = i32x4.add(i32x4.add(y, key0), i32x4.splat(2));

  x = i32x4.add(x, y);
  y = mix(x, y, 13);
  x = i32x4.add(x, y);
  y = mix(x, y, 15);
  x = i32x4.add(x, y);
  y = mix(x, y, 26);
  x = i32x4.add(x, y);
  y = mix(x, y, 6);
  x = i32x4.add(x, key0);
  y = i32x4.add(i32x4.add(y, key1), i32x4.splat(3));

  x = i32x4.add(x, y);
  y = mix(x, y, 17);
  x = i32x4.add(x, y);
  y = mix(x, y, 29);
  x = i32x4.add(x, y);
  y = mix(x, y, 16);
  x = i32x4.add(x, y);
  y = mix(x, y, 24);
  x = i32x4.add(x, key1);
  y = i32x4.add(i32x4.add(y, key2), i32x4.splat(4));

  x = i32x4.add(x, y);
  y = mix(x, y, 13);
  x = i32x4.add(x, y);
  y = mix(x, y, 15);
  x = i32x4.add(x, y);
  y = mix(x, y, 26);
  x = i32x4.add(x, y);
  y = mix(x, y, 6);
  x = i32x4.add(x, key2);
  y = i32x4.add(i32x4.add(y, key0), i32x4.splat(5));

  v128.store(at, x);
  v128.store(at, y, 16);
}
