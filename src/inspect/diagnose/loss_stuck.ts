import { figure, lossShare, offer, percent } from './read.ts';
import type { Rule } from './rule.ts';

/**
 * The loss falls by less than 0.1 % in ten steps (LossNotDecreasing of SageMaker Debugger) and is still at its start. Smoothing is a line through
 * the later half of the run, at least `minSteps` records; the fall must be below the level even two standard errors up, so a noisy short run is quiet, and so
 * is a network that has converged anywhere below `above` of what it began with.
 */
export const lossStuck: Rule<'fall' | 'steps' | 'minSteps' | 'above'> = {
  id: 'loss_stuck',
  needs: [],
  levels: { fall: 0.001, steps: 10, minSteps: 30, above: 0.95 },
  check(history, levels) {
    const share = lossShare(history) ?? 0;
    const window = history.steps.slice(-Math.max(levels.minSteps, Math.ceil(history.steps.length / 2)));
    if (window.length < levels.minSteps || !(share >= levels.above) || !window.every(({ loss }) => Number.isFinite(loss))) return [];
    const line = leastSquares(window.map(({ step, loss }) => ({ x: step, y: loss })));
    const fall = 0 - (line.slope * levels.steps) / line.mean;
    const error = (line.error * levels.steps) / line.mean;
    if (!(fall + 2 * error < levels.fall)) return [];
    return [
      {
        rule: 'loss_stuck',
        severity: 'warn',
        step: window.at(-1)!.step,
        title: 'The loss does not fall',
        message: `The loss stays at ${figure(line.mean)}, ${percent(share)} of its starting level; over the last ${window.length} steps it changed by ${percent(-fall)} per ${levels.steps} steps.`,
        evidence: { loss: line.mean, fall, standardError: error, steps: window.length, lossShare: share, level: levels.fall },
        remedies: offer(history, ['learning_rate', 'optimizer', 'larger_batch']),
      },
    ];
  },
};

/** Least-squares line: its mean, its slope and the slope's standard error. */
function leastSquares(points: readonly { x: number; y: number }[]): { mean: number; slope: number; error: number } {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const mean = points.reduce((sum, { y }) => sum + y, 0) / n;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - mean), 0) / spread;
  const residue = points.reduce((sum, { x, y }) => sum + (y - mean - slope * (x - meanX)) ** 2, 0);
  return { mean, slope, error: Math.sqrt(residue / (n - 2) / spread) };
}
