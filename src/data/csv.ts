// Comma separated values: records of fields, with the line that each starts in. What the columns mean is csv_dataset.ts's business.
import { DataError, show, UsageError } from '../errors.ts';
import { listed } from '../nearest.ts';
import { readOptions } from '../option_table.ts';
import { type NumberStyle, stylesOf } from './cells.ts';
import { BLANKS, fieldsOf, guessHeader, guessNumbers, guessSeparator, holdsSomething, newlineOf, recordsOf, UNCLEAR } from './csv_dialect.ts';
import { type CsvOptions, csvOptions } from './csv_options.ts';
import { belowPreamble, requireTable } from './csv_preamble.ts';
import { type Encoding, encodingNote, encodingOf, requireTextFile, type TextFile, textParts } from './csv_text.ts';
import { readRecords } from './papa.ts';

/** A table of text; rows and columns count from 0 and leave the header out. */
export interface CsvTable {
  /** The header's names, trimmed; `column 1`, `column 2`, ... where there is none or it is blank. */
  readonly names: readonly string[];
  /** Whether the names come from a header line. */
  readonly header: boolean;
  /** Data rows, without the header. */
  readonly rows: number;
  /**
   * The text of a cell, without the quotes around it.
   *
   * @param row - From 0 to rows - 1.
   * @param column - From 0 to the number of columns - 1.
   * @returns The cell's text; '' for an empty cell.
   */
  cell(row: number, column: number): string;
  /**
   * `csv, line 7, column 2 (age)`, counted from 1 as an editor does: for messages.
   *
   * @param row - From 0.
   * @param column - From 0.
   * @returns Text for the start of an error message.
   */
  where(row: number, column: number): string;
}

/** How a file is written: what was given, or found. */
export interface Dialect extends NumberStyle {
  readonly separator: string;
}

/** A CSV file that was looked at: its names, how it is written, and its records. */
export interface OpenCsv extends Dialect {
  readonly names: readonly string[];
  readonly header: boolean;
  /** Columns whose name in the header is blank, or left out as R does it. */
  readonly nameless: readonly boolean[];
  /** Words for a missing value, in small letters. */
  readonly words: ReadonlySet<string>;
  /** Whether it is known what stands before fractions: given, said by a number that can be read in one way alone, or by the table that a model was trained on. */
  readonly sure: boolean;
  /** What was found that a reader may want to know. */
  readonly notes: readonly string[];
  /** How it is written, in words, where it is no text. */
  readonly written?: readonly string[];
  /** The records after the header, with the lines that they start in. Throws a DataError where the text is damaged. */
  records(): Generator<Row>;
  /** `csv, line 7, column 2 (age)`. */
  place(line: number, column: number): string;
}

/** Fields of a record, and the line that it starts in. */
export interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

/** Characters that are looked at before reading, or as many as have so many lines. */
const SAMPLE = 2 ** 18;
const LINES = 20;
/** A record that is longer has a quote that is never closed. */
const LONGEST = 2 ** 25;

/**
 * Reads CSV text (RFC 4180): quoted fields with separators, line breaks and doubled quotes in them, any of the three line endings, a byte order mark; empty
 * lines are skipped.
 *
 * @param file - The whole file: text, or bytes, whose encoding is found.
 * @param options - How it is written; all of it is found from the text by default.
 * @returns The table; rows and columns count from 0.
 * @throws DataError with line and column where the text is damaged or a row has another number of fields than the first; UsageError for another option.
 * @example
 * const table = parseCsv('age,city\n31,Oslo\n47,Bergen');
 * console.log(table.rows, table.names, table.cell(1, 1)); // 2 ['age', 'city'] Bergen
 */
export function parseCsv(file: string | Uint8Array, options: CsvOptions = {}): CsvTable {
  const csv = openCsv(file, options);
  const rows = [...csv.records()];
  if (rows.length === 0) throw noRows(csv.header);
  return {
    names: csv.names,
    header: csv.header,
    rows: rows.length,
    cell: (row, column) => rows[row]!.fields[column]!,
    where: (row, column) => csv.place(rows[row]!.line, column),
  };
}

export const noRows = (header: boolean): DataError =>
  new DataError(header ? 'csv: there is a header and no row after it; expected at least one row' : 'csv: the text is empty; expected at least one row');

/** Looks at a file: its encoding, separator, numbers and header, as far as they are not given. `like` is how the file of a trained model was written, where that decides, and
 * `known` the names of its columns. */
