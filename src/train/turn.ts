/** Turns for the rest of the program, so that a page stays alive and timers tick while a network trains. */

/** Longest time without a turn, in milliseconds: half of a frame at 60 a second. */
const SLICE = 8;

const channel = typeof setImmediate === "function" ? null : new MessageChannel();
let last = performance.now();

function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (!channel) {
      setImmediate(resolve);
      return;
    }
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(null);
  });
}

/** Resolves at once, or after a turn of the event loop where the last one is too long ago. */
export async function breathe(): Promise<void> {
  if (performance.now() - last < SLICE) return;
  await turn();
  last = performance.now();
}
