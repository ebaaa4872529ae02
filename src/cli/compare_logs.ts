// `fathom compare a.jsonl b.jsonl`: where two runs part, and how far.
import { UsageError } from '../errors.ts';
import { readLog } from '../experiment/logs/index.ts';
import type { LogSource } from '../experiment/logs/log_source.ts';
import { count, figure, percent } from '../format.ts';
import { type Comparison, compareRuns } from '../inspect/parting.ts';
import { note, oneLine } from './print.ts';

/** Beyond rounding, in float32, of some steps. */
const TOLERANCE = 1e-3;

/** Compares two logs, in words. Throws a UsageError where they have no step in common. */
export function compareLogs(a: LogSource, b: LogSource, tolerance = TOLERANCE): string {
  if (!(tolerance >= 0 && tolerance < Number.POSITIVE_INFINITY)) throw new UsageError(`--tolerance ${tolerance}: expected a number of at least 0`);
  const [left, right] = [a, b].map((source) => {
    const { history, notes } = readLog(source);
    for (const text of notes) note(oneLine(`${source.path}: ${text}`));
    return history;
  });
  const comparison = compareRuns(left!, right!, tolerance);
  if (!comparison) throw new UsageError(`${a.path} and ${b.path} have no step in common`);
  return partingText(comparison, tolerance);
}

function partingText({ steps, last, parting, losses, largest }: Comparison, tolerance: number): string {
  const end = `At step ${last} the losses are ${figure(losses[0])} and ${figure(losses[1])}; they differ most at step ${largest.step}, by ${percent(largest.difference)}.`;
  if (!parting) return `The runs do not part in ${count(steps)} steps: nothing differs by more than ${percent(tolerance)}.\n${end}`;
  const { step, layer, figure: name, values, difference } = parting;
  const what = { gradientNorm: 'norm of the gradient', learningRate: 'learning rate', weight_gradient: 'weight gradient' }[name as string] ?? name;
  const place = layer === undefined ? `the ${what}` : `the ${what} of ${oneLine(layer)}`;
  return `The runs part at step ${step}: ${place} is ${figure(values[0])} in one and ${figure(values[1])} in the other, a difference of ${percent(difference)}.\n${end}`;
}
