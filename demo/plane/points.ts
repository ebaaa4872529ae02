// Drawn points and how an address writes them: two characters for each, a dot where the class changes.

/** A point on a grid of SIDE x SIDE, from the bottom left, and its class. */
export interface Point {
  i: number;
  j: number;
  label: 0 | 1;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Points of the grid along a side: as many as a character can say. */
export const SIDE = DIGITS.length;
/** Half the side of the plane. Its points have about the mean square that standardised columns have. */
export const HALF = 2;

/** Where the i-th column or row of the grid lies. */
export const placeOn = (i: number): number => ((2 * i) / (SIDE - 1) - 1) * HALF;
/** The nearest column or row of the grid. */
export const nearestTo = (x: number): number => Math.max(0, Math.min(SIDE - 1, Math.round(((x / HALF + 1) * (SIDE - 1)) / 2)));

/** In the order in which they were drawn. */
export function encodePoints(points: readonly Point[]): string {
  let label = 0;
  return points
    .map((point) => {
      const dot = point.label === label ? '' : '.';
      label = point.label;
      return `${dot}${DIGITS[point.i]}${DIGITS[point.j]}`;
    })
    .join('');
}

/** The reverse, of what `arePoints` (settings.ts) has passed. */
export function decodePoints(text: string): Point[] {
  return text
    .split('.')
    .flatMap((run, n) => (run.match(/../g) ?? []).map(([i, j]) => ({ i: DIGITS.indexOf(i!), j: DIGITS.indexOf(j!), label: (n % 2) as 0 | 1 })));
}
