// CSV, IDX, .npy and .npz.
import { deepStrictEqual, ok } from 'node:assert';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseCsv } from '../../src/data/csv.ts';
import { fromCsv } from '../../src/data/csv_dataset.ts';
import { rowsFromCsv } from '../../src/data/csv_rows.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { fittedOf } from '../../src/data/fitted.ts';
import { fromIdx, gunzip, parseIdx } from '../../src/data/idx.ts';
import { fromNpy, parseNpy, unpackNpz } from '../../src/data/npy.ts';
import { sizeOf } from '../../src/shape.ts';
import { byteEdits, edited, textEdits } from './edits.ts';
import { format } from './format.ts';

/** What a data set promises: whole rows of finite numbers, labels that are classes. */
export function expectData({ rows, features, targetSize, classes, classNames, x, y, bytes, shape }: Dataset): void {
  ok(rows >= 1);
  deepStrictEqual([bytes?.values.length ?? x.length, y.length], [rows * features, rows * targetSize]);
  ok(sizeOf(shape) === features);
  ok(x.every(Number.isFinite) && y.every(Number.isFinite), 'a number that is not finite');
  if (classes === undefined) return;
  ok(
    y.every((label) => Number.isInteger(label) && label >= 0 && label < classes),
    'a label that is no class',
  );
  if (classNames) ok(classNames.length === classes && new Set(classNames).size === classes, 'names of classes');
}

const TEXTS = [
  'sepal,petal,kind\n5.1,1.4,setosa\n7.0,4.7,versicolor\n6.3,6.0,virginica\n5.0,1.3,setosa\n6.4,4.5,versicolor\n5.8,5.1,virginica\n',
  'alter;größe;ja\r\n31;1,75;1\r\n47;1,80;0\r\n19;1,62;1\r\n25;1,71;0\r\n',
  '"a","b, c","d ""e"""\n"1","2","x\ny"\n"3","4","z"\n"5","","z"\n',
  'id\tprice\tdate\n1\t1,250.50\t2024-01-02\n2\t990\t2024-01-03\n3\t12,000\t2024-02-01\n',
  '1,2,0\n3,4,1\n5,6,0\n7,8,1\n',
  'x  y  z\n1  2  3\n4  5  6\n7  8  9.5\n',
];
const trained = fromCsv(TEXTS[0]!);
const { inputs, features: featureNames, classes: classNames, table } = fittedOf(trained);

