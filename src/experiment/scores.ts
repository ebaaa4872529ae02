// The table of scores on the parts of the data: loss, accuracy, and the metrics that were asked for.
import { figure, percent, quantity } from '../format.ts';
import type { Evaluation } from '../train/evaluation.ts';
import { metricValues } from '../train/metrics/values.ts';
import type { RunResult } from './run.ts';

/** An evaluated part of the data. */
export interface ScoredPart {
  readonly part: string;
  readonly rows: number;
  readonly evaluation: Evaluation;
}

/** The parts of a run. */
export const partsOfRun = ({ train, validation, test, start }: Pick<RunResult, 'train' | 'validation' | 'test' | 'start'>): ScoredPart[] =>
  Object.entries({ train, validation, test }).flatMap(([part, evaluation]) =>
    evaluation ? [{ part, rows: start.rows[part as keyof typeof start.rows], evaluation }] : [],
  );

/** A row for each part, the heading first. The accuracy, where there is one, has a column of its own. */
export function scoreRows(parts: readonly ScoredPart[]): string[][] {
  const metrics = parts.map(({ evaluation }) => metricValues(evaluation));
  const names = [...new Set(metrics.flatMap(Object.keys))].filter((name) => name !== 'accuracy');
  const judged = parts.some(({ evaluation }) => evaluation.accuracy !== undefined);
  const rows = parts.map(({ part, rows, evaluation: { loss, accuracy } }, i) => [
    part,
    String(rows),
    figure(loss),
    ...(judged ? [percent(accuracy)] : []),
    ...names.map((name) => quantity(metrics[i]![name])),
  ]);
  return [['part', 'rows', 'loss', ...(judged ? ['accuracy'] : []), ...names], ...rows];
}
