// From the document's data section to the data sets of a run: read, split, standardised.
import { type Dataset, dataset, take } from '../data/dataset.ts';
import { Random } from '../random.ts';
import type { Experiment } from './document.ts';

/** The parts of a run's data. */
export interface Splits {
  train: Dataset;
  validation?: Dataset;
  test?: Dataset;
}

/** Gives the text of a file by its name. */
export type ReadFile = (name: string) => Promise<string>;

/** TEMPORARY: digits only, until src/data is there. */
export async function loadData(document: Experiment, read: ReadFile | undefined): Promise<Splits> {
  const parse = (text: string): Dataset => {
    const rows = text
      .trim()
      .split('\n')
      .slice(1)
      .map((l) => l.split(',').map(Number));
    return dataset({ x: rows.map((r) => r.slice(0, 64).map((p) => p / 16)), y: rows.map((r) => r[64]!), classes: 10 });
  };
  const all = parse(await read!('digits-train.csv'));
  const order = new Random(document.seed ?? 1).shuffle(Array.from({ length: all.rows }, (_, i) => i));
  const share = document.data.split?.validation ?? 0;
  const n = Math.round(all.rows * share);
  return { train: take(all, order.slice(n)), ...(n ? { validation: take(all, order.slice(0, n)) } : {}), test: parse(await read!('digits-test.csv')) };
}
