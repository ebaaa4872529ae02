// The sources of rows by name: what a document may say, which files it names and how they are read follows from their records.
import { requireLogarithms, split } from '../../data/prepare.ts';
import { UsageError } from '../../errors.ts';
import type { DataDocument } from '../document.ts';
import { arrays } from './arrays.ts';
import { cifar10 } from './cifar10.ts';
import { csv } from './csv.ts';
import { digits } from './digits.ts';
import { generator } from './generator.ts';
import { idx } from './idx.ts';
import { images } from './images.ts';
import { numpy } from './numpy.ts';
import { parquet } from './parquet.ts';
import type { Reading, Splits } from './reading.ts';
import type { Source } from './source.ts';

/** The sources by the names that documents have for them. */
export const SOURCES = { generator, digits, csv, parquet, images, cifar10, idx, numpy, arrays } as const satisfies {
  readonly [Name in DataDocument['source']]: Source<Extract<DataDocument, { source: Name }>>;
};

/** The record of a data section. */
export const sourceOf = ({ source }: DataDocument): Source<DataDocument> => SOURCES[source] as unknown as Source<DataDocument>;

/** The rows of each part as their source gives them: not scaled yet, with the targets that the source has. */
export async function readParts(data: DataDocument, reading: Reading): Promise<Splits> {
  const source = sourceOf(data);
  const shares: { validation?: number; test?: number } = data.split ?? {};
  if ('test' in data && data.test && shares.test) throw new UsageError('data: `test` and `split.test` both set a test part: choose one');
  const all = await source.rows(data, reading);
  const test = await source.test?.(data, reading, all);
  // A table has said it with the line; what has classes is refused with the loss.
  if ('logTargets' in data && data.logTargets)
    for (const [part, rows] of Object.entries({ data: all, 'data: test': test })) if (rows?.classes === undefined && rows) requireLogarithms(part, rows);
  return { ...split(all, { ...shares, seed: reading.seed }), ...(test ? { test } : {}) };
}

/** The data section with its paths replaced. */
export const withPaths = <Data extends DataDocument>(data: Data, replace: (path: string) => string): Data =>
  (sourceOf(data).withPaths?.(data, replace) as Data | undefined) ?? data;

/** The paths of the files that a data section names. */
export function pathsOf(data: DataDocument): string[] {
  const paths: string[] = [];
  withPaths(data, (path) => {
    paths.push(path);
    return path;
  });
  return paths;
}
