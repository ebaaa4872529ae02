// The columns of a table in memory: numbers as such, all other text once for each time that it differs. A file of a gigabyte fits.

import { DataError } from '../errors.ts';
import { booleanOf, EITHER_POINT, isDate, isGap, isMissing, minusFor, numberReader, signedIn, stylesOf } from './cells.ts';
import { noRows, type OpenCsv } from './csv.ts';

/** What a column holds. */
export type Kind = 'number' | 'boolean' | 'date' | 'text' | 'mixed' | 'empty';

/** A table of columns; rows and columns count from 0. */
export interface Table {
  readonly csv: OpenCsv;
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  /** Reads a number as they are written in it; NaN for what is none. */
  read(cell: string): number;
  /** The line of a row, from 1. */
  lineOf(row: number): number;
  /** `csv, line 7, column 2 (age)`. */
  where(row: number, column: number): string;
}

const INFINITE = /^\s*[+-]?inf(?:inity)?\s*$/i;

const PADDED = /^\s*0\d+\s*$/;

export class TableColumn {
  /** The number in each row; NaN where it is none. */
  numbers = new Float64Array(16);
  /** For each row 0 where it is a number, else the place in `texts`, from 1. */
  #codes: Int32Array | undefined;
  readonly #places = new Map<string, number>();
  readonly texts: string[] = [];
  /** Rows of each text, and the first of them. */
  readonly counts: number[] = [];
  readonly firsts: number[] = [];
  /** Whether a whole number begins with a 0, as postal codes do. */
  padded = false;
  /** The first cell whose point may stand between thousands, and whether another one stands before a fraction; looked for where the table leaves it in doubt. */
  either: { text: string; row: number } | undefined;
  fractions = false;
  /** The sign that was taken away from its numbers. */
  sign: string | undefined;
  /** The first number in brackets that was read as negative. */
  bracketed: string | undefined;
  /** Words that count as missing values because they stand among numbers. */
  gaps: readonly string[] = [];
  readonly #doubtful: boolean;
  #missing: boolean[] = [];
  readonly #words: ReadonlySet<string>;
  readonly #wordNumbers: readonly number[];
  rows = 0;

  constructor(words: ReadonlySet<string>, doubtful = false) {
    this.#words = words;
    this.#doubtful = doubtful;
    this.#wordNumbers = [...words].map(Number).filter((value) => !Number.isNaN(value));
  }

  add(cell: string, number: number): void {
    const row = this.rows++;
    if (row === this.numbers.length) this.#grow();
    const isNumber = !Number.isNaN(number) && !this.#wordNumbers.includes(number);
    this.numbers[row] = isNumber ? number : Number.NaN;
    if (isNumber) {
      this.padded ||= PADDED.test(cell);
      if (this.#doubtful) this.#notePoint(cell, row);
      return;
    }
    this.#codes ??= new Int32Array(this.numbers.length);
    let place = this.#places.get(cell);
    if (place === undefined) {
      place = this.texts.push(cell);
      this.#places.set(cell, place);
      this.counts.push(0);
      this.firsts.push(row);
      this.#missing.push(isMissing(cell, this.#words) || !Number.isNaN(number));
    }
    this.counts[place - 1]!++;
    this.#codes[row] = place;
  }

  #notePoint(cell: string, row: number): void {
    if (!cell.includes('.')) return;
    if (EITHER_POINT.test(cell)) this.either ??= { text: cell.trim(), row };
    else this.fractions = true;
  }

