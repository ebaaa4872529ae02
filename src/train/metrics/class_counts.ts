// Counts per class (correct, predicted, true), and scikit-learn's averages over classes.
import type { OptionTable } from '../../option_table.ts';
import { classesOf, type Measured, meanOf, ratio, withoutClasses } from './measured.ts';
import { type Metric, numberMetric } from './metric.ts';
import { answeredClass } from './reductions.ts';

/** How a metric of single classes is averaged. */
export interface AverageOptions {
  /**
   * Over classes, as in scikit-learn. 'binary': of the second of two classes alone. 'macro': the mean over the classes that are right or answered somewhere.
   * 'weighted': the same, weighted by how many rows each class has. 'micro': of all rows together. By default 'binary' of two classes and 'macro' of more.
   */
  average?: 'binary' | 'macro' | 'weighted' | 'micro';
}

export const averageOptions = { average: { type: 'name', names: ['binary', 'macro', 'weighted', 'micro'] } } as const satisfies OptionTable<AverageOptions>;

/** Of one class, or of all together. */
export interface ClassCount {
  /** Rows that are of the class and answered so. */
  readonly right: number;
  /** Rows that are answered so. */
  readonly answered: number;
  /** Rows that are of the class. */
  readonly meant: number;
}

export function classCounts(data: Measured): ClassCount[] {
  const counts = Array.from({ length: classesOf(data) }, () => ({ right: 0, answered: 0, meant: 0 }));
  const { truth } = data;
  data.of(answeredClass).forEach((answer, row) => {
    counts[answer]!.answered++;
    counts[truth[row]!]!.meant++;
    if (answer === truth[row]) counts[answer]!.right++;
  });
  return counts;
}

/** The score of each class, averaged. What divides by 0 is 0, as in scikit-learn. */
function averaged(data: Measured, average: AverageOptions['average'], score: (count: ClassCount) => number): number {
  const counts = classCounts(data);
  const total = (key: keyof ClassCount, of = counts): number => of.reduce((sum, count) => sum + count[key], 0);
  switch (average ?? (counts.length === 2 ? 'binary' : 'macro')) {
    case 'binary':
      return score(counts[1]!);
    case 'micro':
      return score({ right: total('right'), answered: total('answered'), meant: total('meant') });
    case 'weighted':
      return ratio(
        counts.reduce((sum, count) => sum + count.meant * score(count), 0),
        data.rows,
      );
    case 'macro': {
      const seen = counts.filter(({ answered, meant }) => answered + meant > 0);
      return meanOf(seen.map(score));
    }
  }
}

/** A metric of each class, averaged: `f1`, or `f1_macro` where an average was asked for. */
export function averageMetric(name: string, average: AverageOptions['average'], score: (count: ClassCount) => number): Metric {
  return numberMetric({
    name: average ? `${name}_${average}` : name,
    task: 'classification',
    needs: [answeredClass],
    wrong: (output) =>
      average === 'binary' && classesOf(output) > 2
        ? `average: 'binary' is of two classes and the model has ${output.columns} outputs: take 'macro', 'weighted' or 'micro'`
        : withoutClasses(output),
    measure: (data) => averaged(data, average, score),
  });
}
