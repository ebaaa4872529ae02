// How a CSV file is written, found from its first records: what separates fields, how numbers are written, whether the first record is a header.
import { EITHER_COMMA, EITHER_POINT, isGap, isMissing, type NumberStyle, numberReader, PLAIN, stylesOf, withHyphen, withoutSign } from './cells.ts';
import { readRecords } from './papa.ts';

/** The fields of some records, for each separator that there may be. */
const SEPARATORS = [',', ';', '\t', '|'];
/** Runs of blanks. */
export const BLANKS = ' ';
/** Records that are looked at. */
const LOOKED_AT = 500;

/** Records without those that hold nothing; with blanks as separators a run of them counts once. */
export function recordsOf(text: string, separator: string, whole = true, newline = newlineOf(text)): string[][] {
  return readRecords(text, { separator, newline, whole, first: LOOKED_AT })
    .records.slice(0, LOOKED_AT)
    .map((record) => fieldsOf(record, separator))
    .filter(holdsSomething);
}

/** The fields of a record as Papa Parse has them: at a line end of two characters it leaves the first. */
export function fieldsOf(record: readonly string[], separator: string): string[] {
  const last = record.length - 1;
  const fields = record[last]!.endsWith('\r') ? record.with(last, record[last]!.slice(0, -1)) : (record as string[]);
  return separator === BLANKS ? fields.flatMap((field) => field.split('\t')).filter((field) => field !== '') : fields;
}

export const holdsSomething = (fields: readonly string[]): boolean => fields.some((field) => field !== '' && field.trim() !== '');

/** What ends the first line, outside of quotes: a lone CR in files of old. The CR of CR LF is taken off later. */
export function newlineOf(text: string): string {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (!quoted && char === '\n') return '\n';
    else if (!quoted && char === '\r') return text[at + 1] === '\n' ? '\n' : '\r';
  }
  return '\n';
}

/** The most frequent number of fields, and how many records have it. */
export function usualWidth(records: readonly (readonly string[])[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, count] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0]);
  return { width, share: records.length === 0 ? 0 : count / records.length };
}

/**
 * The separator of a text: the one that gives most records the same number of fields, and of those that do the one whose fields are most often plain (none of
 * the others is in them, unless in a number). The first record counts least: a header may hold what it likes.
 */
export function guessSeparator(text: string, whole: boolean, preferred?: string): string {
  const scores = [...SEPARATORS, BLANKS].map((separator) => {
    const records = recordsOf(text, separator, whole);
    const body = records.length > 2 ? records.slice(1) : records;
    const { width, share } = usualWidth(body);
    const fields = body.flat();
    const others = [...SEPARATORS, BLANKS].filter((other) => other !== separator);
    const plain = fields.filter((field) => stylesOf(field).length > 0 || !others.some((other) => field.trim().includes(other))).length;
    return { separator, width, share, plain: fields.length === 0 ? 0 : plain / fields.length };
  });
  const blanks = scores.at(-1)!;
  const scored = scores.slice(0, -1).filter(({ width, share }) => width > 1 && share > 0.5);
  if (blanks.width > 1 && blanks.share > 0.9) {
    if (scored.length === 0) return BLANKS;
    // Words may have blanks in them: only where no field has another separator in it are blanks one.
    if (blanks.plain === 1) scored.push(blanks);
  }
  if (scored.length === 0) return preferred ?? ',';
  // Of as good ones the one of the training table.
  const rank = ({ separator, width, share, plain }: (typeof scored)[number]): number[] => [
    Math.round(share * 20),
    Math.round(plain * 20),
    Number(separator === preferred),
    Number(share === 1),
    width,
  ];
  return scored.reduce((best, each) => (isGreater(rank(each), rank(best)) ? each : best)).separator;
}

function isGreater(a: readonly number[], b: readonly number[]): boolean {
  const differs = a.findIndex((value, i) => value !== b[i]);
  return differs >= 0 && a[differs]! > b[differs]!;
}