  /**
   * Takes a sign of a currency or of percent away where all numbers of the column have it, and no other. Of a trained model it is `known`: new rows may be
   * without it.
   */
  takeSign(read: (cell: string) => number, known?: string): void {
    const codes = this.#codes;
    if (!codes) return;
    const parts = this.texts.map((text, i) => (this.#missing[i] ? undefined : signedIn(text)));
    const sign = known ?? parts.find((part) => part !== undefined)?.sign;
    if (sign === undefined || (known === undefined && this.numeric > 0)) return;
    const numbers = parts.map((part) => (part?.sign === sign ? read(part.number) : Number.NaN));
    const isOther = (text: string, i: number): boolean => Number.isNaN(numbers[i]) && !this.#missing[i] && stylesOf(text).length > 0 && !isDate(text);
    if (known === undefined && this.texts.some(isOther)) return;
    this.sign = sign;
    this.bracketed ??= this.texts.find((text, i) => !Number.isNaN(numbers[i]) && minusFor(text) !== undefined);
    this.#become(numbers, (place) => parts[place]!.number);
  }

  /** Reads numbers in brackets as negative ones, as accounts write them, unless the other cells are words: of a trained model it is known that they are none. */
  takeBrackets(read: (cell: string) => number, known = false): void {
    if (!this.#codes) return;
    const inner = this.texts.map((text, i) => (this.#missing[i] || this.counts[i] === 0 ? undefined : minusFor(text)));
    const numbers = inner.map((text) => (text === undefined ? Number.NaN : read(text)));
    const first = numbers.findIndex((value) => !Number.isNaN(value));
    if (first < 0 || !(known || this.numeric > 0 || this.words.every(({ text }) => minusFor(text) !== undefined))) return;
    this.bracketed = this.texts[first]!;
    this.#become(numbers, (place) => inner[place]!);
  }

  /** Takes words such as - and k.A. for missing values where they stand among at least as many numbers: of a trained model it is known that numbers belong there. */
  takeGaps(known = false): void {
    const places = this.texts.flatMap((text, i) => (!this.#missing[i] && this.counts[i]! > 0 && isGap(text) ? [i] : []));
    const rows = places.reduce((sum, i) => sum + this.counts[i]!, 0);
    if (rows === 0 || !(known || this.numeric >= rows)) return;
    for (const i of places) this.#missing[i] = true;
    this.gaps = places.map((i) => this.texts[i]!.trim());
  }

  /** Texts become the numbers that they are found to be, by their places; `text` is what was read. */
  #become(numbers: readonly number[], text: (place: number) => string): void {
    const codes = this.#codes!;
    for (let row = 0; row < this.rows; row++) {
      const place = codes[row]! - 1;
      if (place < 0 || Number.isNaN(numbers[place])) continue;
      this.numbers[row] = numbers[place]!;
      codes[row] = 0;
      this.counts[place] = 0;
      if (this.#doubtful) this.#notePoint(text(place), row);
    }
  }

  #grow(): void {
    const numbers = new Float64Array(this.numbers.length * 2);
    numbers.set(this.numbers);
    this.numbers = numbers;
    if (!this.#codes) return;
    const codes = new Int32Array(numbers.length);
    codes.set(this.#codes);
    this.#codes = codes;
  }

  /** The text in a row; undefined for a number. */
  text(row: number): string | undefined {
    const code = this.#codes?.[row] ?? 0;
    return code === 0 ? undefined : this.texts[code - 1];
  }

  isMissing(row: number): boolean {
    const code = this.#codes?.[row] ?? 0;
    return code !== 0 && this.#missing[code - 1]!;
  }

  /** What is in a row, for messages. */
  shown(row: number): string {
    return this.text(row) ?? String(this.numbers[row]);
  }

  /** Texts that stand for no missing value. */
  get words(): { text: string; count: number; first: number }[] {
    return this.texts.flatMap((text, i) => (this.#missing[i] || this.counts[i] === 0 ? [] : [{ text, count: this.counts[i]!, first: this.firsts[i]! }]));
  }

  get missing(): number {
    return this.counts.reduce((sum, count, i) => (this.#missing[i] ? sum + count : sum), 0);
  }

  /** Rows with a number. */
  get numeric(): number {
    return this.rows - this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Different numbers, up to `max` and one more. */
  different(max: number): number[] {
    const found = new Set<number>();
    for (let row = 0; row < this.rows && found.size <= max; row++) if (!Number.isNaN(this.numbers[row]!)) found.add(this.numbers[row]!);
    return [...found];
  }

  get kind(): Kind {
    const { words, numeric } = this;
    if (words.length === 0) return numeric === 0 ? 'empty' : 'number';
    if (numeric > 0) return 'mixed';
    if (words.every(({ text }) => booleanOf(text) !== undefined)) return 'boolean';
    return words.every(({ text }) => isDate(text)) ? 'date' : 'text';
  }

  /** The first text that is a number as others write it: 1,5 or 1,234.50 or 12 %. */
  get otherNumber(): { text: string; first: number } | undefined {
    return this.words.find(({ text }) => (stylesOf(text).length > 0 || INFINITE.test(text)) && !isDate(text));
  }
}

/** Throws a DataError for a line of dashes under the names, as Markdown has it: it would be a row of words. */
function refuseRule({ place }: OpenCsv, fields: readonly string[], line: number): void {
  const cells = fields.map((field) => field.trim()).filter((field) => field !== '');
  if (cells.every((cell) => /^:?-+:?$/.test(cell)) && cells.some((cell) => cell.length > 1))
    throw new DataError(
      `${place(
        line,
        fields.findIndex((field) => field.trim() !== ''),
      )}: a line of dashes, as Markdown has it under the names, is no row: take it away`,
    );
}

/** Reads all records of a file into columns. Throws a DataError where the text is damaged or has no rows. */
export function readTable(csv: OpenCsv): Table {
  const columns = csv.names.map(() => new TableColumn(csv.words, !csv.sure));
  const read = numberReader(csv);
  // Lines of rows, where they are not one after the other: [row, line].
  const jumps: [number, number][] = [];
  let rows = 0;
  let next = -1;
  for (const { fields, line } of csv.records()) {
    if (rows === 0 && csv.header) refuseRule(csv, fields, line);
    if (line !== next) jumps.push([rows, line]);
    next = line + 1;
    for (const [i, column] of columns.entries()) column.add(fields[i]!, read(fields[i]!));
    rows++;
  }
  if (rows === 0) throw noRows(csv.header);
  const lineOf = (row: number): number => {
    let [low, high] = [0, jumps.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (jumps[middle]![0] <= row) low = middle;
      else high = middle - 1;
    }
    return jumps[low]![1] + row - jumps[low]![0];
  };
  return { csv, names: csv.names, rows, columns, read, lineOf, where: (row, column) => csv.place(lineOf(row), column) };
}
