// The safetensors format (github.com/huggingface/safetensors): 8 bytes with the length of a JSON header, the header, and the
// tensors without gaps, little-endian. A file may come from anywhere, so everything in it is checked before anything is used.
import { DataError, requireMap, requireObject, show, UsageError } from '../errors.ts';
import { toBytes, toFloats } from '../numbers.ts';
import { type HostTensor, isSizes, roundUp, shapeText, sizeOf } from '../shape.ts';

/** What is in a safetensors file. */
export interface SafeTensors {
  /** The tensors by name. */
  readonly tensors: Map<string, HostTensor>;
  /** The texts beside them, by name. */
  readonly metadata: Map<string, string>;
}

/** The longest header that the reference implementation reads, in bytes. */
const LONGEST_HEADER = 100_000_000;
/** The header's object, a tensor's object, a list. */
const DEEPEST = 3;
const METADATA = '__metadata__';
/** A name that would reach the prototype of a plain object with these names as keys. */
const PROTOTYPE = '__proto__';

/**
 * Writes tensors as a safetensors file (Hugging Face's format), F32, in the order of the map.
 *
 * @param tensors - Tensors by name.
 * @param metadata - Texts by name; none by default.
 * @returns The bytes of the file.
 * @throws UsageError where a tensor is not of its shape or has a name that the format keeps for itself.
 * @example
 * const bytes = writeSafetensors(await trainer.parameters(), { note: 'for PyTorch' });
 */
export function writeSafetensors(tensors: ReadonlyMap<string, HostTensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  requireMap('safetensors: tensors', tensors, 'a Map from name to tensor');
  requireObject('safetensors: metadata', metadata, 'strings by name');
  for (const [key, text] of Object.entries(metadata))
    if (typeof text !== 'string') throw new UsageError(`safetensors: metadata.${key}: expected a string, got ${show(text)}`);
  const parts = [...tensors].map(([name, tensor]): RawTensor => {
    requireObject(`safetensors: ${name}`, tensor, '{ shape, data }');
    const { shape, data: given } = tensor;
    if (!isSizes(shape, 0)) throw new UsageError(`safetensors: ${name}: shape: expected a list of sizes, got ${show(shape)}`);
    if (name === METADATA || name === PROTOTYPE) throw new UsageError(`safetensors: a tensor cannot be named ${name}`);
    const data = toFloats(`safetensors: ${name}`, given);
    if (sizeOf(shape) !== data.length)
      throw new UsageError(`safetensors: ${name}: expected ${sizeOf(shape)} values for ${shapeText(shape)}, got ${data.length}`);
    return { name, dtype: 'F32', shape, data };
  });
  return joinTensors(parts, metadata);
}

/** A tensor as it lies in a file: its numbers are of its type already. */
export interface RawTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

/** The file of tensors, in their order. */
export function joinTensors(tensors: readonly RawTensor[], metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, data }) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries([[METADATA, metadata], ...entries])));
  // Spaces after the header align the data.
  const start = roundUp(8 + header.length, 8);
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(header, 8);
  let at = start;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file of F32 tensors; the tensors are copies.
 *
 * @param file - The bytes of the file.
 * @returns Tensors and metadata.
 * @throws DataError that says what is wrong with a file that is truncated, damaged or made to do harm; UsageError for what is no Uint8Array.
 * @example
 * trainer.setParameters(readSafetensors(bytes).tensors);
 */
export function readSafetensors(file: Uint8Array): SafeTensors {
  const { tensors: places, metadata } = openSafetensors(file, F32);
  const tensors = new Map<string, HostTensor>();
  // Not bytes.slice: that of a Buffer is a view, whose buffer is the whole file's.
  for (const { name, shape, bytes } of places) tensors.set(name, { shape, data: new Float32Array(Uint8Array.from(bytes).buffer) });
  return { tensors, metadata };
}

/** A tensor in a file, whose bytes are a part of it. */
export interface FileTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Whether bytes begin as such a file does: with the length of its header, which begins with a brace. */
export const beginsAsSafetensors = (bytes: Uint8Array): boolean => bytes[7] === 0 && bytes[8] === 0x7b;

/** The bytes of an element by its type. */
export type Sizes = Readonly<Record<string, number>>;
/** Of our own files. */
export const F32: Sizes = { F32: 4 };

