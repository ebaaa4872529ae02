// How many classes a run has whose log does not say it: one that has learned nothing yet has a loss of ln(classes), and is right in one of as many rows.
import type { History } from '../../inspect/history.ts';

/** How far the loss may be from ln(classes), as a share of it: with an accuracy beside it, and without. */
const NEAR = 0.01;
const ALONE = 0.003;
/** Numbers of classes that are believed without an accuracy. */
const COMMON: readonly number[] = [2, 3, 4, 5, 10, 100, 1000];
/** How far the accuracy may be from one of so many, as a share of it. */
const CHANCE = 0.5;
/** Records that begin there: one could pass it on its way down. */
const BEGIN = 3;

/** The classes of a run that begins at the loss of knowing nothing of them; undefined for any other. */
export function classesOf({ steps, validations, facts }: History): number | undefined {
  const first = steps.loss.subarray(0, BEGIN);
  if (facts || first.length < BEGIN) return undefined;
  const classes = Math.round(Math.exp(first[0]!));
  const off = first.reduce((max, loss) => Math.max(max, Math.abs(loss / Math.log(classes) - 1)), 0);
  const accuracy = validations[0]?.validationAccuracy ?? validations[0]?.trainAccuracy;
  if (!(classes >= 2 && off <= NEAR)) return undefined;
  if (accuracy === undefined) return off <= ALONE && COMMON.includes(classes) ? classes : undefined;
  return Math.abs(accuracy * classes - 1) <= CHANCE ? classes : undefined;
}