export function openCsv(file: TextFile, given: CsvOptions = {}, like?: Dialect, known: readonly string[] = []): OpenCsv {
  requireTextFile('csv', file);
  const options = readOptions<CsvOptions, typeof csvOptions>('csv', csvOptions, given) as CsvOptions;
  const encoding = encodingOf(file, options.encoding);
  const notes = [encodingNote(file, encoding)].filter((note) => note !== undefined);
  const { sample, whole } = sampleOf(file, encoding);
  requireTable(file, sample);
  // Excel's own hint.
  const hint = /^sep=(.)(?:\r\n|\r|\n)/i.exec(sample);
  const hinted = sample.slice(hint?.[0].length ?? 0);
  const newline = newlineOf(hinted);
  const guess = (text: string): string => separatorOf(options, hint?.[1], { text, whole }, like?.separator);
  const { text, separator, title, skip, note } = belowPreamble(hinted, { whole, newline, header: options.header }, guess);
  if (note) notes.push(note);
  const records = [...(title ? [[...title]] : []), ...recordsOf(text, separator, whole, newline)];
  if (records.length === 0) {
    // With its line, where it is a quote that is never closed.
    for (const _ of linesOf(file, encoding, separator, newline)) break;
    throw new DataError('csv: the text is empty; expected at least one row');
  }
  const { style, sure, note: unlike } = styleOf(records, options, like);
  if (unlike) notes.push(unlike);
  if (like && separator !== like.separator && records[0]!.length > 1)
    notes.push(`${show(separator)} stands between fields here, and ${show(like.separator)} in the training table`);
  // A single row for a trained model is no header, unless it has a name of one.
  const named = records[0]!.some((cell) => known.includes(cell.trim()));
  const found = title ? true : (options.header ?? (named || ((records.length > 1 || !like) && guessHeader(records, style))));
  if (found === UNCLEAR) {
    const mixed = records[0]!.some((cell) => stylesOf(cell).length > 0)
      ? 'numbers and a word that is in no other row'
      : 'words of other rows and words that are in none';
    throw new DataError(
      `csv, line ${skip + (hint ? 2 : 1)}: ${show(records[0])} has both ${mixed}: say whether it is a header of names, \`header\`: true or false`,
    );
  }
  const first = records[0]!.map((name) => name.trim());
  // R writes no name for the names of its rows.
  const body = records.slice(1);
  const short =
    found &&
    body.length > 1 &&
    body.every(({ length }) => length === first.length + 1) &&
    body.some((row) => row.at(-1)!.trim() !== '') &&
    new Set(body.map(([name]) => name)).size === body.length;
  if (found && !short) requireHeader(first, body, skip + (hint ? 2 : 1));
  const titles = short ? ['', ...first] : first;
  const names = titles.map((name, column) => (found && name !== '' ? name : `column ${column + 1}`));
  const place = (line: number, column: number): string => {
    const name = names[column] === `column ${column + 1}` || names[column] === undefined ? '' : ` (${names[column]})`;
    return `csv, line ${line}, column ${column + 1}${name}`;
  };
  return {
    names,
    header: found,
    nameless: titles.map((name) => found && name === ''),
    ...style,
    sure,
    separator,
    words: new Set((options.missingWords ?? []).map((word) => word.trim().toLowerCase())),
    notes,
    place,
    *records() {
      let before: number | undefined;
      for (const row of linesOf(file, encoding, separator, newline, skip + (hint ? 1 : 0))) {
        before ??= row.line;
        if (row.line === before && found && !title) continue;
        yield widened(row, names.length, before, separator);
      }
    },
  };
}

/** Throws a DataError where all lines agree with each other but not with the header: a name has a separator in it, say. */
function requireHeader(names: readonly string[], body: readonly (readonly string[])[], line: number): void {
  const width = body[0]?.length ?? names.length;
  if (width === names.length || body.length < 2 || body.some(({ length }) => length !== width)) return;
  // Empty fields at the end of lines, or a header that ends with some, are no fault.
  if (body.every((row) => row.slice(names.length).every((cell) => cell.trim() === '')) && width > names.length) return;
  throw new DataError(
    `csv, line ${line}: the header has ${names.length} fields and each line after it ${width}: ${names.length > width ? 'a name with a separator in it needs quotes around it' : 'some columns have no name'}; names are ${listed(names)}`,
  );
}

/** The beginning of a text, and whether that is all of it. */
function sampleOf(file: TextFile, encoding: Encoding): { sample: string; whole: boolean } {
  let sample = '';
  for (const part of textParts(file, encoding)) {
    if (sample.length >= LONGEST || (sample.length >= SAMPLE && (sample.match(/[\r\n]+/g)?.length ?? 0) >= LINES)) return { sample, whole: false };
    sample += part;
  }
  return { sample, whole: true };
}

