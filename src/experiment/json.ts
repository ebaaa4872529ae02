// JSON with numbers that are not finite: they are written as the strings "NaN", "Infinity" and "-Infinity", because a
// diverged run's history is full of them and JSON would turn them into null.
const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY };

/** JSON text of a value. */
export function toJson(value: unknown, space?: number): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner), space);
}

/** The value of a JSON text, with the strings "NaN", "Infinity" and "-Infinity" as numbers. Throws SyntaxError. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key, inner) => (typeof inner === 'string' && Object.hasOwn(SPECIAL, inner) ? SPECIAL[inner] : inner));
  } catch (cause) {
    if (cause instanceof RangeError) throw new SyntaxError('lists and objects are too deep inside each other', { cause });
    throw cause;
  }
}
