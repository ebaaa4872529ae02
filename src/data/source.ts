// Training data that need not be in one array: rows are asked for by their index, batch by batch.
import { DataError } from '../errors.ts';
import type { Dataset } from './dataset.ts';

/** Rows and their targets: x [rows, features], y [rows, target width]. */
export interface Batch {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** What must be known of training data beforehand; a `Dataset` says it as well. */
export type DataInfo = Pick<Dataset, 'rows' | 'features' | 'targetWidth' | 'classes'>;

/** Samples from anywhere: parts of a file, a server, a function. It must give the same row for the same index at all times. */
export interface BatchSource extends DataInfo {
  /** The rows at these indices (0 .. rows-1), in this order. Called some batches ahead of the steps. */
  read(indices: Uint32Array): Batch | Promise<Batch>;
}

/** A data set's rows by their index. */
export function sourceOf(data: Dataset): BatchSource {
  const { rows, features, targetWidth, classes } = data;
  const pick = (from: Float32Array, width: number, indices: Uint32Array): Float32Array => {
    const to = new Float32Array(indices.length * width);
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
    read: (indices) => ({ x: pick(data.x, features, indices), y: pick(data.y, targetWidth, indices) }),
  };
}

/** Reads rows and checks what came. Rejects with what the source throws, or with a DataError that names the row. */
export async function readRows(source: BatchSource, indices: Uint32Array): Promise<Batch> {
  const { x, y } = await source.read(indices);
  const { features, targetWidth, classes } = source;
  check('x', x, features, indices, Number.isFinite, 'finite numbers');
  if (classes === undefined) check('y', y, targetWidth, indices, Number.isFinite, 'finite numbers');
  else check('y', y, targetWidth, indices, (label) => Number.isInteger(label) && label >= 0 && label < classes, `class indexes from 0 to ${classes - 1}`);
  return { x, y };
}

function check(name: string, values: Float32Array, width: number, indices: Uint32Array, good: (value: number) => boolean, expected: string): void {
  if (values.length !== indices.length * width)
    throw new DataError(`data source: ${name}: expected ${indices.length} rows of ${width} values, got ${values.length} values`);
  for (let i = 0; i < values.length; i++)
    if (!good(values[i]!))
      throw new DataError(`data source: ${name}, row ${indices[Math.floor(i / width)]}, column ${i % width}: expected ${expected}, got ${values[i]}`);
}
