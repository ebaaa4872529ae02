// What a report says of the data of its run, and of how the model that is kept answers them.
import { type ColumnSummary, type DataSummary, plainly } from '../data/csv_summary.ts';
import { amount, count, figure, percent } from '../format.ts';
import type { AnswerPoints } from './charts.ts';
import { type RowPredictions, typicalFactor } from './row_predictions.ts';
import type { RunResult } from './run.ts';

/** Columns that are listed one by one. */
const MOST_COLUMNS = 60;
/** Classes of which a matrix can be read, and which are named. */
const MOST_CLASSES = 20;
const MOST_VALUES = 12;
/** Groups of rows, by their targets. */
const GROUPS = 8;

/** Data in sentences, and their columns as a table; the first row is its heading. */
export interface ToldData {
  readonly lines: readonly string[];
  readonly columns: readonly (readonly string[])[];
}

type Result = Omit<RunResult, 'history'>;

/** What was understood of the data, and how they were divided. */
export function dataOf({ data, start: { rows } }: Result): ToldData {
  const parts = Object.entries(rows).filter(([, number]) => number > 0);
  const split = `${parts.map(([part, number]) => `${count(number)} rows ${part === 'train' ? 'to train on' : part === 'test' ? 'for the test' : 'for validation'}`).join(', ')}.`;
  if (!data) return { lines: [split], columns: [] };
  const notes = data.notes.map((note) => `${note[0]!.toUpperCase()}${note.slice(1)}.`);
  if (!('columns' in data)) return { lines: [...rowsLines(data), split, ...notes], columns: [] };
  const dropped = data.dropped > 0 ? `, ${count(data.dropped)} of them left out as a value is missing` : '';
  const shown = data.columns.slice(0, MOST_COLUMNS);
  const more = data.columns.length - shown.length;
  return {
    lines: [`A table of ${count(data.rows)} rows${dropped}; ${data.written.join('; ')}.`, split, ...notes],
    columns: [
      ['column', 'used as', 'what it holds', 'missing'],
      ...shown.map((column) => [column.name, column.use, holds(column), column.missing > 0 ? count(column.missing) : '']),
      ...(more > 0 ? [[`and ${more} more`, '', '', '']] : []),
    ],
  };
}

function rowsLines({ source, rows, shape, range, targets }: Exclude<DataSummary, { columns: unknown }>): string[] {
  const target =
    targets.kind === 'classes'
      ? `${targets.values.length} classes: ${valuesText(targets.values)}`
      : `numbers from ${plainly(targets.range[0])} to ${plainly(targets.range[1])}`;
  return [
    `${count(rows)} rows from ${source}.`,
    `Inputs of shape ${shape.join(' x ')}, from ${plainly(range[0])} to ${plainly(range[1])}.`,
    `Targets: ${target}.`,
  ];
}

function holds({ use, kind, values, range, why }: ColumnSummary): string {
  if (use === 'left out') return why ?? 'not among the features';
  return values ? `${values.length} ${kind}: ${valuesText(values)}` : range ? `${kind} from ${plainly(range[0])} to ${plainly(range[1])}` : kind;
}

const valuesText = (values: readonly { readonly name: string; readonly rows: number }[]): string =>
  `${values
    .slice(0, MOST_VALUES)
    .map(({ name, rows }) => `${name} (${count(rows)})`)
    .join(', ')}${values.length > MOST_VALUES ? `, and ${values.length - MOST_VALUES} more` : ''}`;

/** How the kept model answers: a table with its heading, and of numbers the points for a chart. */
export interface ToldAnswers {
  readonly title: string;
  readonly note: string;
  readonly table: readonly (readonly string[])[];
  readonly chart?: AnswerPoints;
}

