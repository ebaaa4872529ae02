import { figure, lossFraction, percent } from './read.ts';
import { rule } from './rule.ts';

/**
 * The loss falls by less than 0.1 % in ten steps (LossNotDecreasing of SageMaker Debugger) and is still at its start. Smoothing is a line through
 * the later half of the run, at least `minSteps` records; the fall must be below the level even two standard errors up, so a noisy short run is quiet, and so
 * is a network that has converged anywhere below `above` of what it began with.
 */
export const lossStuck = rule({
  needs: [],
  levels: { fall: 0.001, steps: 10, minSteps: 30, above: 0.95 },
  remedies: ['learning_rate', 'optimizer', 'larger_batch'],
  text: {
    en: { title: 'The loss does not fall', evidence: '{loss} for {steps} steps' },
    zh: { title: '损失停滞', evidence: '{steps} 步保持 {loss}' },
  },
  icon: 'M1 6.100h12v1.800H1zM1 3h1.700v8H1zM11.300 3H13v8h-1.700z',
  check(history, levels) {
    const fraction = lossFraction(history) ?? 0;
    const count = Math.max(levels.minSteps, Math.ceil(history.steps.length / 2));
    const [numbers, losses] = [history.steps.numbers.subarray(-count), history.steps.loss.subarray(-count)];
    if (losses.length < levels.minSteps || !(fraction >= levels.above) || !losses.every(Number.isFinite)) return [];
    const line = leastSquares(numbers, losses);
    const fall = 0 - (line.slope * levels.steps) / line.mean;
    const error = (line.error * levels.steps) / line.mean;
    if (!(fall + 2 * error < levels.fall)) return [];
    return [
      {
        severity: 'warn',
        step: numbers.at(-1)!,
        message: `The loss stays at ${figure(line.mean)}, ${percent(fraction)} of its starting level; over the last ${losses.length} steps it changed by ${percent(-fall)} per ${levels.steps} steps.`,
        evidence: { loss: line.mean, fall, standardError: error, steps: losses.length, lossFraction: fraction, level: levels.fall },
      },
    ];
  },
});

/** Least-squares line: its mean, its slope and the slope's standard error. */
function leastSquares(xs: Float64Array, ys: Float64Array): { mean: number; slope: number; error: number } {
  const n = xs.length;
  const sum = (of: (x: number, y: number) => number): number => {
    let total = 0;
    for (let i = 0; i < n; i++) total += of(xs[i]!, ys[i]!);
    return total;
  };
  const meanX = sum((x) => x) / n;
  const mean = sum((_, y) => y) / n;
  const spread = sum((x) => (x - meanX) ** 2);
  const slope = sum((x, y) => (x - meanX) * (y - mean)) / spread;
  const residue = sum((x, y) => (y - mean - slope * (x - meanX)) ** 2);
  return { mean, slope, error: Math.sqrt(residue / (n - 2) / spread) };
}
