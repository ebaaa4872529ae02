import { figure, median, startingLoss } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * A loss that was better and climbs away from it, slowly or fast: the median of the last steps is `rise` times the best one before, a share `lost` of what knowing nothing costs has been lost, it lies
 * `sigma` standard deviations above the loss around its best, and three medians in a row have risen. Medians are over a twentieth of the run, five steps at least. Seen while the
 * run is still finite; a run that was never better than knowing nothing is `loss_stuck`.
 */
export const lossDiverges = rule({
  needs: [],
  levels: { rise: 1.5, lost: 0.5, sigma: 3, minSteps: 30 },
  remedies: ['learning_rate', 'clip', 'early_stopping'],
  text: {
    en: { title: 'The loss climbs away from its best', evidence: '{loss} after {best} at step {bestStep}' },
    zh: { title: '损失偏离最佳值并持续上升', evidence: '第 {bestStep} 步为 {best}，现为 {loss}' },
  },
  icon: 'M1 3h1.600c.300 4 1.400 6.300 3.200 6.300C8.500 9.300 10 5 11 .500l1.500.400C11.300 6.500 9.500 10.900 5.800 10.900 2.700 10.900 1.200 7.800 1 3z',
  check(history, levels) {
    const start = startingLoss(history);
    if (start === undefined) return NO_START;
    const { loss, numbers } = history.steps;
    if (loss.length < levels.minSteps) return [];
    const width = Math.max(5, Math.floor(loss.length / 20));
    // Windows end at the last step; what is not finite counts as more than anything.
    const windows: number[][] = [];
    for (let end = loss.length; end >= width; end -= width)
      windows.unshift(Array.from(loss.subarray(end - width, end), (value) => (Number.isFinite(value) ? value : Infinity)));
    const medians = windows.map((window) => median(window)!);
    const [a, b, now] = medians.slice(-3) as [number, number, number];
    const before = medians.slice(0, -3);
    const best = Math.min(...before);
    if (!(before.length >= 2 && Number.isFinite(now) && a < b && b < now)) return [];
    const at = before.indexOf(best);
    const around = windows
      .slice(Math.max(0, at - 1), at + 2)
      .flat()
      .filter(Number.isFinite);
    const mean = around.reduce((sum, value) => sum + value, 0) / around.length;
    const deviation = Math.sqrt(around.reduce((sum, value) => sum + (value - mean) ** 2, 0) / around.length);
    if (!(now > levels.rise * best && now - best > levels.lost * start && now > mean + levels.sigma * deviation && best < start)) return [];
    const bestStep = numbers[loss.length - (medians.length - at) * width + width - 1]!;
    return [
      {
        severity: 'warn',
        step: numbers.at(-1)!,
        message: `The loss was ${figure(best)} around step ${bestStep} and has climbed to ${figure(now)}, where knowing nothing costs ${figure(start)}.`,
        evidence: { loss: now, best, bestStep, deviation, window: width, lossFraction: now / start, level: levels.rise },
      },
    ];
  },
});
