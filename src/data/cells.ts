// What a cell of a table says: a number as it is written here or elsewhere, nothing, yes or no, a date.

/** How numbers are written. */
export interface NumberStyle {
  /** Before the fraction. */
  readonly decimal: string;
  /** Between groups of three digits; '' for none. */
  readonly thousands: string;
}

export const PLAIN: NumberStyle = { decimal: '.', thousands: '' };

/** What counts as a missing value, in small letters. */
const MISSING = new Set(['', '?', 'na', 'n/a', '#n/a', '<na>', 'nan', 'nat', 'null', 'none', 'nil']);
const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const BLANKS = /[\u00a0\u202f\u2009]/g;
const escaped = (char: string): string => char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A function that reads cells of a style: NaN for what is no finite number in it. */
export function numberReader({ decimal, thousands }: NumberStyle): (cell: string) => number {
  const plain = (cell: string): number => {
    const value = Number(cell);
    // What is no number to JavaScript is none; of what is, blanks, 0x1f and Infinity are none.
    return Number.isNaN(value) || !PLAIN_NUMBER.test(cell.trim()) || !Number.isFinite(value) ? Number.NaN : value;
  };
  if (decimal === '.' && thousands === '') return plain;
  const [d, t] = [escaped(decimal), escaped(thousands)];
  const grouped = thousands === '' ? undefined : new RegExp(`^[+-]?\\d{1,3}(?:${t}\\d{3})+(?:${d}\\d*)?$`);
  const other = decimal === '.' ? undefined : new RegExp(`^[+-]?(?:\\d+${d}?\\d*|${d}\\d+)(?:e[+-]?\\d+)?$`, 'i');
  return (cell) => {
    const text = thousands === ' ' ? cell.trim().replace(BLANKS, ' ') : cell.trim();
    if (grouped?.test(text)) return plain(text.replaceAll(thousands, '').replace(decimal, '.'));
    if (!other) return plain(text);
    return other.test(text) ? plain(text.replace(decimal, '.')) : Number.NaN;
  };
}

const OTHER_STYLES: readonly NumberStyle[] = [
  PLAIN,
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
  { decimal: '.', thousands: ' ' },
  { decimal: '.', thousands: "'" },
  { decimal: '.', thousands: '’' },
];
const READERS = OTHER_STYLES.map((style) => ({ style, read: numberReader(style) }));
/** Something around a number: a currency or a percent sign. */
const SIGNS = /^(?:[$€£¥]|usd|eur|chf)\s*|\s*(?:[$€£¥%]|usd|eur|chf)$/gi;

/** The styles in which a text is a number; a sign of a currency or a percent sign may be around it. */
export function stylesOf(cell: string): readonly NumberStyle[] {
  const text = cell.trim().replace(SIGNS, '');
  return /\d/.test(text) ? READERS.filter(({ read }) => !Number.isNaN(read(text))).map(({ style }) => style) : [];
}

/** Whether a number has a sign of a currency or a percent sign around it. */
export const hasSign = (cell: string): boolean => cell.trim().search(SIGNS) >= 0 && stylesOf(cell).length > 0;

/** Whether a cell stands for a missing value; `words` are more of those, in small letters. */
export function isMissing(cell: string, words?: ReadonlySet<string>): boolean {
  const text = cell.trim().toLowerCase();
  return MISSING.has(text) || (words?.has(text) ?? false);
}

/** True or false, as programs write it. */
export function booleanOf(cell: string): boolean | undefined {
  const text = cell.trim().toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

const TIME = '(?:[T ,]+\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[ap]\\.?m\\.?)?(?: ?(?:Z|UTC|[+-]\\d{2}:?\\d{2}))?)?';
const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär)[a-zé]*\\.?';
const DATE = new RegExp(
  `^(?:\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}${TIME}|\\d{1,2}[-/.]\\d{1,2}[-/.](?:\\d{4}|\\d{2})${TIME}|\\d{4}-\\d{2}|\\d{1,2}[-. ]+${MONTH}[-,. ]+\\d{2,4}${TIME}|${MONTH} \\d{1,2},? \\d{4}${TIME}|\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[ap]m)?)$`,
  'i',
);

/** Whether a cell is a date or a time of day. */
export const isDate = (cell: string): boolean => DATE.test(cell.trim());
