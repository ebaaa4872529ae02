// Spelling: which known name was meant.
import { show } from './errors.ts';

/** The end of a message that refuses a name: `; did you mean "momentum"?`, or nothing where none is near. */
export function meant(written: unknown, names: readonly string[]): string {
  const name = typeof written === 'string' ? nearest(written, names) : undefined;
  return name ? `; did you mean "${name}"?` : '';
}

/** Names that a message tells in full. */
const LISTED = 60;

/** Names for a message, each in quotes. A list is cut only where nobody would read it. */
export function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return `[${names.slice(0, LISTED).map(show).join(', ')}${more > 0 ? `, and ${more} more` : ''}]`;
}

/** The end of a message that refuses a name: what was meant, and what there is. */
export function orElse(written: unknown, names: readonly string[]): string {
  // Of a letter or two every other is near.
  const near = typeof written === 'string' && written.length > 2 ? meant(written, names) || begun(written, names) : '';
  return `${near || ';'} ${near ? 'There' : 'there'} are ${listed(names)}`;
}

/** The one name that begins so: a column may be called `price in EUR`. */
function begun(written: string, names: readonly string[]): string {
  const those = names.filter((name) => name.toLowerCase().startsWith(written.toLowerCase()));
  return those.length === 1 ? `; did you mean "${those[0]}"?` : '';
}

/** The name in the list that is closest to the given one, if close enough to be meant. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const one = plain(written);
  let best: string | undefined;
  let min = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const other = plain(name);
    // `kernelInitializer` has a name at its end, and `kernel` begins one.
    const part = one.length > 4 && other.length > 4 && (one.endsWith(other) || other.startsWith(one));
    const distance = part ? 1 : editDistance(one, other);
    if (distance < min) {
      best = name;
      min = distance;
    }
  }
  return best;
}

/** The fewest insertions, deletions, substitutions and swaps of neighbors (Damerau; a swap is the commonest slip of the hand). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
