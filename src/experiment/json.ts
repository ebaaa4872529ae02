// JSON with numbers that are not finite: they are written as the strings "NaN", "Infinity" and "-Infinity", because a
// diverged run's history is full of them and JSON would turn them into null.
import { DataError, show, UsageError } from '../errors.ts';

const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY };

/**
 * Writes a value as JSON; numbers that are not finite become the strings "NaN", "Infinity" and "-Infinity".
 *
 * @param value - What JSON can say, and numbers that are not finite.
 * @param space - Spaces of indentation; everything in one line by default.
 * @returns The text.
 * @throws UsageError for a value that contains itself, and for a bigint.
 * @example
 * toJson({ loss: NaN }); // {"loss":"NaN"}
 */
export function toJson(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, (_key, inner) => (typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner), space);
  } catch (cause) {
    throw new UsageError(`toJson: expected what JSON can say: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}

/**
 * Reads JSON; the strings "NaN", "Infinity" and "-Infinity" become numbers.
 *
 * @param text - What `toJson` wrote, or any JSON.
 * @returns The value.
 * @throws DataError for what is no JSON; UsageError for what is no text.
 * @example
 * fromJson('{"loss":"NaN"}'); // { loss: NaN }
 */
export function fromJson(text: string): unknown {
  if (typeof text !== 'string') throw new UsageError(`fromJson: expected text, got ${show(text)}`);
  try {
    const value: unknown = JSON.parse(text);
    // A function that JSON.parse calls for each value takes ten times as long.
    return /"(NaN|-?Infinity)"/.test(text) ? withNumbers(value) : value;
  } catch (cause) {
    throw new DataError(`expected JSON: ${cause instanceof RangeError ? 'lists and objects are too deep inside each other' : (cause as Error).message}`, {
      cause,
    });
  }
}

/** Puts numbers in the place of their names, in what JSON.parse has just made. */
const withNumbers = (value: unknown): unknown => withTexts(value, (text) => (Object.hasOwn(SPECIAL, text) ? SPECIAL[text] : text));

/** Puts what `of` gives in the place of texts, in what JSON.parse has just made; texts that are keys stay. */
export function withTexts(value: unknown, of: (text: string) => unknown): unknown {
  if (typeof value === 'string') return of(value);
  if (Array.isArray(value))
    value.forEach((inner, i) => {
      if (typeof inner !== 'number') value[i] = withTexts(inner, of);
    });
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      if (typeof inner !== 'number')
        // `__proto__` is a key like others in what JSON.parse makes.
        Object.defineProperty(value, key, { value: withTexts(inner, of), writable: true, enumerable: true, configurable: true });
  return value;
}
