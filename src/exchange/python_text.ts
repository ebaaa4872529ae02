// Values as Python writes them.

/** A value of a document: lists become tuples. */
export function pythonOf(value: unknown): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return String(value);
    return Number.isNaN(value) ? 'float("nan")' : `float("${value > 0 ? '' : '-'}inf")`;
  }
  if (Array.isArray(value)) return `(${value.map(pythonOf).join(', ')}${value.length === 1 ? ',' : ''})`;
  return JSON.stringify(value);
}

/** The name of an option, as PyTorch has it. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Options as arguments: `lr=0.1, momentum=0.9`. */
export const argumentsOf = (options: Readonly<Record<string, unknown>>): string =>
  Object.entries(options)
    .map(([name, value]) => `${snake(name)}=${pythonOf(value)}`)
    .join(', ');
