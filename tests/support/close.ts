// Numbers beside expected ones: a failure names the worst.
import { maxAbs } from '../../src/reference/index.ts';

/** Throws with the worst element unless all of `got` is within `tolerance` times the largest expected value, or times `floor` where all are smaller. */
export function expectClose(name: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, floor = 1e-30): void {
  if (got.length !== expected.length) throw new Error(`${name}: ${got.length} values, expected ${expected.length}`);
  const scale = Math.max(maxAbs(expected), floor);
  let worst = 0;
  let share = 0;
  for (let i = 0; i < got.length; i++) {
    const error = Object.is(got[i], expected[i]) ? 0 : Math.abs(got[i]! - expected[i]!) / scale;
    if (error > share || Number.isNaN(error)) {
      share = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      worst = i;
    }
  }
  if (share > tolerance)
    throw new Error(
      `${name}[${worst}]: got ${got[worst]}, expected ${expected[worst]}; ${share.toExponential(2)} of the largest (${scale.toPrecision(4)}), allowed ${tolerance.toExponential(2)}`,
    );
}
