/** Reads TensorBoard's event files, after the formats' descriptions, apart from what writes them. */

type Event = { time: number; step: number; version: string; scalars: Record<string, number> };
type Field = { number: number; type: number; value: Buffer | bigint };

/** CRC-32C by table. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function checkCrc(bytes: Buffer, stored: number): void {
  const turned = (stored - 0xa282ead8) >>> 0;
  const crc = ((turned >>> 17) | (turned << 15)) >>> 0;
  if (crc !== crc32c(bytes)) throw new Error(`CRC of ${bytes.length} bytes is wrong`);
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = BigInt(bytes.readUInt8(at++));
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
      shift += 7n;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const [number, type] = [key >> 3, key & 7];
    if (type === 0) fields.push({ number, type, value: varint() });
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : Number(varint());
      if (at + length > bytes.length) throw new Error("a field is cut off");
      fields.push({ number, type, value: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

const bytesIn = (fields: Field[], number: number): Buffer[] =>
  fields.flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [field.value] : []));

function eventOf(bytes: Buffer): Event {
  const fields = fieldsOf(bytes);
  const values = bytesIn(fields, 5)
    .flatMap((summary) => bytesIn(fieldsOf(summary), 1))
    .map(fieldsOf);
  return {
    time: bytesIn(fields, 1)[0]!.readDoubleLE(),
    step: Number(fields.find(({ number }) => number === 2)?.value ?? 0),
    version: bytesIn(fields, 3)[0]?.toString() ?? "",
    scalars: Object.fromEntries(values.map((value) => [bytesIn(value, 1)[0]!.toString(), bytesIn(value, 2)[0]!.readFloatLE()])),
  };
}

/** The events of a file. @throws Error on a wrong checksum, or where it is cut off */
export function eventsOf(file: Buffer): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    checkCrc(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const data = file.subarray(at + 12, at + 12 + length);
    checkCrc(data, file.readUInt32LE(at + 12 + length));
    events.push(eventOf(data));
    at += 16 + length;
  }
  return events;
}
