// The coefficient of determination.
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type ErrorOptions, errorOptions, errorsInUnit } from './error_unit.ts';
import { type Measured, meanOf, ratio, totalOf, withoutNumbers } from './measured.ts';
import { type Metric, numberMetric } from './metric.ts';
import { squaredErrors } from './reductions.ts';

export const options = errorOptions;

/**
 * The coefficient of determination, R²: the fraction of the variance of the targets that the outputs explain, 1 - sum (output - target)² / sum (target - mean
 * target)². Of several columns it is the mean of theirs, and of targets that do not vary 1 where all outputs are exact, else 0, as of scikit-learn's
 * `r2_score`.
 *
 * @param given - How the targets were scaled: of logarithms, the fraction is that of the numbers before them. A divisor alone changes nothing.
 * @returns A metric, at most 1; 0 for the mean of the targets.
 * @throws UsageError for another option.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: mse(), optimizer, data, metrics: [r2()] });
 */
export function r2(given: ErrorOptions = {}): Metric {
  const unit = errorsInUnit('r2', squaredErrors, readOptions<ErrorOptions, typeof options>('r2', options, given));
  return numberMetric({
    name: 'r2',
    task: 'regression',
    needs: [unit.reduction],
    wrong: withoutNumbers,
    measure: (data) =>
      meanOf(
        unit.sums(data).map((errors, column) => {
          const spread = spreadOf(data, unit.targets(data), column);
          return spread === 0 ? Number(errors === 0) : 1 - errors / spread;
        }),
      ),
  });
}
export { r2 as create };

/** The sum of the squared differences of a column of targets from their mean. */
function spreadOf({ rows, columns }: Measured, targets: ArrayLike<number>, column: number): number {
  const own = Array.from({ length: rows }, (_, row) => targets[row * columns + column]!);
  const mean = ratio(totalOf(own), rows);
  return totalOf(own.map((target) => (target - mean) ** 2));
}

export const text: Texts = {
  en: { title: 'R²', summary: 'The fraction of the variance of the targets that the outputs explain; of several columns the mean of theirs.' },
  zh: { title: 'R²', summary: '输出所解释的目标方差的比例；多列时取各列的平均。' },
};