/** The confusion of classes on the last part, or answers to numbers beside the right ones; undefined where neither is known. */
export function answersOf(result: Result): ToldAnswers | undefined {
  const { train, validation, test, predictions } = result;
  const [part, evaluation] = test ? ['the test part', test] : validation ? ['the validation part', validation] : ['the training part', train];
  const { confusion } = evaluation;
  if (confusion) return confusedClasses(confusion, namesIn(result), `Of the model that is kept, on ${part}`);
  if (!predictions || predictions.outputs.length !== predictions.rows || predictions.targets.length !== predictions.rows) return undefined;
  const points = predictions.targets.map((truth, row) => ({ truth, answer: predictions.outputs[row]! }));
  if (!points.every(({ truth, answer }) => Number.isFinite(truth) && Number.isFinite(answer))) return undefined;
  return {
    title: 'Predictions against the truth',
    note: `Of the model that is kept, on ${count(points.length)} ${predictions.split === 'validation' ? 'rows for validation' : 'rows that it was trained on'}, in groups by the true value.${factorNote(predictions)}`,
    table: errorGroups(points, GROUPS),
    chart: { points: predictions.log ? points.filter(({ answer }) => answer > 0) : points, log: predictions.log },
  };
}

/** How far off answers are where ratios count. */
export function factorNote(predictions: Pick<RowPredictions, 'outputs' | 'targets' | 'log'>): string {
  const factor = typicalFactor(predictions);
  return factor === undefined ? '' : ` They are off by a factor of ${figure(factor)}, typically.`;
}

/** Names of the classes in the order of their indices. */
function namesIn({ data }: Result): (index: number) => string {
  const values =
    data && ('columns' in data ? data.columns.find(({ use }) => use === 'target')?.values : data.targets.kind === 'classes' ? data.targets.values : []);
  return (index) => values?.[index]?.name ?? String(index);
}

const told = (value: number): string => (Number.isInteger(value) ? count(value) : figure(value));

/** The confusion of classes as a matrix, or of many the pairs that are mistaken most often; `whose` begins its sentence. */
export function confusedClasses(confusion: readonly (readonly number[])[], name: (index: number) => string, whose: string): ToldAnswers {
  return confusion.length > MOST_CLASSES ? worstClasses(confusion, name, whose) : matrix(confusion, name, whose);
}

function matrix(confusion: readonly (readonly number[])[], name: (index: number) => string, whose: string): ToldAnswers {
  return {
    title: 'Right and wrong answers',
    note: `${whose}. A line for each class: how many of its rows were taken for which.`,
    table: [
      ['is \\ taken for', ...confusion.map((_, index) => name(index)), 'right'],
      ...confusion.map((counts, index) => {
        const rows = counts.reduce((sum, each) => sum + each, 0);
        return [name(index), ...counts.map(told), rows > 0 ? percent(counts[index]! / rows) : '–'];
      }),
    ],
  };
}

/** Of many classes the pairs that are mistaken most often. */
function worstClasses(confusion: readonly (readonly number[])[], name: (index: number) => string, whose: string): ToldAnswers {
  const pairs = confusion.flatMap((counts, right) => counts.flatMap((rows, answer) => (right !== answer && rows > 0 ? [{ right, answer, rows }] : [])));
  pairs.sort((a, b) => b.rows - a.rows);
  return {
    title: 'Wrong answers',
    note: `${whose}: of ${confusion.length} classes those that are taken for another most often.`,
    table: [['is', 'taken for', 'rows'], ...pairs.slice(0, MOST_CLASSES).map(({ right, answer, rows }) => [name(right), name(answer), told(rows)])],
  };
}

/** Groups of as many rows each, by their true values. */
export function errorGroups(points: readonly { truth: number; answer: number }[], most: number): string[][] {
  const sorted = [...points].sort((a, b) => a.truth - b.truth);
  const groups = Math.min(most, sorted.length);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    ['true value', 'rows', 'mean truth', 'mean prediction', 'RMSE'],
    ...Array.from({ length: groups }, (_, group) => {
      const rows = sorted.slice(Math.round((group * sorted.length) / groups), Math.round(((group + 1) * sorted.length) / groups));
      return [
        `${amount(rows[0]!.truth)} to ${amount(rows.at(-1)!.truth)}`,
        count(rows.length),
        amount(mean(rows.map(({ truth }) => truth))),
        amount(mean(rows.map(({ answer }) => answer))),
        amount(Math.sqrt(mean(rows.map(({ truth, answer }) => (truth - answer) ** 2)))),
      ];
    }),
  ];
}