const COMMA_DECIMAL = /^[+-]?(?:0,\d+|\d+,\d{1,2}|\d+,\d{4,}|\d{4,},\d+|,\d+|\d+,\d*e[+-]?\d+|\d{1,3}(?:[. \u00a0\u202f]\d{3})+,\d+)$/i;
const COMMA_GROUPS = /^[+-]?(?:\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?)$/;
const DOT_DECIMAL = /^[+-]?(?:0\.\d+|\d+\.\d{1,2}|\d+\.\d{4,}|\d{4,}\.\d+|\.\d+|\d+\.\d*e[+-]?\d+)$/i;
const DOT_GROUPS = /^[+-]?(?:\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,})$/;
const BLANK_GROUPS = /^[+-]?\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?:[.,]\d*)?$/;
const TICK_GROUPS = /^[+-]?\d{1,3}(['’]\d{3})+(?:\.\d*)?$/;

/** How numbers are written, and what says so. */
export interface GuessedStyle extends NumberStyle {
  /** Whether a number leaves no doubt that a comma stands before fractions, or that a point does. */
  readonly comma: boolean;
  readonly point: boolean;
}

/**
 * How numbers are written in these records: what several of their cells leave no doubt of. A number with three digits after its only mark could be either: the
 * other columns decide where they say what stands before fractions.
 */
export function guessNumbers(records: readonly (readonly string[])[], given: Partial<NumberStyle>): GuessedStyle {
  const cells = records.flat().map((cell) => withHyphen(withoutSign(cell)));
  const some = (pattern: RegExp): boolean => cells.some((cell) => pattern.test(cell));
  const comma = some(COMMA_DECIMAL) || some(DOT_GROUPS);
  const point = some(DOT_DECIMAL) || some(COMMA_GROUPS);
  const decimal = given.decimal ?? (given.thousands === ',' || !comma || point ? (given.thousands === '.' ? ',' : '.') : ',');
  if (given.thousands !== undefined) return { decimal, thousands: given.thousands, comma, point };
  const groups = decimal === ',' ? { mark: '.', sure: DOT_GROUPS, either: EITHER_POINT } : { mark: ',', sure: COMMA_GROUPS, either: EITHER_COMMA };
  const decided = given.decimal !== undefined || comma !== point;
  const tick = cells.map((cell) => TICK_GROUPS.exec(cell)?.[1]?.[0]).find((mark) => mark !== undefined);
  const thousands = some(groups.sure) || (decided && some(groups.either)) ? groups.mark : (tick ?? (some(BLANK_GROUPS) ? ' ' : ''));
  return { decimal, thousands, comma, point };
}

/** Why it cannot be told whether the first record is a header. */
export const UNCLEAR = 'unclear';

/**
 * Whether the first record holds names: it is text where the column below is numbers, or words that do not come again in columns of words that do; or it counts
 * (0, 1, 2, ...) above columns of fractions.
 */
export function guessHeader(records: readonly (readonly string[])[], style: NumberStyle = PLAIN): boolean | typeof UNCLEAR {
  const [first, ...body] = records;
  if (!first) return false;
  const read = numberReader(style);
  const isNumber = (cell: string): boolean => !Number.isNaN(read(cell));
  const isNothing = (cell: string): boolean => isMissing(cell) || isGap(cell);
  const texts = first.map((cell) => !isNumber(cell) && !isNothing(cell));
  if (!texts.some(Boolean)) return countsUp(first.map(read)) ? aboveOthers(first, body, read) : false;
  if (body.length === 0) return texts.every((text, i) => text || first[i]!.trim() === '');
  const columns = first.map((_, i) => body.map((record) => record[i] ?? '').filter((cell) => !isNothing(cell)));
  // Text above numbers is a name. A single number may be a mistake, so most of them count.
  if (columns.some((cells, i) => texts[i] && cells.length > 0 && cells.filter(isNumber).length > cells.length / 2)) return true;
  const again = texts.filter((text, i) => text && columns[i]!.some((cell) => cell.trim() === first[i]!.trim())).length;
  // Columns of words that come again, which begin with one that does not.
  const own = columns.filter((cells, i) => {
    const words = new Set(cells.map((cell) => cell.trim()));
    return texts[i] && cells.length > 2 && words.size <= cells.length / 2 && !words.has(first[i]!.trim());
  }).length;
  if (again > 0) return own > again ? UNCLEAR : false;
  const named = first.every((cell, i) => texts[i] || cell.trim() === '');
  if (named) return true;
  // Numbers among names, where no column of words begins with one of its own.
  if (own === 0) return false;
  const numbers = first.filter((cell) => isNumber(cell)).map(read);
  return countsUp(numbers) ? true : UNCLEAR;
}

/** 0, 1, 2 or 2019, 2020, 2021. */
const countsUp = (numbers: readonly number[]): boolean => numbers.every((value, i) => Number.isInteger(value) && value === numbers[0]! + i);

/** Numbers that count, as names of columns: whole above fractions, or too many from 0 on for chance. */
function aboveOthers(first: readonly string[], body: readonly (readonly string[])[], read: (cell: string) => number): boolean {
  if (first.length < 2 || body.length === 0) return false;
  const below = (column: number): number[] => body.map((record) => read(record[column] ?? '')).filter((value) => !Number.isNaN(value));
  const fractions = first.some((_, column) => {
    const values = below(column);
    return values.filter((value) => !Number.isInteger(value)).length > values.length / 2;
  });
  const start = read(first[0]!);
  if (fractions) return start <= 1 || start >= 1000;
  return first.length >= 5 && start === 0;
}
