// The one color scale of the page: log10 of a layer's gradient, relative to the last hidden layer. The same in both
// themes, so that exported pictures agree.
import { COLOUR_STOPS, HIGHEST, LOWEST, rgbOf } from '../src/inspect/colours.ts';

export { HIGHEST, LOWEST };

/** The levels of the rules: 1e-3 and 70 warn, 1e-6 and 1e3 are severe. */
export const LEVELS = [
  { at: -6, severe: true, label: [10, -6] },
  { at: -3, severe: false, label: [10, -3] },
  { at: Math.log10(70), severe: false, label: [70] },
  { at: 3, severe: true, label: [10, 3] },
] as const;

/** Dashes of the line at a level: the same in every chart. */
export const DASH = { severe: [5, 3], warn: [1.5, 3] } as const;

/** Where the color bends: between two of these it is linear. */
export const BENDS: readonly number[] = COLOUR_STOPS.map(([at]) => at);

const PER_UNIT = 20;
const SIZE = (HIGHEST - LOWEST) * PER_UNIT + 1;

/** SIZE x RGB. */
const TABLE = Uint8ClampedArray.from(Array.from({ length: SIZE }, (_, i) => rgbOf(LOWEST + i / PER_UNIT)).flat());

/** Offset of a value's color in the table; values outside clamp to the ends. */
const offset = (value: number): number => Math.max(0, Math.min(SIZE - 1, Math.round((value - LOWEST) * PER_UNIT))) * 3;

/** Writes the color of a finite log10 gradient into RGBA bytes at `at`. */
export function paint(bytes: Uint8ClampedArray, at: number, value: number): void {
  const from = offset(value);
  bytes[at] = TABLE[from]!;
  bytes[at + 1] = TABLE[from + 1]!;
  bytes[at + 2] = TABLE[from + 2]!;
  bytes[at + 3] = 255;
}

/** The color of a finite log10 gradient as CSS. */
export function colour(value: number): string {
  const at = offset(value);
  return `rgb(${TABLE[at]},${TABLE[at + 1]},${TABLE[at + 2]})`;
}

/** Ink on the sand-coloured part of the scale, white elsewhere: for lines and labels that lie on the colours. */
export function inkOn(value: number): string {
  return value > -1 && value < 2.6 ? '#0f2430' : '#ffffff';
}
