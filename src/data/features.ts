// How the cells of a table's columns become the numbers of a row: as they are, true and false as 1 and 0, a category as a 1 among zeros.
import { DataError, show } from '../errors.ts';
import { booleanOf, isCut, signAround, stylesOf } from './cells.ts';
import type { Table, TableColumn } from './csv_columns.ts';
import type { UnseenRows } from './unseen.ts';

export const POLICIES = ['error', 'mean', 'drop'] as const;
/** What becomes of a missing value. */
export type Policy = (typeof POLICIES)[number];

/** A column to learn from. */
export interface FeatureColumn {
  /** Its place in the table, from 0. */
  readonly column: number;
  /** What its cells are; of categories, those that there are, in the order of their inputs. */
  readonly values: 'number' | 'boolean' | readonly string[];
}

/** What may be done about a column that cannot be read, where the features are still to be chosen. */
export const LEAVE_OUT = 'leave the column out with `features`';

const inputsOf = ({ values }: FeatureColumn): number => (typeof values === 'string' ? 1 : values.length);

/** Numbers in a row. */
export const widthOf = (features: readonly FeatureColumn[]): number => features.reduce((sum, feature) => sum + inputsOf(feature), 0);

/** A name for each number in a row: that of its column, of a category with its value: `city=Oslo`. */
export const namesOf = (features: readonly FeatureColumn[], names: readonly string[]): string[] =>
  features.flatMap(({ column, values }) => (typeof values === 'string' ? [names[column]!] : values.map((value) => `${names[column]}=${value}`)));

/** The text by which cells are the same class or category: numbers by value. */
export function canonical(cell: string): string {
  const text = cell.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) && !isCut(text) ? String(Number(text)) : text;
}

/** Numbers by value, then text by code unit, whatever the machine's language. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return (Number.isNaN(x) ? 0 : x - y) || (a < b ? -1 : a > b ? 1 : 0);
  });
}

/**
 * The rows of these columns, [rows, inputs], finite also as 32-bit floats; rows to be left out are marked and hold 0. With the policy `mean`, missing values
 * become those of `fill`, by default the columns' means, which are returned. A missing category is none of them, and so is one that is not known where `unseen`
 * takes those.
 */
export function readFeatures(
  table: Table,
  features: readonly FeatureColumn[],
  {
    policy,
    dropped,
    fill,
    advice,
    unseen,
  }: { policy: Policy; dropped: Uint8Array; fill?: readonly number[]; advice?: string | undefined; unseen?: UnseenRows | undefined },
): { values: Float64Array; fill?: readonly number[] } {
  const width = widthOf(features);
  const values = new Float64Array(table.rows * width);
  const means: number[] = [];
  let first = 0;
  for (const feature of features) {
    const column = table.columns[feature.column]!;
    const inputs = inputsOf(feature);
    const to = numbersOf(table, feature, advice, unseen);
    const missing: number[] = [];
    let sum = 0;
    for (let row = 0; row < table.rows; row++) {
      if (column.isMissing(row)) {
        if (policy === 'error')
          throw missingValue(
            table,
            row,
            feature,
            advice ? "fill it in, or choose missing: 'drop' or, for a feature, 'mean'" : 'fill it in, or leave the row out',
          );
        if (policy === 'drop') dropped[row] = 1;
        missing.push(row);
        continue;
      }
      const value = to(row);
      if (typeof feature.values !== 'string') {
        if (value !== NONE) values[row * width + first + value] = 1;
        else if (unseen!.leaveOut) dropped[row] = 1;
      } else {
        values[row * width + first] = value;
        sum += value;
      }
    }
    if (policy === 'mean') {
      const single = typeof feature.values === 'string';
      if (single && !fill && missing.length === table.rows)
        throw missingValue(table, 0, feature, 'the column has no value at all: leave it out with `features`');
      const used = single ? (fill?.[first] ?? sum / (table.rows - missing.length)) : 0;
      if (single) for (const row of missing) values[row * width + first] = used;
      means.push(...new Array<number>(inputs).fill(used));
    }
    first += inputs;
  }
  return policy === 'mean' ? { values, fill: fill ?? means } : { values };
}

/** In the place of a category's index. */
const NONE = -1;

/** The number of a row, or of a category its index. Throws a DataError for a cell that is neither. */
function numbersOf(
  table: Table,
  { column: index, values }: FeatureColumn,
  advice: string | undefined,
  unseen: UnseenRows | undefined,
): (row: number) => number {
  const column: TableColumn = table.columns[index]!;
  const correct = ['correct it', ...(advice ? [advice] : [])].join(', or ');
  if (values === 'number')
    return (row) => {
      const value = column.numbers[row]!;
      if (Number.isFinite(Math.fround(value))) return value;
      const shown = column.shown(row);
      throw column.text(row) === undefined
        ? new DataError(`${table.where(row, index)}: expected a number, got ${shown}, which does not fit into a 32-bit float; ${correct}`)
        : otherNumber(table.where(row, index), shown, table, advice);
    };
  if (values === 'boolean')
    return (row) => {
      const text = column.text(row);
      const value = text === undefined ? undefined : booleanOf(text);
      if (value !== undefined) return Number(value);
      if (column.numbers[row] === 0 || column.numbers[row] === 1) return column.numbers[row]!;
      throw new DataError(`${table.where(row, index)}: expected true or false, got ${show(column.shown(row))}; ${correct}`);
    };
  const places = new Map(values.map((value, place) => [value, place]));
  return (row) => {
    const text = column.text(row);
    const place = places.get(text === undefined ? String(column.numbers[row]) : canonical(text));
    if (place !== undefined) return place;
    if (unseen) {
      unseen.add(row, table.lineOf(row), table.names[index]!, column.shown(row));
      return NONE;
    }
    throw new DataError(`${table.where(row, index)}: expected one of ${show([...values])}, got ${show(column.shown(row))}; correct it, or leave the row out`);
  };
}

function missingValue(table: Table, row: number, { column }: FeatureColumn, remedy: string): DataError {
  return new DataError(`${table.where(row, column)}: the value is missing (${show(table.columns[column]!.shown(row))}); ${remedy}`);
}

/** A number as others write it, with what would read it. */
export function otherNumber(where: string, text: string, { csv }: Table, advice?: string): DataError {
  const ways = stylesOf(text)
    .filter(({ decimal, thousands }) => decimal !== csv.decimal || thousands !== csv.thousands)
    .map(
      ({ decimal, thousands }) =>
        [...(decimal === '.' ? [] : ['`decimal`: ","']), ...(thousands ? [`\`thousands\`: ${show(thousands)}`] : [])].join(' and ') || '`decimal`: "."',
    );
  const written = ways.length > 0 ? `if that is a number, say how it is written: ${[...new Set(ways)].join(', or ')}` : 'correct it';
  const how = signAround(text) ?? written;
  return new DataError(`${where}: expected a number, got ${show(text)}; ${[how, ...(advice ? [advice] : [])].join(', or ')}`);
}