/** What is in a file, in the order of its data, with all of it checked; `sizes` has the types that may be there. Throws as readSafetensors does. */
export function openSafetensors(file: Uint8Array, sizes: Sizes): { tensors: FileTensor[]; metadata: Map<string, string> } {
  const bytes = toBytes('safetensors', file);
  const { header, start } = readHeader(bytes);
  const metadata = new Map<string, string>();
  const places: { name: string; dtype: string; shape: number[]; begin: number; end: number }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) {
      for (const [key, text] of Object.entries(objectOf(METADATA, value))) {
        if (typeof text !== 'string') fail(`${METADATA}.${key}: expected a string, got ${show(text)}`);
        metadata.set(key, text);
      }
    } else places.push({ name, ...placeOf(name, value, sizes) });
  }
  // In the order of the file they must follow one another from the first byte to the last: no holes, no overlaps, nothing left over.
  let at = 0;
  for (const { name, begin, end } of places.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      fail(
        `${show(name)} begins at byte ${begin} of the data, ${begin < at ? 'inside the tensor before it, which ends' : 'after a gap: the tensor before it ends'} at ${at}`,
      );
    at = end;
  }
  const held = bytes.length - start;
  if (at !== held) fail(`the tensors need ${at} bytes of data, the file holds ${held}; it is ${at > held ? 'truncated' : 'followed by something else'}`);
  return { tensors: places.map(({ begin, end, ...place }) => ({ ...place, bytes: bytes.subarray(start + begin, start + end) })), metadata };
}

function fail(what: string): never {
  throw new DataError(`safetensors: ${what}`);
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) fail(`expected at least 8 bytes, got ${bytes.length}; the file is truncated`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  // Compared before it becomes a number: 2^63 has no place in one.
  if (bytes[8] !== 0x7b) fail('the header does not start with {; this is no safetensors file');
  if (length > BigInt(bytes.length - 8)) fail(`a header of ${length} bytes is not in a file of ${bytes.length}; it is truncated`);
  if (length > LONGEST_HEADER) fail(`a header of ${length} bytes is longer than the ${LONGEST_HEADER} that the format allows`);
  const start = 8 + Number(length);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start));
  } catch (cause) {
    throw new DataError('safetensors: the header is not UTF-8', { cause });
  }
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`safetensors: the header is not JSON: ${(cause as Error).message}`, { cause });
  }
  checkKeys(text);
  return { header: objectOf('the header', header), start };
}

/** Refuses what JSON.parse lets pass: a key that comes twice (the last would win), `__proto__`, and lists in lists in lists. `text` is JSON. */
function checkKeys(text: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(new Set());
      if (open.length > DEEPEST) fail(`the header is nested more than ${DEEPEST} deep`);
    } else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const begin = at++;
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
      let next = at + 1;
      while (' \t\r\n'.includes(text[next] ?? '-')) next++;
      if (text[next] !== ':') continue;
      const key = JSON.parse(text.slice(begin, at + 1)) as string;
      if (key === PROTOTYPE) fail(`the header has a key ${PROTOTYPE}, which no tensor may be named`);
      const keys = open.at(-1)!;
      if (keys.has(key)) fail(`the header has the key ${show(key)} twice`);
      keys.add(key);
    }
  }
}

function placeOf(name: string, value: unknown, sizes: Sizes): { dtype: string; shape: number[]; begin: number; end: number } {
  const where = show(name);
  const { dtype, shape, data_offsets: offsets, ...others } = objectOf(where, value);
  const [other] = Object.keys(others);
  if (other !== undefined) fail(`${where}: unknown key ${show(other)}; expected dtype, shape and data_offsets`);
  if (typeof dtype !== 'string' || !Object.hasOwn(sizes, dtype)) {
    const known = Object.keys(sizes);
    fail(
      `${where}: expected dtype ${known.length === 1 ? `"${known[0]}"` : `one of ${known.join(', ')}`}, got ${show(dtype)}; convert the file to 32-bit floats`,
    );
  }
  if (!isSizes(shape, 0)) fail(`${where}: shape: expected whole numbers of at least 0, got ${show(shape)}`);
  if (!isSizes(offsets, 0) || offsets.length !== 2 || offsets[0]! > offsets[1]!) fail(`${where}: data_offsets: expected [begin, end], got ${show(offsets)}`);
  const [begin, end] = offsets as [number, number];
  // A product too large for whole numbers is no size of anything.
  const bytes = sizeOf(shape) * sizes[dtype]!;
  if (bytes !== end - begin) fail(`${where}: shape ${show(shape)} needs ${bytes} bytes, data_offsets give it ${end - begin}`);
  return { dtype, shape, begin, end };
}

function objectOf(where: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${where}: expected an object, got ${show(value)}`);
  return value as Record<string, unknown>;
}
