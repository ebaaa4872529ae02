// How values cross between the tool and the engine: as JSON with numbers that are not finite. A category may be called NaN: such texts get a mark.

import { UsageError } from '../errors.ts';
import { fromJson } from '../experiment/json.ts';

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
  return /"~+(?:NaN|-?Infinity)"/.test(text) ? unmarked(value) : value;
}

/** Takes the marks away, in what was just made. */
function unmarked(value: unknown): unknown {
  if (typeof value === 'string') return LIKE_NUMBER.test(value) ? value.slice(1) : value;
  if (Array.isArray(value))
    value.forEach((inner, i) => {
      if (typeof inner !== 'number') value[i] = unmarked(inner);
    });
  else if (typeof value === 'object' && value !== null)
    // `__proto__` is a key like others in what JSON.parse makes.
    for (const [key, inner] of Object.entries(value))
      if (typeof inner !== 'number') Object.defineProperty(value, key, { value: unmarked(inner), writable: true, enumerable: true, configurable: true });
  return value;
}
