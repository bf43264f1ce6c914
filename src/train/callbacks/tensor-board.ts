/**
 * TensorBoard's event files, written by hand: they are short. A file is a row of TFRecords (length as u64, masked CRC-32C of that, the
 * data, masked CRC-32C of them; all little-endian), each an Event in protocol buffers:
 *
 *     Event   { 1: wall_time double, 2: step int64, 3: file_version string, 5: summary Summary }
 *     Summary { 1: value repeated Value }    Value { 1: tag string, 2: simple_value float }
 *
 * @source tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, tensorflow/core/lib/io/record_writer.cc; CRC-32C:
 *   Castagnoli, Bräuer & Herrmann 1993, polynomial 0x1EDC6F41, reflected
 */
import type { Callback } from "../callback.ts";
import { LogFile, numbersOf } from "./log-file.ts";

const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;
/** Wire types of protocol buffers. */
const [VARINT, DOUBLE, BYTES, FLOAT] = [0, 1, 2, 5];

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

/** CRCs are stored so that the CRC of data that hold CRCs is as good as others. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function written(bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  write(view);
  return new Uint8Array(view.buffer);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

function field(number: number, type: number, value: Uint8Array): Uint8Array {
  return joined(varint(number * 8 + type), ...(type === BYTES ? [varint(value.length)] : []), value);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** An event as a record of the file. @param seconds since 1970 */
function record(seconds: number, step: number, ...rest: readonly Uint8Array[]): Uint8Array {
  const time = field(
    1,
    DOUBLE,
    written(8, (view) => view.setFloat64(0, seconds, true)),
  );
  const event = joined(time, field(2, VARINT, varint(step)), ...rest);
  const length = written(8, (view) => view.setUint32(0, event.length, true));
  const crc = (bytes: Uint8Array): Uint8Array => written(4, (view) => view.setUint32(0, masked(crc32c(bytes)), true));
  return joined(length, crc(length), event, crc(event));
}

function scalar([tag, value]: readonly [string, number]): Uint8Array {
  const number = field(
    2,
    FLOAT,
    written(4, (view) => view.setFloat32(0, value, true)),
  );
  return field(1, BYTES, joined(field(1, BYTES, text(tag)), number));
}

/**
 * Curves for TensorBoard: loss, validationLoss, metrics that are numbers, lr and seconds over steps, in an event file in `folder`. A
 * resumed training goes on with the file as it was at the checkpoint.
 *
 * @throws ValueError when the file cannot be written
 * @example callbacks: [tensorBoard("runs/1")] // then: tensorboard --logdir runs
 */
export function tensorBoard(folder: string): Callback {
  const file = new LogFile("tensorBoard", folder && `${folder}/events.out.tfevents.0000000000.nabla`);
  const now = (): number => Date.now() / 1000;
  return {
    name: "tensorBoard",
    start: () => file.open(),
    async epoch(event, training) {
      if (file.isEmpty) await file.append(record(now(), 0, field(3, BYTES, text("brain.Event:2"))));
      const { epoch: _, step, ...numbers } = numbersOf(event, training);
      await file.append(record(now(), step!, field(5, BYTES, joined(...Object.entries(numbers).map(scalar)))));
    },
    state: () => file.state(),
    restore: (saved) => file.restore(saved),
  };
}
