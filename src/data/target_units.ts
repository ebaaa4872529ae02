// Targets as the loss sees them, and in their own unit.
import type { TargetScaling } from './dataset.ts';

/** Numbers of [rows, targets] as the loss sees them; NaN and infinities where there is no logarithm. */
export function scaledTargets(values: ArrayLike<number>, { offset, divisor, log = false }: TargetScaling): Float64Array {
  return Float64Array.from(values, (value, i) => ((log ? Math.log(value) : value) - offset[i % offset.length]!) / divisor[i % divisor.length]!);
}

/** The way back. */
export function unscaledTargets(values: ArrayLike<number>, { offset, divisor, log = false }: TargetScaling): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const unscaled = value * divisor[i % divisor.length]! + offset[i % offset.length]!;
    return log ? Math.exp(unscaled) : unscaled;
  });
}

/** Where a target is that has no logarithm, among all targets; below 0 where each has one. */
export const withoutLogarithm = (values: Float32Array): number => values.findIndex((value) => !(value > 0));

/** What is said of such a target. */
export const NO_LOGARITHM = 'expected a number above 0, as its logarithm is trained on';
