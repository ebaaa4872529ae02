// What a model answers to rows that it was not trained on: by these a treated run is compared with the untreated one, row by row.
import { type Dataset, take } from '../data/dataset.ts';
import type { LiveModel } from '../train/live_model.ts';
import type { Trainer } from '../train/trainer.ts';

/** The answers of the model that a run keeps, beside the right ones. Plain numbers, row after row. */
export interface RowAnswers {
  /** Whose rows they are: those for validation, or where there are none those for training. */
  part: 'validation' | 'train';
  /** How many; the first of the part, which is in random order, where it has more than 2,000. */
  rows: number;
  /** Outputs of the model, [rows, outputs]. */
  outputs: number[];
  /** Targets as the loss takes them, [rows, columns]. */
  targets: number[];
}

/** More say no more of the mean than the noise of another seed does. */
const MOST_ROWS = 2000;
const MOST_NUMBERS = 200_000;

/** The answers at the end of a run, in inference mode. */
export async function answersOf(model: Pick<Trainer | LiveModel, 'predict'>, parts: { train: Dataset; validation?: Dataset }): Promise<RowAnswers> {
  const { train, validation } = parts;
  const data = validation ?? train;
  const first = Math.max(1, Math.min(data.rows, MOST_ROWS, Math.floor(MOST_NUMBERS / data.targetSize)));
  const used = first === data.rows ? data : take(data, [...Array(first).keys()]);
  const outputs = await model.predict(used);
  return { part: validation ? 'validation' : 'train', rows: first, outputs: [...outputs], targets: [...used.y] };
}
