// Which columns of a table are learnt from, and as what. Those that would teach nothing, or what new rows cannot know, are left out with a word.
import { DataError, show } from '../errors.ts';
import { isCompactDate, signAround, unitOf } from './cells.ts';
import type { Table, TableColumn } from './csv_columns.ts';
import { canonical, type FeatureColumn, LEAVE_OUT, otherNumbers, sorted } from './features.ts';

/** Different words up to which a column is a category; above it each has to come twice on average. */
const FEW_WORDS = 20;
/** And no more than this. */
export const MOST_CATEGORIES = 1000;
/** Rows from which on it is no accident that a column counts, that each row has another word, or that all numbers are dates. */
const ENOUGH_ROWS = 8;
/** Amounts with a unit, up to which they may be categories: 1 GB, 2 GB, 4 GB. */
const FEW_AMOUNTS = 8;

interface Choice {
  asked: readonly number[] | undefined;
  target: number;
  forced: readonly number[];
  /** Filled with the columns that are not taken, and why. */
  leftOut: Map<number, string>;
}

/** The columns to learn from, and how. Throws a DataError for a column whose cells are neither numbers nor words. */
export function chosen(table: Table, { asked, target, forced, leftOut }: Choice): FeatureColumn[] {
  const candidates = asked ?? [...table.names.keys()].filter((column) => column !== target);
  const others = candidates.length - 1;
  for (const column of [...candidates, target]) if (!forced.includes(column)) refuseQuotes(table, column);
  return candidates.flatMap((column): FeatureColumn[] => {
    const reason = asked ? undefined : whyLeftOut(table, column, others, forced.includes(column));
    if (reason === undefined) return [{ column, values: valuesOf(table, column, forced.includes(column)) }];
    leftOut.set(column, reason);
    return [];
  });
}

