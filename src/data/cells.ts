// What a cell of a table says: a number as it is written here or elsewhere, nothing, yes or no, a date.

/** How numbers are written. */
export interface NumberStyle {
  /** Before the fraction. */
  readonly decimal: string;
  /** Between groups of three digits; '' for none. */
  readonly thousands: string;
}

export const PLAIN: NumberStyle = { decimal: '.', thousands: '' };

/** A whole number with a point between thousands, or a number with three digits after its point: `1.095`. */
export const EITHER_POINT = /^\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*$/;
/** The same of a comma. */
export const EITHER_COMMA = /^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$/;

/** What counts as a missing value, in small letters: anywhere, and in columns of numbers, where elsewhere it may be a word. */
const MISSING = {
  /** What pandas' read_csv takes for one, and what spreadsheets leave where a formula fails. */
  anywhere: new Set(
    `|?|na|n/a|<na>|nan|-nan|nat|null|none|nil|#n/a|#n/a n/a|#na|1.#ind|-1.#ind|1.#qnan|-1.#qnan|#div/0!|#value!|#ref!|#name?|#num!|#null!|#spill!|#calc!|#nv|#wert!|#bezug!|#zahl!`.split(
      '|',
    ),
  ),
  amongNumbers: new Set(['-', '--', '---', '\u2013', '\u2014', '.', '..', '...', 'k.a.', 'k. a.', 'n.a.', 'n. a.', 'n.v.']),
} as const;
const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const BLANKS = /[\u00a0\u202f\u2009]/g;
const MINUS = '\u2212';
/** With a minus sign that programs know. */
export const withHyphen = (cell: string): string => cell.replace(MINUS, '-');
const escaped = (char: string): string => char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether a whole number has more digits than a number holds, as names of things have: two of them would become one. What programs write of a float is no such name. */
export function isCut(cell: string, value = Number(cell)): boolean {
  if (!(Math.abs(value) > Number.MAX_SAFE_INTEGER)) return false;
  const text = cell.trim().replace('+', '');
  return /^-?\d+$/.test(text) && String(value) !== text && BigInt(text) !== BigInt(value);
}

