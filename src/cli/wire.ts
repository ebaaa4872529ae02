// How values cross between the tool and the engine: as JSON with numbers that are not finite. A category may be called NaN: such texts get a mark.
import { UsageError } from '../errors.ts';
import { fromJson, withTexts } from '../experiment/json.ts';

/** Texts that would be read as a number that is not finite, and those that look as if they had the mark. */
const LIKE_NUMBER = /^~*(?:NaN|-?Infinity)$/;

/** A value as text. Throws a UsageError for what JSON cannot say. */
export function toWire(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, inner) =>
      typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : typeof inner === 'string' && LIKE_NUMBER.test(inner) ? `~${inner}` : inner,
    );
  } catch (cause) {
    throw new UsageError(`expected what JSON can say: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}

/** The value in such a text. Throws a DataError for another text. */
export function fromWire(text: string): unknown {
  const value = fromJson(text);
  return /"~+(?:NaN|-?Infinity)"/.test(text) ? withTexts(value, (inner) => (LIKE_NUMBER.test(inner) ? inner.slice(1) : inner)) : value;
}