/** Throws a DataError where numbers stand in single quotes, as if these were the quotes of the file: they would be words. */
function refuseQuotes({ columns, names, read, where }: Table, index: number): void {
  const { words, numeric } = columns[index]!;
  if (numeric > 0 || words.length < 2) return;
  if (!words.every(({ text }) => /^'[^']+'$/.test(text.trim()) && !Number.isNaN(read(text.trim().slice(1, -1))))) return;
  const { text, first } = words[0]!;
  throw new DataError(
    `${where(first, index)}: expected a number, got ${show(text)} in single quotes: take them away, or write " in their place (for codes of categories: \`categories\`: [${show(names[index])}])`,
  );
}

/** Names of a column that counts. */
const COUNTER = /^(?:index|idx|row|row ?(?:number|nr|no|names?)|number|unnamed: 0|column 1|x1|rownames)$/i;
/** Names of a column that tells rows apart: id, customer_id, PassengerId. */
const ID = /(?:^|[\s_.-])(?:[gu]?uid|id|nr|no)\.?$|^#$|rowid$/i;
const CAMEL_ID = /[a-z]I[dD]$/;
const isIdName = (name: string): boolean => ID.test(name) || CAMEL_ID.test(name);

const DATES = 'it holds dates: make numbers of what matters in them (days since a start, the month, the weekday)';

/** Why a column is not taken unless it is asked for. */
function whyLeftOut(table: Table, index: number, others: number, forced: boolean): string | undefined {
  const column = table.columns[index]!;
  if (forced) return undefined;
  if (column.kind === 'empty') return 'it has no value';
  if (column.kind === 'date') return DATES;
  if (column.kind === 'number') return others > 0 ? whyNoMeasure(table, index) : undefined;
  if (column.kind !== 'text' || column.otherNumber || unitIn(column) !== undefined) return undefined;
  const words = categoriesOf(column);
  if (words.length === 1 && table.rows > 1) return `it says ${show(words[0])} in every row`;
  return isId(words.length, column.rows - column.missing) ? `it has ${words.length} different texts in ${table.rows} rows, which are no categories` : undefined;
}

/** Whether there are too many different words for categories: of a thousand, of more than half of the rows, or another one in each row. */
export const isId = (different: number, rows: number): boolean =>
  different > MOST_CATEGORIES || (different > FEW_WORDS && 2 * different > rows) || (different === rows && rows >= ENOUGH_ROWS);

/** Why numbers measure nothing: they count or name the rows, or are dates. */
function whyNoMeasure({ columns, names, csv, rows }: Table, index: number): string | undefined {
  const { numbers } = columns[index]!;
  if (rows < ENOUGH_ROWS) return undefined;
  const counts = (): boolean => {
    for (let row = 0; row < rows; row++) if (numbers[row] !== numbers[0]! + row) return false;
    return Number.isInteger(numbers[0]);
  };
  const different = (): boolean => {
    const seen = new Set<number>();
    for (let row = 0; row < rows; row++) if (Number.isInteger(numbers[row])) seen.add(numbers[row]!);
    return seen.size === rows;
  };
  const first = index === 0;
  const name = names[index]!;
  if (!csv.header) return first && (numbers[0] === 0 || numbers[0] === 1) && counts() ? COUNTS : undefined;
  if (csv.nameless[index] || /^unnamed: 0$/i.test(name)) return first ? (different() ? COUNTS : undefined) : counts() ? COUNTS : undefined;
  if (isIdName(name) && different()) return counts() ? COUNTS : 'it has another number in each row, which tells rows apart and measures nothing';
  if (first && COUNTER.test(name) && counts()) return COUNTS;
  return numbers.subarray(0, rows).every((value) => Number.isNaN(value) || isCompactDate(value)) ? DATES : undefined;
}

const COUNTS = 'it counts the rows';

/** Different words of a column, or numbers of one that is to be a category. */
function categoriesOf(column: TableColumn): string[] {
  const words = new Set(column.words.map(({ text }) => canonical(text)));
  if (column.numeric > 0) for (const value of column.different(MOST_CATEGORIES)) words.add(String(value));
  return sorted(words);
}

/** The unit that all cells of a column have behind their number. Few different ones may be categories. */
function unitIn({ words }: TableColumn): string | undefined {
  if (words.length <= FEW_AMOUNTS) return undefined;
  const unit = unitOf(words[0]!.text);
  return unit !== undefined && words.every(({ text }) => unitOf(text) === unit) ? unit : undefined;
}

/** How the cells of a feature become numbers. Throws a DataError where they cannot. */
function valuesOf(table: Table, index: number, forced: boolean): FeatureColumn['values'] {
  const column = table.columns[index]!;
  const { kind } = column;
  const at = (first: number): string => table.where(first, index);
  const categories = `\`categories\`: [${show(table.names[index])}]`;
  if (!forced) {
    if (kind === 'number' || kind === 'empty') return 'number';
    if (kind === 'boolean') return 'boolean';
    if (column.otherNumber) throw otherNumbers(table, index, LEAVE_OUT);
    const [word] = column.words;
    if (kind === 'mixed') throw wordAmongNumbers(table, index, categories);
    if (kind === 'date') throw new DataError(`${at(word!.first)}: expected a number, got the date ${show(word!.text)}; make a number of it, or ${LEAVE_OUT}`);
    const unit = unitIn(column);
    if (unit !== undefined)
      throw new DataError(
        `${at(word!.first)}: expected a number, got ${show(word!.text)}; take ${show(unit)} away in all rows, or ${LEAVE_OUT} (for categories: ${categories})`,
      );
  }
  const words = categoriesOf(column);
  if (words.length > MOST_CATEGORIES)
    throw new DataError(`${at(0)}: the column has more than ${MOST_CATEGORIES} different values, too many for categories; ${LEAVE_OUT}`);
  if (words.some((word) => word.includes('\ufffd'))) throw lost(at(column.words.find(({ text }) => text.includes('\ufffd'))!.first));
  return words;
}

/** Words that may all stand for a missing value: these few. */
const FEW_MISSING = 3;

/** Whether the few words among the numbers of a column may all say that a value is missing. */
function mayBeMissing({ words, numeric, kind, rows }: TableColumn): boolean {
  const others = words.reduce((sum, { count }) => sum + count, 0);
  return (
    kind === 'mixed' &&
    words.length <= FEW_MISSING &&
    others <= numeric &&
    !words.some(({ text, first }) => isMistake(text) || (first === rows - 1 && rows > 2))
  );
}

/** A number that is written wrongly, or in another way. */
const isMistake = (text: string): boolean => (/\d/.test(text) && !text.startsWith('#')) || signAround(text) !== undefined;

/** `missingWords` with all words that may stand for a missing value, of any column, after those that were given: to be said once. */
export function missingWordsAdvice({ csv, columns }: Table): string {
  const words = columns.filter(mayBeMissing).flatMap((column) => column.words.map(({ text }) => text.trim()));
  return `\`missingWords\`: [${[...new Set([...csv.words, ...words])].map(show).join(', ')}]`;
}

/** A word among numbers: it stands for a missing value, or is a mistake; where there are several, the column may be one of codes. */
function wordAmongNumbers(table: Table, index: number, categories: string): DataError {
  const { words, numeric } = table.columns[index]!;
  const { text, first } = words[0]!;
  const start = `${table.where(first, index)}: expected a number, got ${show(text)}`;
  const others = words.reduce((sum, { count }) => sum + count, 0);
  if (words.length > FEW_MISSING || others > numeric)
    return new DataError(
      `${start}; ${numeric} rows have a number here and ${others} have text: for codes of categories ${categories}, else correct it, or ${LEAVE_OUT}`,
    );
  if (first === table.rows - 1 && table.rows > 2) return new DataError(`${start}; is the last line a sum or a note, take it away, or ${LEAVE_OUT}`);
  if (isMistake(text)) return new DataError(`${start}; correct it, or ${LEAVE_OUT} (for codes of categories: ${categories})`);
  return new DataError(
    `${start}; correct it, ${LEAVE_OUT}, or, if it says that the value is missing, ${missingWordsAdvice(table)} (codes of categories: ${categories})`,
  );
}

export const lost = (where: string): DataError =>
  new DataError(
    `${where}: the text has the replacement character, in place of a letter that was lost when bytes became text: give the bytes of the file, or its \`encoding\``,
  );
