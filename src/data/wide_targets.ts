// Targets of several sizes: the squared error of such is that of the largest.
import type { Dataset } from './dataset.ts';

/** Decades from which on they are: a factor of 30. */
const MANY = 1.5;

/** A sentence on positive targets that span decades, and whose logarithms lie more evenly than they do; none otherwise. */
export function wideTargetNotes({ y, targetSize, classes }: Pick<Dataset, 'y' | 'targetSize' | 'classes'>): string[] {
  if (classes !== undefined || targetSize > 1 || !y.every((value) => value > 0)) return [];
  const logs = Array.from(y, Math.log10);
  const decades = logs.reduce((a, b) => Math.max(a, b)) - logs.reduce((a, b) => Math.min(a, b));
  if (decades < MANY || !(Math.abs(skewness(logs)) < Math.abs(skewness(Array.from(y))))) return [];
  return [
    `the target is positive and spans ${decades.toFixed(1)} decades: errors are those of its large values, and small ones may be far off, or below 0; where it is ratios that count, \`logTargets\` trains on its logarithm`,
  ];
}

/** How far the tail of one side is longer: the mean cube of standardised values (Fisher's g1). */
function skewness(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moment = (power: number): number => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  return moment(3) / moment(2) ** 1.5;
}