function separatorOf({ separator }: CsvOptions, hint: string | undefined, { text, whole }: { text: string; whole: boolean }, preferred?: string): string {
  if (separator === undefined) return hint ?? guessSeparator(text, whole, preferred);
  if (separator.length !== 1 || '"\r\n'.includes(separator))
    throw new UsageError(`csv: separator: expected one character that is no quote or line break, got ${show(separator)}`);
  return separator;
}

/** How numbers are written; `sure` as in `OpenCsv`, `note` on what is not as in the table of the trained model. */
function styleOf(
  records: readonly (readonly string[])[],
  { decimal, thousands }: CsvOptions,
  like?: Dialect,
): { style: NumberStyle; sure: boolean; note?: string } {
  if (decimal !== undefined && decimal === thousands)
    throw new UsageError(`csv: thousands: expected another character than the decimal ${show(decimal)}, got the same`);
  const isGiven = decimal !== undefined || thousands !== undefined;
  const guess = guessNumbers(records, { ...(decimal === undefined ? {} : { decimal }), ...(thousands === undefined ? {} : { thousands }) });
  const style = { decimal: guess.decimal, thousands: guess.thousands };
  if (!like || isGiven) return { style, sure: decimal !== undefined || thousands === ',' || thousands === '.' || guess.comma || guess.point };
  // A few rows leave in doubt what many did not: where none of them says the opposite, they are written as those were.
  const opposite = like.decimal === ',' ? guess.point && !guess.comma : guess.comma && !guess.point;
  if (opposite) return { style, sure: true, note: `fractions stand after ${show(style.decimal)} here, and after ${show(like.decimal)} in the training table` };
  const asGuessed = style.decimal === like.decimal && style.thousands !== '';
  return { style: { decimal: like.decimal, thousands: asGuessed ? style.thousands : like.thousands }, sure: true };
}

/** A record as wide as the table. Throws a DataError for another width, but for empty fields at its end. */
function widened({ fields, line }: Row, width: number, firstLine: number, separator: string): Row {
  if (fields.length === width) return { fields, line };
  if (fields.length > width && fields.slice(width).every((field) => field.trim() === '')) return { fields: fields.slice(0, width), line };
  const name = separator === BLANKS ? 'a blank' : separator === '\t' ? 'a tab' : show(separator);
  const why = fields.length > width ? 'a separator inside a field needs quotes around the field' : 'an empty field needs its separator, too';
  throw new DataError(
    `csv, line ${line}: expected ${width} fields as in line ${firstLine}, got ${fields.length}; ${why}, and ${name} was taken for the separator: another one is given by \`separator\``,
  );
}

/** All records that hold something, part by part. */
function* linesOf(file: TextFile, encoding: Encoding, separator: string, newline: string, skip = 0): Generator<Row> {
  let rest = '';
  let line = 1;
  const read = function* (text: string, whole: boolean): Generator<Row> {
    const { records, used, wrong } = readRecords(text, { separator, newline, whole });
    const quoted = text.includes('"');
    const begin = line;
    for (const [index, record] of records.entries()) {
      if (index === wrong?.record) throw wrongQuote(text, wrong, begin, { separator, newline });
      const start = line;
      line += 1 + (quoted ? record.reduce((sum, field) => sum + breaksIn(field), 0) : 0);
      if (start <= skip) continue;
      const fields = fieldsOf(record, separator);
      if (holdsSomething(fields)) yield { fields, line: start };
    }
    // Of a record that goes on it is not known yet.
    if (wrong && whole) throw wrongQuote(text, wrong, begin, { separator, newline });
    rest = text.slice(used);
  };
  for (const part of textParts(file, encoding)) {
    const text = rest + part;
    if (text.length > LONGEST && rest.length > LONGEST / 2)
      throw new DataError(`csv, line ${line}: the record that begins here takes more than ${LONGEST / 2} characters: a quote in it is never closed`);
    yield* read(text, false);
  }
  yield* read(rest, true);
}

function breaksIn(field: string): number {
  let count = 0;
  for (let at = field.search(/[\r\n]/); at >= 0 && at < field.length; at++) {
    const char = field[at];
    if (char === '\n' || (char === '\r' && field[at + 1] !== '\n')) count++;
  }
  return count;
}

function wrongQuote(text: string, { code, index }: { code: string; index: number }, line: number, style: { separator: string; newline: string }): DataError {
  const before = readRecords(text.slice(0, index - 1), { ...style, whole: true }).records;
  const where = `csv, line ${line + breaksIn(text.slice(0, index - 1))}, column ${before.at(-1)?.length ?? 1}`;
  if (code === 'MissingQuotes') return new DataError(`${where}: the quote that opens here is never closed`);
  const closing = text.slice(index).search(/[^"]"(?!")/) + index + 2;
  return new DataError(`${where}: expected a separator after the closing quote, got ${show(text[closing])}; a quote within a field is written twice`);
}
