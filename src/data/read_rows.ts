// Rows of a source, read and checked.
import { DataError, show } from '../errors.ts';
import { type NumbersOptions, ownFloats } from '../numbers.ts';
import { sizeOf } from '../shape.ts';
import { type AnyDataset, type Column, columnsOf } from './columns.ts';
import { type AnySource, type Batch, type GivenBatch, infoOf, type NamedSource } from './source.ts';

/** Throws unless the rows of a batch fit what they are for; `rowOf` gives the number of a row. */
export type CheckRows = (batch: Batch, rowOf: (index: number) => number) => void;

/** A data set's rows by their index. */
export function sourceOf(data: AnyDataset): NamedSource {
  const columns = Object.entries(columnsOf(data));
  const pick = ({ values, shape }: Column, indices: Uint32Array): Batch[string] => {
    const width = sizeOf(shape);
    const to = new (values.constructor as Float32ArrayConstructor)(indices.length * width);
    indices.forEach((index, i) => {
      to.set(values.subarray(index * width, (index + 1) * width) as Float32Array, i * width);
    });
    return to;
  };
  return {
    rows: data.rows,
    tensors: Object.fromEntries(columns.map(([name, { values, divisor = 1, ...info }]) => [name, values instanceof Uint8Array ? { ...info, divisor } : info])),
    read: (indices) => Object.fromEntries(columns.map(([name, column]) => [name, pick(column, indices)])),
  };
}

/** Reads rows and checks what came. Rejects with what the source throws, or with a DataError that names the row. */
export async function readRows(source: AnySource, indices: Uint32Array, checkRows?: CheckRows): Promise<Batch> {
  const columns = Object.entries(infoOf(source));
  const rowOf = (index: number): number => indices[index]!;
  const numbers = (batch: GivenBatch): Batch => {
    if (typeof batch !== 'object' || batch === null)
      throw new DataError(`data source: expected a batch of ${columns.map(([name]) => name).join(' and ')}, got ${show(batch)}`);
    return Object.fromEntries(
      columns.map(([name, { shape, bytes }]) => [
        name,
        bytes ? ownBytes(name, batch[name]) : ownNumbers(`data source: ${name}`, batch[name], { width: sizeOf(shape), rowOf }),
      ]),
    );
  };
  // A source may fill one array again and again, so what it returns at once is read at once.
  const given = source.read(indices);
  const rows = isPromise(given) ? numbers(await given) : numbers(given);
  for (const [name, { shape, classes }] of columns)
    if (classes === undefined) check(name, rows[name]!, sizeOf(shape), indices, Number.isFinite, 'finite numbers');
    else
      check(
        name,
        rows[name]!,
        sizeOf(shape),
        indices,
        (label) => Number.isInteger(label) && label >= 0 && label < classes,
        `class indexes from 0 to ${classes - 1}`,
      );
  checkRows?.(rows, rowOf);
  return rows;
}

/** Integers stay integers, as not all of them are floats. */
function ownNumbers(where: string, given: unknown, options: NumbersOptions): Float32Array | Int32Array {
  return given instanceof Int32Array ? given.slice() : ownFloats(where, given, options);
}

function ownBytes(name: string, given: unknown): Uint8Array {
  if (!(given instanceof Uint8Array)) throw new DataError(`data source: ${name}: expected bytes in a Uint8Array, as its \`divisor\` says, got ${show(given)}`);
  return given.slice();
}

const isPromise = (given: GivenBatch | Promise<GivenBatch>): given is Promise<GivenBatch> => typeof (given as Promise<GivenBatch> | null)?.then === 'function';

function check(name: string, values: Batch[string], width: number, indices: Uint32Array, good: (value: number) => boolean, expected: string): void {
  if (values.length !== indices.length * width)
    throw new DataError(`data source: ${name}: expected ${indices.length} rows of ${width} values, got ${values.length} values`);
  for (let i = 0; i < values.length; i++)
    if (!good(values[i]!))
      throw new DataError(`data source: ${name}, row ${indices[Math.floor(i / width)]}, column ${i % width}: expected ${expected}, got ${values[i]}`);
}
