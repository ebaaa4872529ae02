// Numbers that may stand for classes: few, and distinct.

/** Distinct values up to which numbers may be classes. */
export const MOST_LEVELS = 20;

/** The index of the value that is nearest, the first of two; -1 for NaN, which is near to none. */
export const nearestLevel = (levels: readonly number[], value: number): number =>
  Number.isNaN(value) ? -1 : levels.reduce((best, level, i) => (Math.abs(level - value) < Math.abs(levels[best]! - value) ? i : best), 0);
