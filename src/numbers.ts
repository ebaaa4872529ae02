// Numbers from outside: what a caller may hand over as the values of a tensor. Every door that takes numbers goes through here.
import { DataError, kindOf, show, UsageError } from './errors.ts';
import { count } from './format.ts';
import * as LIMITS from './limits.ts';
import { shapeText, sizeOf } from './shape.ts';

/** One number after the other, or one row after the other: arrays or typed arrays. */
export type Numbers = ArrayLike<number> | ArrayLike<ArrayLike<number>>;

export interface NumbersOptions {
  /** Numbers in a row; rows that are given as such must have it, and messages name row and column. */
  width?: number;
  /** Shape of the tensor, where rows may be given along any of its axes: its last axis, the last two, ... */
  shape?: readonly number[];
  /** Where the width comes from, for the message. */
  because?: string;
  /** Refuses NaN and infinity, which pass otherwise. */
  finite?: boolean;
  /** The number of a row in what the caller knows; its index by default. */
  rowOf?(index: number): number;
}

/** Typed arrays whose elements are no numbers. */
export const NO_NUMBERS = ['DataView', 'BigInt64Array', 'BigUint64Array'];

/**
 * Numbers as 32-bit floats, row by row. A Float32Array is returned itself, so callers that read it after the call use `ownFloats` instead; anything else is
 * rounded to the nearest float. `where` names the argument. Throws a DataError for what is no number (null, text, BigInt), for a number that does not fit
 * into 32 bits, and for rows of different lengths.
 */
export function toFloats(where: string, given: unknown, options: NumbersOptions = {}): Float32Array {
  const { width, because, finite = false, rowOf = (index) => index } = options;
  const kind = kindOf(given);
  const values = given as Numbers;
  if (isEmpty(given)) return new Float32Array();
  if (kind === 'Float32Array') {
    // One of another realm (a frame, a test runner's context) is no instance of ours.
    const floats = given instanceof Float32Array && !isShared(given) ? given : new Float32Array(values as ArrayLike<number>);
    if (finite) refuseOthers(floats, (i) => floats[i]);
    return floats;
  }
  if (NO_NUMBERS.includes(kind) || !isList(given)) throw new DataError(`${where}: expected numbers in an array or a typed array, got ${show(given)}`);
  if (!isNested(values)) {
    requireCount(where, values.length);
    const floats = ArrayBuffer.isView(values) ? new Float32Array(values as ArrayLike<number>) : floatsOf(values);
    refuseOthers(floats, (i) => values[i]);
    return floats;
  }
  const columns = columnsOf(where, values, options);
  requireCount(where, values.length * columns);
  const floats = new Float32Array(values.length * columns);
  for (let row = 0; row < values.length; row++) {
    const from = rowAt(where, values, row, columns, because);
    for (let column = 0; column < columns; column++) floats[row * columns + column] = numberOrNaN(from[column]);
  }
  refuseOthers(floats, (i) => values[Math.floor(i / columns)]![i % columns], columns);
  return floats;

  /** Elements that are no number have become NaN, too large ones infinite. */
  function refuseOthers(floats: Float32Array, at: (index: number) => unknown, columns = width): void {
    for (let i = 0; i < floats.length; i++) {
      if (Number.isFinite(floats[i])) continue;
      const value = at(i);
      const tooLarge = typeof value === 'number' && Number.isFinite(value);
      if (typeof value === 'number' && !tooLarge && !finite) continue;
      const place = columns === undefined ? `${where}[${i}]` : `${where}, row ${rowOf(Math.floor(i / columns))}, column ${i % columns}`;
      const reason = tooLarge ? `${value} does not fit into a 32-bit float` : `expected a ${finite ? 'finite ' : ''}number, got ${show(value)}`;
      throw new DataError(`${place}: ${reason}; ${finite ? 'leave the row out or fill the value in' : 'fill the value in'}`);
    }
  }
}

/** Whether it is an array without elements, as one is whose buffer was transferred: nothing can be made of that one, not even a copy. */
export const isEmpty = (given: unknown): boolean => ArrayBuffer.isView(given) && given.byteLength === 0 && !(given instanceof DataView);

/** Numbers in a row of rows. Of a tensor's shape the first row may follow any of its axes, but no other length: of a transposed matrix, say. */
export function columnsOf(where: string, values: ArrayLike<ArrayLike<number>>, { width, shape }: NumbersOptions): number {
  const given = values[0]!.length;
  if (!shape) return width ?? given;
  const widths = shape.length === 0 ? [1] : shape.map((_, axis) => sizeOf(shape.slice(axis))).reverse();
  if (!widths.includes(given)) throw new DataError(`${where}[0]: expected rows of ${widths[0]} numbers for ${shapeText(shape)}, got ${given}`);
  return given;
}

export function rowAt(where: string, values: ArrayLike<ArrayLike<number>>, row: number, columns: number, because?: string): ArrayLike<number> {
  const from: ArrayLike<number> | null | undefined = values[row];
  if (!isList(from) || from.length !== columns)
    throw new DataError(`${where}[${row}]: expected ${columns} numbers${because ? ` (${because})` : ''}, got ${isList(from) ? from.length : show(from)}`);
  return from;
}

/** Numbers of an array or array-like, read by index: an iterator would collect them all first. */
function floatsOf(values: ArrayLike<number>): Float32Array {
  const floats = new Float32Array(values.length);
  for (let i = 0; i < floats.length; i++) floats[i] = numberOrNaN(values[i]);
  return floats;
}

/** Throws before an array of that length is allocated: `length` of an array-like can be anything. */
export function requireCount(where: string, numbers: number): void {
  if (numbers > LIMITS.numbers) throw new DataError(`${where}: expected at most ${count(LIMITS.numbers)} numbers, got ${count(numbers)}`);
}

/** The same in an array of its own: what the caller does to his after the call changes nothing. */
export function ownFloats(where: string, given: unknown, options: NumbersOptions = {}): Float32Array {
  const floats = toFloats(where, given, options);
  return floats === given ? floats.slice() : floats;
}

/** The bytes of a file. Throws a UsageError for anything but a Uint8Array or an ArrayBuffer. */
export function toBytes(where: string, given: unknown): Uint8Array<ArrayBuffer> {
  const kind = kindOf(given);
  if ((kind === 'ArrayBuffer' || kind === 'Uint8Array') && (given as ArrayBuffer).byteLength === 0) return new Uint8Array();
  if (kind === 'ArrayBuffer') return new Uint8Array(given as ArrayBuffer);
  if (kind !== 'Uint8Array') throw new UsageError(`${where}: expected the bytes of a file in a Uint8Array, got ${show(given)}`);
  // Decoders take no shared memory.
  return isShared(given as Uint8Array) ? (given as Uint8Array).slice() : (given as Uint8Array<ArrayBuffer>);
}

/** Whether the numbers are given row by row. */
export function isNested(values: Numbers): values is ArrayLike<ArrayLike<number>> {
  return isList(values[0]);
}

/** Whether another thread may write to it while it is read; not every WebGPU takes such memory. */
export const isShared = ({ buffer }: ArrayBufferView): boolean => kindOf(buffer) === 'SharedArrayBuffer';

export const isList = (value: unknown): value is ArrayLike<unknown> =>
  typeof value === 'object' && value !== null && Number.isSafeInteger((value as ArrayLike<unknown>).length) && (value as ArrayLike<unknown>).length >= 0;

// Stored in a Float32Array, null, '' and true would become numbers without a word.
const numberOrNaN = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
