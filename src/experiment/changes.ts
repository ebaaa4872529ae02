// What a remedy changed in a document, as short lines: paths with what was there and what is there now.

/** At most so many characters of a value are shown. */
const SHOWN = 60;

/**
 * Lists the differences between two documents.
 *
 * @param before - The document as it was.
 * @param after - The document as it is.
 * @returns A line for each difference: `optimizer.learningRate: 0.3 → 0.03`, `+ model.layers[2]: {"type":"batch_norm"}`, `- model.layers[4]: ...`.
 */
export function changesBetween(before: unknown, after: unknown, path = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => changesBetween(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (before === undefined) return [`+ ${path}: ${shown(after)}`];
  if (after === undefined) return [`- ${path}: ${shown(before)}`];
  return [`${path}: ${shown(before)} → ${shown(after)}`];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Rows of numbers are not told one by one. Of layers, those that came and went; where as many are left, what changed in each. */
function listChanges(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  if (![...before, ...after].every(isRecord)) return [`${path}: ${shown(before)} → ${shown(after)}`];
  if (before.length === after.length) return before.flatMap((value, i) => changesBetween(value, after[i], `${path}[${i}]`));
  const kept = common(
    before.map((value) => JSON.stringify(value)),
    after.map((value) => JSON.stringify(value)),
  );
  return [
    ...before.flatMap((value, i) => (kept.some(([at]) => at === i) ? [] : [`- ${path}[${i}]: ${shown(value)}`])),
    ...after.flatMap((value, i) => (kept.some(([, at]) => at === i) ? [] : [`+ ${path}[${i}]: ${shown(value)}`])),
  ];
}

/** The longest common subsequence, as pairs of places. */
function common(before: readonly string[], after: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      lengths[i]![j] = before[i] === after[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < before.length && j < after.length; )
    if (before[i] === after[j]) pairs.push([i++, j++]);
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++;
    else j++;
  return pairs;
}
