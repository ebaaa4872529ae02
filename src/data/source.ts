// Training data that need not be in one array: rows are asked for by their index, batch by batch.
import { isObject } from '../errors.ts';
import type { Numbers } from '../numbers.ts';
import { type AnyDataset, type Column, columnsOf, X, Y } from './columns.ts';
import type { Dataset } from './dataset.ts';

/** Rows of tensors by the name that the data set has for them: `x` and `y` where it has one input and one target. */
export type Batch = Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>;

/** The same as it comes from outside. */
export type GivenBatch = Readonly<Record<string, Numbers>>;

/** Samples from anywhere: parts of a file, a server, a function. It must give the same row for the same index at all times. */
export interface BatchSource extends Pick<Dataset, 'rows' | 'features' | 'targetSize' | 'classes'> {
  /** Given where x comes as bytes (Uint8Array), which stay bytes on the GPU: what they are divided by. */
  readonly divisor?: number;
  /**
   * The rows at these indices (0 .. rows-1), in this order. Called some batches ahead of the steps, again before an earlier promise has resolved: what a
   * promise brings must not be written to afterwards. What is returned at once is copied.
   *
   * @param indices - From 0 to rows - 1; as many as the batch has rows.
   * @returns Tensors by name, `x` and `y`: a row for each index, in that order.
   */
  read(indices: Uint32Array): GivenBatch | Promise<GivenBatch>;
}

/** The same with named tensors, for models with several inputs or outputs. */
export interface NamedSource {
  /** Samples. */
  readonly rows: number;
  /** What `read` returns: the shape of a sample, and the `divisor` of bytes. */
  readonly tensors: Readonly<Record<string, Pick<Column, 'shape' | 'divisor' | 'classes'>>>;
  /**
   * As of a BatchSource, all tensors by their names.
   *
   * @param indices - From 0 to rows - 1; as many as the batch has rows.
   * @returns Tensors by name: a row for each index, in that order.
   */
  read(indices: Uint32Array): GivenBatch | Promise<GivenBatch>;
}

/** Samples from anywhere, with one input and one target or with tensors by name. */
export type AnySource = BatchSource | NamedSource;

/** What is known of a tensor beforehand. */
export type ColumnInfo = Pick<Column, 'shape' | 'divisor' | 'classes'> & { readonly bytes: boolean };

export const isSource = (data: unknown): data is AnySource => isObject(data) && 'read' in data;

/** What is known of the tensors of training data, by name. */
export function infoOf(data: AnyDataset | AnySource): Readonly<Record<string, ColumnInfo>> {
  if (!isSource(data))
    return Object.fromEntries(Object.entries(columnsOf(data)).map(([name, column]) => [name, { ...column, bytes: column.values instanceof Uint8Array }]));
  if ('tensors' in data) return Object.fromEntries(Object.entries(data.tensors).map(([name, info]) => [name, { ...info, bytes: info.divisor !== undefined }]));
  const { features, targetSize, divisor, classes } = data;
  return {
    [X]: { shape: [features], bytes: divisor !== undefined, ...(divisor === undefined ? {} : { divisor }) },
    [Y]: { shape: [targetSize], bytes: false, ...(classes === undefined ? {} : { classes }) },
  };
}