/** A function that reads cells of a style: NaN for what is no finite number in it, and for whole numbers that would lose digits. */
export function numberReader({ decimal, thousands }: NumberStyle): (cell: string) => number {
  const plain = (cell: string): number => {
    const value = Number(cell);
    // What is no number to JavaScript is none, but for a minus sign as typesetters have it; of what is, blanks, 0x1f and Infinity are none.
    if (Number.isNaN(value)) return cell.trimStart().startsWith(MINUS) ? plain(withHyphen(cell)) : value;
    return !PLAIN_NUMBER.test(cell.trim()) || !Number.isFinite(value) || isCut(cell, value) ? Number.NaN : value;
  };
  if (decimal === '.' && thousands === '') return plain;
  const [d, t] = [escaped(decimal), escaped(thousands)];
  // In India groups are of two digits but for the last: 12,34,500.
  const grouped = thousands === '' ? undefined : new RegExp(`^[+-]?(?:\\d{1,3}(?:${t}\\d{3})+|\\d{1,2}(?:${t}\\d{2})+${t}\\d{3})(?:${d}\\d*)?$`);
  const other = decimal === '.' ? undefined : new RegExp(`^[+-]?(?:\\d+${d}?\\d*|${d}\\d+)(?:e[+-]?\\d+)?$`, 'i');
  return (cell) => {
    const trimmed = withHyphen(cell.trim());
    const text = thousands === ' ' ? trimmed.replace(BLANKS, ' ') : trimmed;
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
/** A sign of a currency or of percent, before or after a number, with or without a blank and a minus. */
const SIGN = '\\p{Sc}|[%％元円]|usd|eur|chf|gbp|jpy|cny|rmb|inr|krw|aud|cad|sek|nok|dkk|pln|czk|kr\\.?|zł|kč';
const SIGNED = new RegExp(`^([+-]?)\\s*(${SIGN})?\\s*([+-]?)\\s*([.,]?\\d[\\d.,'’\\s]*?)\\s*(${SIGN})?$`, 'iu');
/** Brackets around a number are its minus in accounts, a sign inside or outside of them: (1,200), $(5), (5 %). */
const ACCOUNTING = new RegExp(`^(${SIGN})?\\s*\\(\\s*([^()+-]*\\d[^()]*)\\)\\s*(${SIGN})?$`, 'iu');

/** The text with a minus in the place of such brackets; undefined where there are none. */
export function minusFor(cell: string): string | undefined {
  const [, before = '', inner, after = ''] = ACCOUNTING.exec(cell.trim()) ?? [];
  return inner === undefined ? undefined : `-${before}${inner.trim()}${after}`;
}

/** A number with one sign of a currency or of percent, taken apart; undefined for any other text. */
export function signedIn(cell: string): { sign: string; number: string } | undefined {
  const [, minus, before, inner, number, after] = SIGNED.exec(withHyphen(minusFor(cell) ?? cell.trim())) ?? [];
  const sign = before ?? after;
  if (sign === undefined || (before && after) || (minus && inner)) return undefined;
  return { sign: sign.toLowerCase(), number: `${minus}${inner}${number}` };
}

/** The number of a cell without such a sign, and without brackets. */
export const withoutSign = (cell: string): string => signedIn(cell)?.number ?? minusFor(cell) ?? cell.trim();

/** The styles in which a text is a number; a sign of a currency, a percent sign or brackets may be around it. */
export function stylesOf(cell: string): readonly NumberStyle[] {
  if (!/\d/.test(cell)) return [];
  const text = withoutSign(cell);
  // Of marks that are not in it nothing can be said.
  return READERS.filter(({ style, read }) => !Number.isNaN(read(text)) && (style.thousands === '' || MARKS[style.thousands]!.test(text))).map(
    ({ style }) => style,
  );
}

const MARKS: Readonly<Record<string, RegExp>> = { ',': /,/, '.': /\./, ' ': /\s/, "'": /'/, '’': /’/ };

/** What is to be done about something around a number; undefined where there is nothing, or no number in it. */
export function signAround(cell: string): string | undefined {
  return stylesOf(cell).length > 0 && signedIn(cell) ? 'take the sign away' : undefined;
}

/** A unit behind a number: kg, m², °C. */
const WITH_UNIT = /^[+-]?\d[\d.,' \u00a0]*(?:e[+-]?\d+)?\s*([\p{L}°µ"″'′²³/%]{1,6})\.?$/iu;
export const unitOf = (cell: string): string | undefined => WITH_UNIT.exec(withHyphen(cell.trim()))?.[1];

/** Whether a cell stands for a missing value; `words` are more of those, in small letters. */
export function isMissing(cell: string, words?: ReadonlySet<string>): boolean {
  const text = cell.trim().toLowerCase();
  return MISSING.anywhere.has(text) || (words?.has(text) ?? false);
}

/** Whether it does in a column of numbers. */
export const isGap = (cell: string): boolean => MISSING.amongNumbers.has(cell.trim().toLowerCase());

/** True or false, as programs and people write it. */
export function booleanOf(cell: string): boolean | undefined {
  const text = cell.trim().toLowerCase();
  return text === 'true' || text === 'yes' ? true : text === 'false' || text === 'no' ? false : undefined;
}

const TRUE = new Set(['true', 'yes', 'y', 't', 'ja', 'j', 'wahr', 'oui', 'vrai', 'si', 'sí', 'sim', '1', '是', '真']);
const FALSE = new Set(['false', 'no', 'n', 'f', 'nein', 'falsch', 'non', 'faux', 'não', '0', '否', '假']);

/** The same of a cell that is known to say one of them, in more words. */
export function truthOf(cell: string): boolean | undefined {
  const text = cell.trim().toLowerCase();
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

const TIME = '(?:[T ,]+\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[ap]\\.?m\\.?)?(?: ?(?:Z|UTC|[+-]\\d{2}:?\\d{2}))?)?';
const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär)[a-zé]*\\.?';
const DATE = new RegExp(
  `^(?:\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}${TIME}|\\d{1,2}[-/.]\\d{1,2}[-/.](?:\\d{4}|\\d{2})${TIME}|\\d{4}-\\d{2}|\\d{1,2}[-. ]+${MONTH}[-,. ]+\\d{2,4}${TIME}|${MONTH} \\d{1,2},? \\d{4}${TIME}|${MONTH}[-/. ](?:\\d{4}|\\d{2})|\\d{4}[-/ ]?(?:q[1-4]|w\\d{1,2})|\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[ap]m)?)$`,
  'i',
);

/** Whether a cell is a date or a time of day. */
export const isDate = (cell: string): boolean => DATE.test(cell.trim());

/** Whether a number is a date without signs: 20240131. */
export function isCompactDate(value: number): boolean {
  const [year, month, day] = [Math.floor(value / 10_000), Math.floor(value / 100) % 100, value % 100];
  return Number.isInteger(value) && year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}
