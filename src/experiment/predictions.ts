// Predictions out of the outputs of a model: scores of classes, their names, and both as CSV.
import { UsageError } from '../errors.ts';
import { rounded } from '../format.ts';
import type { Loss } from '../nn/losses.ts';

/** What the answers of a model mean. */
export type Meaning = Pick<Loss, 'name' | 'toClassIndex' | 'probabilities'>;

/** How an output becomes a score of its class, by the loss that trained it; a plain number where it has none. */
export function scoresOf({ probabilities }: Partial<Meaning>, row: Float32Array): number[] {
  if (probabilities === 'softmax') {
    const max = row.reduce((a, b) => Math.max(a, b));
    const powers = Array.from(row, (value) => Math.exp(value - max));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }
  return probabilities === 'sigmoid' ? Array.from(row, (value) => 1 / (1 + Math.exp(-value))) : [...row];
}

export const largest = (row: Float32Array): number => row.reduce((best, value, i) => (value > row[best]! ? i : best), 0);

/** A regression on classes (mse on one-hot targets) answers with the largest, or with the nearer of 0 and 1. */
export function classIn(row: Float32Array, { toClassIndex }: Partial<Meaning>): number {
  return toClassIndex ? toClassIndex(row) : row.length === 1 ? Number(row[0]! > 0.5) : largest(row);
}

export function byRow<Value>(outputs: Float32Array, rows: number, of: (row: Float32Array, index: number) => Value): Value[] {
  const columns = outputs.length / rows;
  return range(rows).map((row) => of(outputs.subarray(row * columns, (row + 1) * columns), row));
}

/** What is known of the rows of answers. */
interface PredictedRows {
  classes: readonly string[] | undefined;
  /** What each row is called. */
  names?: readonly string[];
  /** What is predicted, where it has a name. */
  target?: string | undefined;
  /** Columns of the rows that stand before the answers. */
  kept?: { names: readonly string[]; rows: readonly (readonly string[])[] };
  /** Rows whose answer is left empty. */
  without?: ReadonlySet<number>;
}

export function predictionsCsv(
  outputs: Float32Array,
  rows: number,
  loss: Partial<Meaning> = {},
  { classes: given, names, target, kept, without }: PredictedRows,
): string {
  const columns = outputs.length / rows;
  const classes = given ?? (loss.toClassIndex ? range(Math.max(2, columns)).map(String) : undefined);
  if (classes && columns !== classes.length && columns !== 1) throw new UsageError(`predict: the model has ${columns} outputs for ${classes.length} classes`);
  // A single output is for the second of two classes.
  const named = classes && (columns === 1 ? classes.slice(1, 2) : classes);
  const what = loss.probabilities ? 'p' : 'score';
  const heading = named
    ? [target === undefined ? 'class' : `predicted ${target}`, ...named.map((label) => `${what}(${label})`)]
    : columns === 1
      ? [target === undefined ? 'prediction' : `predicted ${target}`]
      : range(columns).map((i) => `prediction ${i}`);
  const lines = byRow(outputs, rows, (output, row) => {
    const scores = scoresOf(loss, output).map(digits);
    const cells = classes ? [quoted(classes[classIn(output, loss)]!), ...scores] : scores;
    // An empty line would be passed over, and the rows after it counted wrongly.
    return (
      [...(names ? [quoted(names[row]!)] : []), ...(kept?.rows[row]?.map(quoted) ?? []), ...(without?.has(row) ? cells.map(() => '') : cells)].join(',') || '""'
    );
  });
  return `${[[...(names ? ['file'] : []), ...(kept?.names ?? []), ...heading].map(quoted).join(','), ...lines].join('\n')}\n`;
}

const range = (count: number): number[] => [...Array(count).keys()];
/** As many digits as 32 bits hold. */
const digits = (value: number): string => String(rounded(value, 7));
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
