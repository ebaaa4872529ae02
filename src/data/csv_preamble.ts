// What stands above the table in a file: comments, a title, the date of an export. And files that hold no table at all.
import { DataError, show } from '../errors.ts';
import { stylesOf } from './cells.ts';
import { guessHeader, recordsOf, usualWidth } from './csv_dialect.ts';
import type { TextFile } from './csv_text.ts';

/** How the bytes of other files begin, with what to do. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a zip archive, as Excel workbooks are: save the sheet as CSV, or unpack the archive'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook: save the sheet as CSV'],
  ['PAR1', 'a Parquet file: documents read it as the source "parquet"'],
  ['%PDF-', 'a PDF: copy its table into a sheet, and save that as CSV'],
  ['\x1f\x8b', 'packed by gzip: unpack it; documents read the path of such a file as it is'],
];
const OTHER_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^\s*<(?:!doctype|html|\?xml|table|body)/i, 'HTML or XML: is it a page about an error, in place of the file?'],
  [/^\s*(?:\{\s*["}]|\[\s*[[{])/, 'JSON: give its rows as the source "arrays", or write them as CSV'],
  [
    /^\s*(?:%[^\n]*\n\s*)*@relation\s/i,
    "ARFF, as Weka has it: put the attributes' names into one line above the rows, in place of the lines that begin with @",
  ],
  // A label, and pairs of an index and a value; two columns of times such as 10:30 are none.
  [
    /^\s*[-+]?[\d.]+(?=[^\n]*:(?:[-+]|\d*\.|\d(?:\s|$)))(?: +\d+:[-+]?[\d.]+(?:e[-+]?\d+)?){2,}/i,
    'sparse, as libsvm has it: write all values of a row, as sklearn.datasets.load_svmlight_file reads them',
  ],
];

/** Throws a DataError for a file that is no text of a table; `sample` is the beginning of its text. */
export function requireTable(file: TextFile, sample: string): void {
  const head = typeof file === 'string' ? file.slice(0, 8) : String.fromCharCode(...Array.prototype.slice.call(file, 0, 8));
  const [, other] = OTHERS.find(([begin]) => head.startsWith(begin)) ?? OTHER_TEXTS.find(([begin]) => begin.test(sample.slice(0, 100))) ?? [];
  if (other) throw new DataError(`csv: expected a table, got a file that is ${other}`);
  const zero = sample.indexOf('\0');
  if (zero >= 0)
    throw new DataError(
      `csv, line ${sample.slice(0, zero).split('\n').length}: the text has a character 0 in it: is it no text, or of another \`encoding\`, such as "utf-16le"?`,
    );
}

/** Lines that are looked at. */
const MOST_LINES = 50;

/** A text without what stands above its table. */
interface Below {
  readonly text: string;
  readonly separator: string;
  /** Lines that were passed over. */
  readonly skip: number;
  /** Names of the columns, where the last comment has them: numpy.savetxt writes `# a b`. */
  readonly title?: readonly string[];
  /** What was passed over, in words. */
  readonly note?: string;
}

/** Passes over comments (#) and over lines of a title above rows of several fields. A line with a `#` that has as many fields as the rows is one of them. */
export function belowPreamble(
  text: string,
  { whole, newline, header }: { whole: boolean; newline: string; header: boolean | undefined },
  separatorOf: (text: string) => string,
): Below {
  const lines = text.split(newline, MOST_LINES + 1);
  const last = Math.min(lines.length - 1, MOST_LINES);
  const below = (skip: number): string => text.slice(lines.slice(0, skip).reduce((sum, line) => sum + line.length + newline.length, 0));
  let skip = 0;
  while (skip < last && /^\s*(?:#|$)/.test(lines[skip]!)) skip++;
  const separator = separatorOf(below(skip));
  const split = (line: string): string[] => (recordsOf(line, separator, true, newline)[0] ?? []).map((field) => field.trim());
  const { width, share } = usualWidth(recordsOf(below(skip), separator, whole, newline));
  const none = { text, separator: skip === 0 ? separator : separatorOf(text), skip: 0 };
  if (width < 2 || share <= 0.5) return none;
  const row = lines.slice(0, skip).findIndex((line) => (header === false || !/^\s*#\s/.test(line)) && split(line).length === width);
  if (row >= 0) skip = row;
  const comments = lines.slice(0, skip).filter((line) => line.trim() !== '');
  if (comments.length > 0) return { ...named(comments.at(-1)!), text: below(skip), separator, skip };
  // Of a file without a header the first line is a row.
  if (header === false) return none;
  let titles = 0;
  // A line that ends within quotes is the beginning of a record: names may have several lines.
  const isWhole = (line: string): boolean => recordsOf(`${line}${newline}.`, separator, true, newline).length > 1;
  while (skip < last && (lines[skip]!.trim() === '' || (isTitle(split(lines[skip]!), width) && isWhole(lines[skip]!))))
    if (lines[skip++]!.trim() !== '') titles++;
  if (titles === 0) return none;
  return { text: below(skip), separator: separatorOf(below(skip)), skip, note: passed() };

  function named(comment: string): Pick<Below, 'title' | 'note'> {
    const title = split(comment.replace(/^\s*#\s*/, ''));
    const body = recordsOf(below(skip), separator, whole, newline);
    const isTitle = header !== false && title.length === width && (header || guessHeader([title, ...body]) === true) && guessHeader(body) !== true;
    return isTitle ? { title, note: `the names are those of line ${skip}, which begins with #` } : { note: passed() };
  }

  function passed(): string {
    const shown = show(
      lines
        .slice(0, skip)
        .find((line) => line.trim() !== '')!
        .trim(),
    );
    return skip === 1 ? `line 1, ${shown}, is passed over` : `lines 1 to ${skip}, ${shown} and so on, are passed over`;
  }
}

/** Words in a few of the columns, from the first on, and nothing in the others. */
function isTitle(fields: readonly string[], width: number): boolean {
  const words = fields.filter((field) => field !== '');
  const few = words.length === 1 || 2 * words.length < width;
  return few && fields.length <= width && (fields.length < width || (width > 2 && fields[0] !== '')) && words.every((word) => stylesOf(word).length === 0);
}
