// TensorBoard's event files: records of TensorFlow's TFRecord format, each an Event in protobuf.
//
// A record is its length (8 bytes), a checksum of those, the event, and a checksum of it: CRC-32C, masked. Of an event only wall time, step and summary are read; of
// a summary plain numbers, tensors that are one number, and histograms (https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto).
import { PbfReader } from 'pbf';
import { DataError } from '../../errors.ts';
import { count } from '../../format.ts';
import type { LogFormat, LogOptions, ReadLog } from './log_format.ts';
import type { LogSource } from './log_source.ts';
import { type LogRow, RowReader } from './row_reader.ts';

const HEADER = 12;
const FOOTER = 4;
/** A longer record is a length that was read in the wrong place. */
const LONGEST = 2 ** 30;

const TABLE = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli), masked as TFRecord has it: turned right by 15 bits, plus a constant. */
export function maskedCrc(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255]! ^ (value >>> 8);
  const crc = ~value >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

interface FileRecord {
  bytes: Uint8Array;
  /** Whether the checksum of the bytes is right. */
  right: boolean;
}

/** The records of a file, and whether it ends within one. Throws a DataError with the place where a length is wrong: what follows cannot be found. */
function* recordsOf(source: LogSource): Generator<FileRecord, { half: boolean }> {
  let rest = new Uint8Array(0);
  let at = 0;
  for (const chunk of source.chunks()) {
    const joined = new Uint8Array(rest.length + chunk.length);
    joined.set(rest);
    joined.set(chunk, rest.length);
    rest = joined;
    let from = 0;
    const view = new DataView(rest.buffer);
    while (rest.length - from >= HEADER) {
      if (
        view.getUint32(from + 8, true) !== maskedCrc(rest.subarray(from, from + 8)) ||
        view.getUint32(from + 4, true) !== 0 ||
        view.getUint32(from, true) > LONGEST
      )
        throw new DataError(`byte ${count(at + from)}: the checksum of a record's length is wrong`);
      const length = view.getUint32(from, true);
      if (rest.length - from < HEADER + length + FOOTER) break;
      const bytes = rest.subarray(from + HEADER, from + HEADER + length);
      yield { bytes, right: view.getUint32(from + HEADER + length, true) === maskedCrc(bytes) };
      from += HEADER + length + FOOTER;
    }
    at += from;
    rest = rest.slice(from);
  }
  return { half: rest.length > 0 };
}

/** How a field is written. */
const WIRE = { varint: 0, bits64: 1, bytes: 2, bits32: 5 } as const;

/** Goes through the fields of a message; what the body does not read is skipped. */
function eachField(bytes: Uint8Array, read: (number: number, type: number, reader: PbfReader) => void): void {
  new PbfReader(bytes).readFields((number, _, reader) => read(number, reader.type, reader), undefined);
}

/** The step and the numbers of an event; undefined where it has none. */
function rowOf(bytes: Uint8Array): { step: number; row: LogRow } | undefined {
  let step = 0;
  let row: LogRow | undefined;
  eachField(bytes, (number, type, reader) => {
    if (number === 2 && type === WIRE.varint) step = reader.readVarint(true);
    else if (number === 5 && type === WIRE.bytes) row = summaryOf(reader.readBytes());
  });
  return row && { step, row };
}

function summaryOf(bytes: Uint8Array): LogRow {
  const row: LogRow = {};
  eachField(bytes, (number, type, reader) => {
    if (number !== 1 || type !== WIRE.bytes) return;
    let tag = '';
    let value: unknown;
    eachField(reader.readBytes(), (field, wire, inner) => {
      if (field === 1 && wire === WIRE.bytes) tag = inner.readString();
      else if (field === 2 && wire === WIRE.bits32) value = inner.readFloat();
      else if (field === 5 && wire === WIRE.bytes) value = histogramOf(inner.readBytes());
      else if (field === 8 && wire === WIRE.bytes) value = tensorOf(inner.readBytes());
    });
    if (tag) row[tag] = value;
  });
  return row;
}

/** A histogram says count, sum and sum of squares: these are not rounded to bins. */
function histogramOf(bytes: Uint8Array): Record<string, number> | undefined {
  const numbers: number[] = [];
  eachField(bytes, (number, type, reader) => {
    if (number <= 5 && type === WIRE.bits64) numbers[number] = reader.readDouble();
  });
  const [, min = 0, max = 0, elements = 0, sum = 0, squares = 0] = numbers;
  if (!(elements > 0)) return undefined;
  const mean = sum / elements;
  return { count: elements, l2: Math.sqrt(squares), mean, std: Math.sqrt(Math.max(0, squares / elements - mean * mean)), min, max };
}

/** A tensor of one number: what newer writers put in the place of a plain one. */
function tensorOf(bytes: Uint8Array): number | undefined {
  let dtype = 0;
  let content = new Uint8Array(0);
  let value: number | undefined;
  eachField(bytes, (number, type, reader) => {
    if (number === 1 && type === WIRE.varint) dtype = reader.readVarint();
    else if (number === 4 && type === WIRE.bytes) content = reader.readBytes().slice();
    else if ((number === 5 || number === 6) && type === WIRE.bytes) value = numberOf(number === 5 ? FLOAT : DOUBLE, reader.readBytes());
    else if (number === 5 && type === WIRE.bits32) value = reader.readFloat();
    else if (number === 6 && type === WIRE.bits64) value = reader.readDouble();
  });
  return value ?? numberOf(dtype, content);
}

const FLOAT = 1;
const DOUBLE = 2;

function numberOf(dtype: number, bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (dtype === FLOAT && bytes.length === 4) return view.getFloat32(0, true);
  return dtype === DOUBLE && bytes.length === 8 ? view.getFloat64(0, true) : undefined;
}

function read(source: LogSource, options: LogOptions): ReadLog {
  const reader = new RowReader(options);
  // Series are often written one after another: rows are put together by their step.
  const rows = new Map<number, LogRow>();
  let [at, wrong] = [0, 0];
  let cut: string | undefined;
  const records = recordsOf(source);
  try {
    for (let next = records.next(); ; next = records.next()) {
      if (next.done) {
        if (next.value.half) cut = 'the last record is not whole';
        break;
      }
      at++;
      const { bytes, right } = next.value;
      let event: ReturnType<typeof rowOf>;
      try {
        event = right ? rowOf(bytes) : undefined;
      } catch {
        event = undefined;
        wrong++;
        continue;
      }
      if (!right) wrong++;
      if (!event) continue;
      const row = rows.get(event.step);
      if (row) Object.assign(row, event.row);
      else rows.set(event.step, event.row);
    }
  } catch (error) {
    if (rows.size === 0) throw error;
    cut = (error as Error).message;
  }
  if (wrong > 0) reader.note(`${count(wrong)} of ${count(at)} records have a wrong checksum or cannot be read: they were left out.`);
  if (cut) reader.note(`The file is cut off or damaged: ${cut}; ${count(at)} records before it were read.`);
  for (const [step, row] of [...rows].sort(([a], [b]) => a - b)) reader.add({ ...row, step }, step);
  return reader.finish();
}

export const tensorboard: LogFormat = {
  text: {
    en: { title: 'TensorBoard events', summary: 'Scalars and histograms of an event file, events.out.tfevents...' },
    zh: { title: 'TensorBoard 事件', summary: '事件文件 events.out.tfevents... 中的标量与直方图。' },
  },
  sample: 'written by tensorboardX 2.6.5 from a run in PyTorch',
  extensions: ['/tfevents'],
  recognises: ({ path }) => path.includes('tfevents'),
  read,
};
