// What the pages of a Parquet file claim to hold, counted before the library reads them: it repeats a value as often as a file says, and makes room for as many.
import type { ColumnMetaData, DataReader, FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { DataError } from '../errors.ts';

/** Values by which a packed run may be longer than what is left: writers fill up groups of eight, some of them 63 at once. */
const FILLED = 512;
/** Bytes that a byte packed by snappy can become: three of them say "the 64 before, once more". */
const UNPACKED = 24;
/** Largest blocks of differences, in values and in parts. */
const BLOCK = 2 ** 20;
/** Encodings of values whose counts are known here. */
const ENCODINGS = [
  'PLAIN',
  'PLAIN_DICTIONARY',
  'RLE_DICTIONARY',
  'RLE',
  'BYTE_STREAM_SPLIT',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
];

function damaged(where: string, what: string): never {
  throw new DataError(`parquet: ${where}: ${what}: it is damaged`);
}

/** Throws a DataError where a page of a flat table claims more values than its part has rows, or more bytes than it can hold. */
export function checkPages(file: ArrayBuffer, { row_groups, schema }: FileMetaData): void {
  for (const group of row_groups)
    for (const { meta_data: column, file_path } of group.columns) {
      const where = `column ${column?.path_in_schema.join('.')}`;
      if (!column || file_path) throw new DataError(`parquet: ${where}: its values are in another file: write one file`);
      const optional = schema.some(({ name, repetition_type }) => name === column.path_in_schema[0] && repetition_type !== 'REQUIRED');
      checkColumn(where, bytesOf(where, file, column), column, Number(group.num_rows), optional);
    }
}

/** The bytes of a column. */
function bytesOf(where: string, file: ArrayBuffer, { dictionary_page_offset, data_page_offset, total_compressed_size }: ColumnMetaData): DataView {
  // Some writers say 0 where there is none.
  const [at, size] = [Number(dictionary_page_offset || data_page_offset), Number(total_compressed_size)];
  if (!(at >= 0 && size >= 0 && at + size <= file.byteLength)) damaged(where, 'its bytes are not in the file');
  return new DataView(file, at, size);
}

function checkColumn(where: string, view: DataView, { codec, type }: ColumnMetaData, rows: number, optional: boolean): void {
  const reader: DataReader = { view, offset: 0 };
  let seen = 0;
  while (seen < rows && reader.offset < view.byteLength - 1) {
    const page = parquetHeader(reader);
    const { compressed_page_size: size, uncompressed_page_size: whole } = page;
    if (!(size >= 0 && reader.offset + size <= view.byteLength && whole >= 0 && whole <= UNPACKED * (size + 1)))
      damaged(where, 'a page is larger than its bytes');
    const bytes = new Uint8Array(view.buffer, view.byteOffset + reader.offset, size);
    reader.offset += size;
    const { dictionary_page_header: dictionary, data_page_header: first, data_page_header_v2: second } = page;
    if (page.type === 'DICTIONARY_PAGE') {
      if (!(dictionary && dictionary.num_values >= 0 && dictionary.num_values <= 8 * whole)) damaged(where, 'its dictionary has more values than bits');
      continue;
    }
    const header = page.type === 'DATA_PAGE' ? first : page.type === 'DATA_PAGE_V2' ? second : undefined;
    if (!header) damaged(where, `it has a page of the kind ${page.type}`);
    const count = header.num_values;
    if (!(count >= 0 && seen + count <= rows)) damaged(where, `a page says ${count} values where ${rows - seen} rows are left`);
    seen += count;
    if (!ENCODINGS.includes(header.encoding)) throw new DataError(`parquet: ${where}: its values are written as ${header.encoding}, which is not read here`);
    if (second && page.type === 'DATA_PAGE_V2') {
      const { num_rows, num_nulls, repetition_levels_byte_length: ahead, definition_levels_byte_length: levels, is_compressed } = second;
      if (!(num_rows === count && num_nulls >= 0 && num_nulls <= count && ahead === 0 && levels >= 0 && levels <= size))
        damaged(where, 'a page contradicts itself');
      if (optional) countRuns(where, viewOf(bytes.subarray(0, levels)), 0, 1, count);
      const packed = is_compressed !== false && whole - levels > 0;
      const values = packed ? decompressPage(bytes.subarray(levels), whole - levels, codec, undefined) : bytes.subarray(levels);
      checkValues(where, viewOf(values), 0, header.encoding, type, count - num_nulls);
    } else {
      const values = viewOf(decompressPage(bytes, whole, codec, undefined));
      const levels = optional && count > 0 ? countRuns(where, values, 4, 1, count) : count;
      checkValues(where, values, optional && count > 0 ? 4 + wordAt(where, values, 0) : 0, header.encoding, type, levels);
    }
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

function wordAt(where: string, view: DataView, at: number): number {
  if (at + 4 > view.byteLength) damaged(where, 'a page ends too early');
  return view.getUint32(at, true);
}

/** The values of a page, from here on. */
function checkValues(where: string, view: DataView, at: number, encoding: string, type: string, count: number): void {
  if (count === 0) return;
  if (type === 'BOOLEAN' && encoding === 'RLE') countRuns(where, view, at + 4, 1, count);
  else if (/DICTIONARY|^RLE$/.test(encoding)) {
    if (at >= view.byteLength) damaged(where, 'a page ends too early');
    const width = view.getUint8(at);
    if (width > 32) damaged(where, `an index of ${width} bits`);
    if (width > 0 || at + 1 < view.byteLength) countRuns(where, view, at + 1, width, count);
  } else if (encoding.startsWith('DELTA')) {
    const reader = { view, offset: at };
    const [block, parts] = [numberAt(where, reader), numberAt(where, reader)];
    if (!(block > 0 && block <= BLOCK && parts > 0 && parts <= block)) damaged(where, `blocks of ${block} values in ${parts} parts`);
  }
}

function numberAt(where: string, reader: { readonly view: DataView; offset: number }): number {
  let number = 0;
  for (let shift = 0; ; shift += 7) {
    if (reader.offset >= reader.view.byteLength || shift > 28) damaged(where, 'a page ends too early');
    const byte = reader.view.getUint8(reader.offset++);
    number += (byte & 127) * 2 ** shift;
    if (byte < 128) return number;
  }
}

/** Goes over runs, repeated or packed, until there are so many values; the number of those that are 1, where they have one bit. */
function countRuns(where: string, view: DataView, at: number, width: number, count: number): number {
  const reader = { view, offset: at };
  let ones = 0;
  for (let seen = 0; seen < count; ) {
    const head = numberAt(where, reader);
    const packed = head % 2 === 1;
    const length = packed ? 8 * Math.floor(head / 2) : head / 2;
    const bytes = packed ? (length / 8) * width : Math.ceil(width / 8);
    if (length > count - seen + (packed ? FILLED : 0)) damaged(where, `a run of ${length} values where ${count - seen} are left`);
    if (packed ? reader.offset >= view.byteLength && width > 0 : reader.offset + bytes > view.byteLength) damaged(where, 'a page ends too early');
    if (width === 1)
      for (let i = 0; i < Math.min(length, count - seen); i++) {
        const place = reader.offset + (packed ? i >> 3 : 0);
        if (place < view.byteLength && (view.getUint8(place) >> (packed ? i & 7 : 0)) & 1) ones++;
      }
    reader.offset += bytes;
    seen += length;
  }
  return ones;
}
