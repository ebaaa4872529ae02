// How the cells of a table's columns become the numbers of a row: as they are, true and false as 1 and 0, a category as a 1 among zeros.
import { DataError, show } from '../errors.ts';
import type { BadCells } from './bad_cells.ts';
import { isCut, signAround, signedIn, stylesOf, truthOf, withoutSign } from './cells.ts';
import type { Table, TableColumn } from './csv_columns.ts';
import type { AlikeCategories } from './row_notes.ts';
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
    alike,
    bad,
  }: {
    policy: Policy;
    dropped: Uint8Array;
    fill?: readonly number[];
    advice?: string | undefined;
    unseen?: UnseenRows | undefined;
    alike?: AlikeCategories | undefined;
    /** Takes cells that cannot be read, which are refused otherwise. */
    bad?: BadCells | undefined;
  },
): { values: Float64Array; fill?: readonly number[] } {
  const width = widthOf(features);
  const values = new Float64Array(table.rows * width);
  const means: number[] = [];
  let first = 0;
  for (const feature of features) {
    const column = table.columns[feature.column]!;
    const inputs = inputsOf(feature);
    const to = numbersOf(table, feature, advice, unseen, alike);
    const missing: number[] = [];
    let sum = 0;
    for (let row = 0; row < table.rows; row++) {
      if (column.isMissing(row)) {
        if (policy === 'error')
          throw missingValue(table, row, feature, advice ? "fill it in, or choose missing: 'mean' or 'drop'" : 'fill it in, or leave the row out');
        if (policy === 'drop') dropped[row] = 1;
        missing.push(row);
        continue;
      }
      const value = bad ? bad.or(NONE, row, to, { table, column: feature.column }) : to(row);
      if (typeof feature.values !== 'string') {
        if (value !== NONE) values[row * width + first + value] = 1;
        else if (unseen?.leaveOut) dropped[row] = 1;
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

/** Fills missing numbers by the means of some rows, in a copy of `values`; of a column that has none in them it stays as it was. `kept` are the rows of the table that are in it. */
export function refilled(
  { columns }: Table,
  features: readonly FeatureColumn[],
  { values, fill, kept }: { values: Float64Array; fill: readonly number[]; kept: readonly number[] },
  rows: readonly number[],
): { x: Float64Array; fill: readonly number[] } {
  const width = widthOf(features);
  const x = new Float64Array(kept.length * width);
  for (const [row, from] of kept.entries()) x.set(values.subarray(from * width, (from + 1) * width), row * width);
  const means = [...fill];
  let first = 0;
  for (const feature of features) {
    const column = columns[feature.column]!;
    if (feature.values === 'number' || feature.values === 'boolean') {
      const known = rows.filter((row) => !column.isMissing(kept[row]!));
      if (known.length > 0) means[first] = known.reduce((sum, row) => sum + x[row * width + first]!, 0) / known.length;
      if (column.missing > 0) for (const [row, from] of kept.entries()) if (column.isMissing(from)) x[row * width + first] = means[first]!;
    }
    first += inputsOf(feature);
  }
  return { x, fill: means };
}

/** In the place of a category's index. */
const NONE = -1;

/** The number of a row, or of a category its index. Throws a DataError for a cell that is neither. */
function numbersOf(
  table: Table,
  { column: index, values }: FeatureColumn,
  advice: string | undefined,
  unseen: UnseenRows | undefined,
  alike: AlikeCategories | undefined,
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
      const value = text === undefined ? undefined : truthOf(text);
      if (value !== undefined) return Number(value);
      if (column.numbers[row] === 0 || column.numbers[row] === 1) return column.numbers[row]!;
      throw new DataError(`${table.where(row, index)}: expected true or false, got ${show(column.shown(row))}; ${correct}`);
    };
  const places = new Map(values.map((value, place) => [value, place]));
  const nearly = (cell: string): string | undefined => {
    const truth = values.every((value) => truthOf(value) !== undefined) ? truthOf(cell) : undefined;
    const found = values.filter((value) => plainWord(value) === plainWord(cell) || (truth !== undefined && truthOf(value) === truth));
    return found.length === 1 ? found[0] : undefined;
  };
  return (row) => {
    const text = column.text(row);
    const place = places.get(text === undefined ? String(column.numbers[row]) : canonical(text));
    if (place !== undefined) return place;
    const known = nearly(text ?? String(column.numbers[row]));
    if (known !== undefined) {
      alike?.add(table.lineOf(row), table.names[index]!, column.shown(row), known);
      return places.get(known)!;
    }
    if (unseen) {
      unseen.add(row, table.lineOf(row), table.names[index]!, column.shown(row));
      return NONE;
    }
    throw new DataError(`${table.where(row, index)}: expected one of ${show([...values])}, got ${show(column.shown(row))}; correct it, or leave the row out`);
  };
}

/** A word without what people write in several ways: capitals, and how many blanks. */
const plainWord = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, ' ');

function missingValue(table: Table, row: number, { column }: FeatureColumn, remedy: string): DataError {
  return new DataError(`${table.where(row, column)}: the value is missing (${show(table.columns[column]!.shown(row))}); ${remedy}`);
}

/** A number as others write it, with what would read it, the likeliest first. */
export function otherNumber(where: string, text: string, { csv, read }: Table, advice?: string): DataError {
  const ways = stylesOf(text)
    .filter(({ decimal, thousands }) => decimal !== csv.decimal || thousands !== csv.thousands)
    // Three digits after a single mark are thousands more often than a fraction.
    .sort((a, b) => Number(b.thousands !== '') - Number(a.thousands !== ''))
    .map(
      ({ decimal, thousands }) =>
        [...(decimal === '.' || thousands === '.' ? [] : ['`decimal`: ","']), ...(thousands ? [`\`thousands\`: ${show(thousands)}`] : [])].join(' and ') ||
        '`decimal`: "."',
    );
  const written = ways.length > 0 ? `if that is a number, say how it is written: ${[...new Set(ways)].join(', or ')}` : 'correct it';
  // A sign is taken away where all have it: there it is the number that cannot be read.
  const how = signedIn(text) && Number.isNaN(read(withoutSign(text))) ? written : (signAround(text) ?? written);
  return new DataError(`${where}: expected a number, got ${show(text)}; ${[how, ...(advice ? [advice] : [])].join(', or ')}`);
}

/** Why the numbers of a column cannot be read: some have a sign of a currency or of percent and others another or none, or they are written in another way. */
export function otherNumbers(table: Table, index: number, advice?: string): DataError {
  const column = table.columns[index]!;
  const firsts = new Map<string, number>();
  if (column.numeric > 0) firsts.set('', column.numbers.findIndex(Number.isFinite));
  for (const { text, first } of column.words) {
    const { sign } = signedIn(text) ?? {};
    if (sign !== undefined && first < (firsts.get(sign) ?? Number.POSITIVE_INFINITY)) firsts.set(sign, first);
  }
  const [one, other] = [...firsts].sort((a, b) => a[1] - b[1]);
  if (!one || !other) return otherNumber(table.where(column.otherNumber!.first, index), column.otherNumber!.text, table, advice);
  const like = `as in line ${table.lineOf(one[1])}`;
  const expected = one[0] === '' ? `a number without a sign, ${like}` : `a number with ${show(one[0])}, ${like}`;
  return new DataError(
    `${table.where(other[1], index)}: expected ${expected}, got ${show(column.shown(other[1]))}; give all values of the column the same unit${advice ? `, or ${advice}` : ''}`,
  );
}

/** Throws a DataError where points may stand between thousands or before fractions, and nothing in the file says which. Without the semicolons of those who write decimal commas it is taken for a fraction, with a note. */
export function requireCertain({ csv, columns, where }: Table, used: readonly number[]): string[] {
  if (csv.sure || columns.some(({ fractions }) => fractions)) return [];
  const index = used.find((column) => columns[column]!.either);
  if (index === undefined) return [];
  const { text, row } = columns[index]!.either!;
  const both = `${text.replace('.', '')}, or a fraction`;
  if (csv.separator !== ';')
    return [`${where(row, index).replace(/^\w+, /, '')}: ${show(text)} is taken for a fraction; if points stand between thousands, say \`thousands\`: "."`];
  throw new DataError(
    `${where(row, index)}: ${show(text)} may be ${both}, and no number of the file says which: say how numbers are written: \`thousands\`: ".", or \`decimal\`: "."`,
  );
}