export const csv = format<string | Uint8Array>({
  cases: fc.oneof(
    {
      weight: 5,
      arbitrary: edited(
        TEXTS,
        textEdits(['"', ',', ';', '\t', '\n', '\r', '\r\n', '""', '"\n', 'sep=;\n', '1', 'x', '1,5', '1.000,5', '%', '2024-01-02', 'true', '?']),
      ),
    },
    {
      weight: 2,
      arbitrary: edited(
        TEXTS.flatMap((text) => [Uint8Array.from(Buffer.from(text, 'utf8')), Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le'))]),
        byteEdits,
      ),
    },
  ),
  read(text) {
    const tableOf = parseCsv(text);
    for (let row = 0; row < tableOf.rows; row++)
      for (let column = 0; column < tableOf.names.length; column++) ok(typeof tableOf.cell(row, column) === 'string');
    try {
      const rows = rowsFromCsv(text, { inputs, featureNames: featureNames!, classNames: classNames!, table: table! });
      ok(rows.length % inputs === 0 && rows.every(Number.isFinite));
    } catch (error) {
      if (!/csv/.test((error as Error).message)) throw error;
    }
    expectData(fromCsv(text, { missing: 'drop' }));
    expectData(fromCsv(text, { missing: 'mean' }));
  },
  place: /^csv(, line \d+|:)|^fromCsv: |^dataset: /,
});

/** An IDX file of this type and shape. */
function idxFile(type: number, shape: readonly number[], size: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  shape.forEach((length, axis) => new DataView(header.buffer).setUint32(4 + 4 * axis, length));
  return Uint8Array.from([...header, ...Array.from({ length: sizeOf(shape) * size }, (_, i) => i % 3)]);
}

const LABELS = idxFile(8, [4], 1);
const IMAGES = [
  idxFile(8, [4, 3, 2], 1),
  idxFile(8, [4, 6], 1),
  idxFile(9, [4, 2], 1),
  idxFile(11, [4, 2], 2),
  idxFile(12, [4], 4),
  idxFile(13, [4, 2], 4),
  idxFile(14, [2, 2], 8),
  LABELS,
];

export const idx = format<Uint8Array<ArrayBuffer>>({
  cases: edited([...IMAGES, ...IMAGES.slice(0, 2).map((file) => Uint8Array.from(gzipSync(file)))], byteEdits),
  async read(file) {
    const bytes = file[0] === 0x1f && file[1] === 0x8b ? await gunzip(file, 2 ** 20) : file;
    const { shape, data } = parseIdx(bytes);
    ok(sizeOf(shape) === data.length && data.length > 0);
    expectData(fromIdx(bytes, LABELS));
  },
  place: /^(idx|fromIdx|gunzip): |^dataset: /,
});

/** A .npy file as NumPy writes it. */
export function npyFile(descr: string, shape: readonly number[], values: Uint8Array, fortran = false): Uint8Array<ArrayBuffer> {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8, ...Buffer.from(padded), ...values]);
}

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const TARGETS = npyFile('<i8', [4], bytesOf(BigInt64Array.of(0n, 1n, 2n, 1n)));
const ARRAYS = [
  npyFile('<f4', [4, 2], bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8))),
  npyFile('>f8', [4], new Uint8Array(32)),
  npyFile('|u1', [4, 2, 3], new Uint8Array(24).fill(7)),
  npyFile('<f8', [4, 2], bytesOf(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)), true),
  npyFile('<i2', [], new Uint8Array(2)),
  TARGETS,
];

export const npy = format<Uint8Array<ArrayBuffer>>({
  cases: fc.oneof(
    edited(ARRAYS, byteEdits),
    // Its header is text.
    edited(
      ARRAYS.map((file) => Buffer.from(file).toString('latin1')),
      textEdits(["'", '(', ')', ',', '0', '4294967296', '1e9', '-1', 'True', 'shape', "'shape': (4, 2)", '<f4', '|O']),
    ).map((text) => Uint8Array.from(Buffer.from(text, 'latin1'))),
  ),
  read(bytes) {
    const { shape, data } = parseNpy(bytes);
    ok(sizeOf(shape) === data.length);
    ok(shape.every((size) => Number.isSafeInteger(size) && size >= 0));
    expectData(fromNpy(bytes, TARGETS));
  },
  place: /^(npy|fromNpy): |^dataset: /,
});

/** A zip archive of these files, every other one packed. */
export function zipOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [index, [name, content]] of Object.entries(files).entries()) {
    const packed = index % 2 === 0 ? content : deflateRawSync(content);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(index % 2 === 0 ? 0 : 8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, title, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, title]));
    parts.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Uint8Array.from(Buffer.concat([...parts, entries, end]));
}

const ARCHIVES = [zipOf({ 'x.npy': ARRAYS[0]!, 'y.npy': TARGETS, 'note.txt': Uint8Array.of(1) }), zipOf({ 'y.npy': TARGETS, 'x.npy': ARRAYS[2]! })];

export const npz = format<Uint8Array<ArrayBuffer>>({
  cases: edited(ARCHIVES, byteEdits),
  async read(bytes) {
    const arrays = await unpackNpz(bytes);
    for (const content of Object.values(arrays)) ok(content instanceof Uint8Array);
    if (arrays.x && arrays.y) expectData(fromNpy(arrays.x, arrays.y));
  },
  place: /^(npz|npy|fromNpy): |^dataset: /,
  // A name twice; bytes that are not those of their checksum.
  found: [renamed(ARCHIVES[0]!, 'y.npy', 'x.npy'), renamed(ARCHIVES[0]!, 'NUMPY', 'NUMBY')],
});

/** A file in which a text is another one of its length. */
function renamed(file: Uint8Array, from: string, to: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(Buffer.from(file).toString('latin1').replaceAll(from, to), 'latin1'));
}
