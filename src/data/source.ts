// Training data that need not be in one array: rows are asked for by their index, batch by batch.
import { DataError, show } from '../errors.ts';
import { type Numbers, ownFloats } from '../numbers.ts';
import type { Dataset } from './dataset.ts';

/** Rows and their targets: x [rows, features], y [rows, target width]. */
export interface Batch {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The same as a source gives it: x may be bytes. */
export interface SourceBatch {
  readonly x: Float32Array | Uint8Array;
  readonly y: Float32Array;
}

/** The same as it comes from outside. */
export interface GivenBatch {
  readonly x: Numbers;
  readonly y: Numbers;
}

/** Throws unless targets fit what they are for; `rowOf` gives the number of a row. */
export type CheckTargets = (y: Float32Array, rowOf: (index: number) => number) => void;

/** What must be known of training data beforehand; a `Dataset` says it as well. */
export type DataInfo = Pick<Dataset, 'rows' | 'features' | 'targetWidth' | 'classes'>;

/** What the bytes of training data stand for; undefined where it is no bytes. */
export function divisorOf(data: Dataset | BatchSource): number | undefined {
  return 'read' in data ? data.divisor : data.bytes?.divisor;
}

/** Samples from anywhere: parts of a file, a server, a function. It must give the same row for the same index at all times. */
export interface BatchSource extends DataInfo {
  /** Given where x comes as bytes (Uint8Array), which stay bytes on the GPU: what they are divided by. */
  readonly divisor?: number;
  /**
   * The rows at these indices (0 .. rows-1), in this order. Called some batches ahead of the steps, again before an earlier promise has resolved: what a
   * promise brings must not be written to afterwards. What is returned at once is copied.
   */
  read(indices: Uint32Array): GivenBatch | Promise<GivenBatch>;
}

/** A data set's rows by their index. */
export function sourceOf(data: Dataset): BatchSource {
  const { rows, features, targetWidth, classes, bytes } = data;
  const pick = <Values extends Float32Array | Uint8Array>(from: Values, width: number, indices: Uint32Array): Values => {
    const to = (from instanceof Uint8Array ? new Uint8Array(indices.length * width) : new Float32Array(indices.length * width)) as Values;
    indices.forEach((index, i) => {
      to.set(from.subarray(index * width, (index + 1) * width), i * width);
    });
    return to;
  };
  return {
    rows,
    features,
    targetWidth,
    ...(classes === undefined ? {} : { classes }),
    ...(bytes ? { divisor: bytes.divisor } : {}),
    read: (indices) => ({ x: bytes ? pick(bytes.values, features, indices) : pick(data.x, features, indices), y: pick(data.y, targetWidth, indices) }),
  };
}

/** Reads rows and checks what came. Rejects with what the source throws, or with a DataError that names the row. */
export async function readRows(source: BatchSource, indices: Uint32Array, checkTargets?: CheckTargets): Promise<SourceBatch> {
  const { features, targetWidth, classes } = source;
  const rowOf = (index: number): number => indices[index]!;
  const numbers = (batch: GivenBatch): SourceBatch => {
    if (typeof batch !== 'object' || batch === null) throw new DataError(`data source: expected a batch of x and y, got ${show(batch)}`);
    const x = source.divisor === undefined ? ownFloats('data source: x', batch.x, { width: features, rowOf }) : ownBytes(batch.x);
    return { x, y: ownFloats('data source: y', batch.y, { width: targetWidth, rowOf }) };
  };
  // A source may fill one array again and again, so what it returns at once is read at once.
  const given = source.read(indices);
  const { x, y } = isPromise(given) ? numbers(await given) : numbers(given);
  check('x', x, features, indices, Number.isFinite, 'finite numbers');
  if (classes === undefined) check('y', y, targetWidth, indices, Number.isFinite, 'finite numbers');
  else check('y', y, targetWidth, indices, (label) => Number.isInteger(label) && label >= 0 && label < classes, `class indexes from 0 to ${classes - 1}`);
  checkTargets?.(y, rowOf);
  return { x, y };
}

function ownBytes(given: Numbers): Uint8Array {
  if (!(given instanceof Uint8Array)) throw new DataError(`data source: x: expected bytes in a Uint8Array, as its \`divisor\` says, got ${show(given)}`);
  return given.slice();
}

const isPromise = (given: GivenBatch | Promise<GivenBatch>): given is Promise<GivenBatch> => typeof (given as Promise<GivenBatch> | null)?.then === 'function';

function check(name: string, values: Float32Array | Uint8Array, width: number, indices: Uint32Array, good: (value: number) => boolean, expected: string): void {
  if (values.length !== indices.length * width)
    throw new DataError(`data source: ${name}: expected ${indices.length} rows of ${width} values, got ${values.length} values`);
  for (let i = 0; i < values.length; i++)
    if (!good(values[i]!))
      throw new DataError(`data source: ${name}, row ${indices[Math.floor(i / width)]}, column ${i % width}: expected ${expected}, got ${values[i]}`);
}
