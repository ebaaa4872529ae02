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
    const value: unknown = JSON.parse(text);
    // A function that JSON.parse calls for each value takes ten times as long.
    return /"(NaN|-?Infinity)"/.test(text) ? withNumbers(value) : value;
  } catch (cause) {
    if (cause instanceof RangeError) throw new SyntaxError('lists and objects are too deep inside each other', { cause });
    throw cause;
  }
}

/** Puts numbers in the place of their names, in what JSON.parse has just made. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'string') return Object.hasOwn(SPECIAL, value) ? SPECIAL[value] : value;
  if (Array.isArray(value))
    value.forEach((inner, i) => {
      if (typeof inner !== 'number') value[i] = withNumbers(inner);
    });
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      if (typeof inner !== 'number')
        // `__proto__` is a key like others in what JSON.parse makes.
        Object.defineProperty(value, key, { value: withNumbers(inner), writable: true, enumerable: true, configurable: true });
  return value;
}
