// Comma separated values as text: RFC 4180 and its usual liberties. What the columns mean is csv_dataset.ts's business.
import { DataError, show, UsageError } from '../errors.ts';
import { type OptionTable, readOptions } from '../option_table.ts';

/** How CSV text is read; found from the text itself by default. */
export interface CsvOptions {
  /** Whether the first record holds the names. Default: yes where it has text and no number. */
  readonly header?: boolean;
  /** One character. Default: a comma where the first line has one, else a tab, else a semicolon. */
  readonly separator?: string;
}

export const csvOptions = { header: { type: 'boolean' }, separator: { type: 'string' } } as const satisfies OptionTable<CsvOptions>;

/** Throws a UsageError for what is no text. */
function requireText(where: string, given: unknown): void {
  if (typeof given !== 'string') throw new UsageError(`${where}: expected text, got ${show(given)}`);
}

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

const [QUOTE, LF, CR] = [34, 10, 13];

/**
 * Reads CSV text (RFC 4180): quoted fields with separators, line breaks and doubled quotes in them, any of the three line endings, a byte order mark; empty
 * lines are skipped. Cells stay in the text until they are read: 8 bytes per cell.
 *
 * @param text - The whole file.
 * @param options - Header and separator; both are found from the text by default.
 * @returns The table; rows and columns count from 0.
 * @throws DataError with line and column where the text is damaged or a row has another number of fields than the first; UsageError for another option.
 * @example
 * const table = parseCsv('age,city\n31,Oslo\n47,Bergen');
 * console.log(table.rows, table.names, table.cell(1, 1)); // 2 ['age', 'city'] Bergen
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvTable {
  requireText('csv', text);
  const { separator = guessSeparator(text), header: wanted } = readOptions<CsvOptions, typeof csvOptions>('csv', csvOptions, options);
  if (separator.length !== 1 || '"\r\n'.includes(separator))
    throw new UsageError(`csv: separator: expected one character that is no quote or line break, got ${show(separator)}`);
  const { starts, ends, lines, width } = scanFields(text, separator.charCodeAt(0));
  if (lines.length === 0) throw new DataError('csv: the text is empty; expected at least one row');

  const field = (index: number): string => {
    const start = starts[index]!;
    if (text.charCodeAt(start) !== QUOTE) return text.slice(start, ends[index]);
    const inner = text.slice(start + 1, ends[index]! - 1);
    return inner.includes('"') ? inner.replaceAll('""', '"') : inner;
  };
  const first = Array.from({ length: width }, (_, column) => field(column).trim());
  const header = wanted ?? (first.some((name) => name !== '') && !first.some((name) => name !== '' && Number.isFinite(Number(name))));
  const skip = header ? 1 : 0;
  if (lines.length === skip) throw new DataError('csv: there is a header and no row after it; expected at least one row');
  const names = first.map((name, column) => (header && name !== '' ? name : `column ${column + 1}`));
  return {
    names,
    header,
    rows: lines.length - skip,
    cell: (row, column) => field((row + skip) * width + column),
    where: (row, column) => {
      const name = names[column] === `column ${column + 1}` ? '' : ` (${names[column]})`;
      return `csv, line ${lines[row + skip]}, column ${column + 1}${name}`;
    },
  };
}

function guessSeparator(text: string): string {
  const line = text.slice(0, 65536).match(/[^\r\n]+/)?.[0] ?? '';
  return [',', '\t', ';'].find((separator) => line.includes(separator)) ?? ',';
}

interface Scan {
  /** Where each field starts and ends (its quotes included), record after record. */
  starts: Uint32Array<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
  /** The line in which each record starts. */
  lines: number[];
  /** Fields per record. */
  width: number;
}

function scanFields(text: string, separator: number): Scan {
  const scan: Scan = { starts: new Uint32Array(1024), ends: new Uint32Array(1024), lines: [], width: 0 };
  let fields = 0;
  let line = 1;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const [startLine, before] = [line, fields];
    if (!isLineEnd(text.charCodeAt(at))) {
      do {
        const start = at;
        if (text.charCodeAt(at) === QUOTE) {
          at = closingQuote(text, at, line, fields - before + 1) + 1;
          for (let i = start; i < at; i++) if (endsLine(text, i)) line++;
          if (at < text.length && text.charCodeAt(at) !== separator && !isLineEnd(text.charCodeAt(at))) {
            const where = `csv, line ${line}, column ${fields - before + 1}`;
            throw new DataError(`${where}: expected a separator after the closing quote, got ${show(text[at])}; a quote within a field is written twice`);
          }
        } else {
          at = fieldEnd(text, at, separator);
        }
        if (fields === scan.starts.length) {
          scan.starts = doubled(scan.starts);
          scan.ends = doubled(scan.ends);
        }
        scan.starts[fields] = start;
        scan.ends[fields++] = at;
      } while (text.charCodeAt(at) === separator && ++at);
      scan.width ||= fields;
      if (fields - before !== scan.width) {
        const expected = `expected ${scan.width} fields as in line ${scan.lines[0]}, got ${fields - before}`;
        throw new DataError(`csv, line ${startLine}: ${expected}; a separator inside a field needs quotes around the field`);
      }
      scan.lines.push(startLine);
    }
    if (at < text.length && endsLine(text, at++)) line++;
  }
  return scan;
}

/** Where the field without quotes that starts at `at` ends. */
function fieldEnd(text: string, start: number, separator: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); at < text.length && code !== separator && code !== LF && code !== CR; ) code = text.charCodeAt(++at);
  return at;
}

/** Where the quoted field that opens at `open` closes. */
function closingQuote(text: string, open: number, line: number, column: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
  throw new DataError(`csv, line ${line}, column ${column}: the quote that opens here is never closed`);
}

function isLineEnd(code: number): boolean {
  return code === LF || code === CR;
}

/** CR LF is one line end, counted at its LF. */
function endsLine(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === LF || (code === CR && text.charCodeAt(at + 1) !== LF);
}

function doubled(list: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(list.length * 2);
  larger.set(list);
  return larger;
}
