// How numbers are written, for messages, tables, reports and the page.

/** Stands for a number that is not there. */
export const ABSENT = '–';

/** How a number is written. */
export interface FigureStyle {
  /** Significant digits; 3 by default. */
  readonly digits?: number;
  /** A size below this is written with an exponent; 1e-3 by default. */
  readonly min?: number;
  /** So is one from here on; 1e5 by default. */
  readonly max?: number;
}

/** A quantity in a unit of the data, such as a price: plain digits also where it is large. */
export const quantity = (value: number | undefined): string => figure(value, { max: 1e12 });

/**
 * A number of which the size counts: `0.0123`, `4.56`, `7.9e-12`; `–` for undefined.
 *
 * @example
 * figure(1234.5); // '1230'
 * figure(0.000123); // '1.2e-4'
 */
export function figure(value: number | undefined, { digits = 3, min = 1e-3, max = 1e5 }: FigureStyle = {}): string {
  if (value === undefined) return ABSENT;
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  return size < min || size >= max ? value.toExponential(1) : String(rounded(value, digits));
}

/** A number with the given count of significant digits. */
export const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** A number of which NaN says that it is not known. */
export const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

/** A fraction as a percentage: `12.3 %`; `–` for undefined and NaN. */
export const percent = (fraction: number | undefined): string =>
  fraction === undefined || Number.isNaN(fraction) ? ABSENT : `${(100 * fraction).toFixed(1)} %`;

/** A whole number with its thousands apart: `10,000`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Three digits of a quantity, with commas between thousands: `1,380,000`. */
export const amount = (value: number): string => (Math.abs(value) >= 1e3 && Math.abs(value) < 1e12 ? count(rounded(value, 3)) : quantity(value));

/** `640 B`, `12.5 KiB`, `3.1 MiB`: of the next unit where there are ten of it. */
export const byteSize = (value: number): string =>
  value < 10 * 2 ** 10 ? `${value} B` : value < 10 * 2 ** 20 ? `${(value / 2 ** 10).toFixed(1)} KiB` : `${(value / 2 ** 20).toFixed(1)} MiB`;
