// What a model answers to rows that it was not trained on: by these a treated run is compared with the untreated one, row by row.
import { type Dataset, take } from '../data/dataset.ts';
import { unscaledTargets } from '../data/target_units.ts';
import type { LiveModel } from '../train/live_model.ts';
import type { Trainer } from '../train/trainer.ts';
import type { LoadedData } from './data.ts';

/** The answers of the model that a run keeps, beside the right ones. Plain numbers, row after row. */
export interface RowPredictions {
  /** Whose rows they are: those for validation, or where there are none those for training. */
  split: 'validation' | 'train';
  /** How many; the first of the split, which is in random order, where it has more than 2,000. */
  rows: number;
  /** Outputs of the model, [rows, outputs]; of a regression in the unit of the data, however the targets were scaled. */
  outputs: number[];
  /** Targets as the loss takes them, [rows, columns]; in that unit. */
  targets: number[];
  /** The loss compares their logarithms; absent where it does not. */
  log?: true;
}

/** How far off a model is that was trained on logarithms, typically: e to the root mean squared difference of the logarithms. Undefined for others. */
export function typicalFactor({ outputs, targets, log }: Pick<RowPredictions, 'outputs' | 'targets' | 'log'>): number | undefined {
  if (!log) return undefined;
  const squares = targets.reduce((sum, target, i) => sum + Math.log(outputs[i]! / target) ** 2, 0);
  return Math.exp(Math.sqrt(squares / targets.length));
}

/** More say no more of the mean than the noise of another seed does. */
const MOST_ROWS = 2000;
const MOST_NUMBERS = 200_000;

/** The answers at the end of a run, in inference mode. */
export async function predictionsOf(model: Pick<Trainer | LiveModel, 'predict'>, { train, validation, fitted }: LoadedData): Promise<RowPredictions> {
  const data = validation ?? train;
  const first = Math.max(1, Math.min(data.rows, MOST_ROWS, Math.floor(MOST_NUMBERS / data.targetSize)));
  const used: Dataset = first === data.rows ? data : take(data, [...Array(first).keys()]);
  const outputs = await model.predict(used);
  const { targets } = fitted;
  const back = (values: Float32Array): number[] => [...(targets ? unscaledTargets(values, targets) : values)];
  return { split: validation ? 'validation' : 'train', rows: first, outputs: back(outputs), targets: back(used.y), ...(targets?.log ? { log: true } : {}) };
}
