import type { History } from '../history.ts';
import { figure, startingLoss } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * A loss that leaves its own recent history: `sigma` standard deviations above the mean of the `window` steps before it, and `factor` times that mean. What a few odd rows
 * do to a small batch is no spike: it must also cost `harm` times what knowing nothing costs. A warning while the loss has not come back (the early sign of a run that is
 * about to leave the finite range), a note afterwards.
 */
export const lossSpikes = rule({
  needs: [],
  levels: { sigma: 6, window: 30, factor: 3, harm: 2, back: 10 },
  remedies: ['clip', 'learning_rate'],
  text: {
    en: { title: 'The loss spikes', evidence: '{loss} after {usual} ± {deviation}' },
    zh: { title: '损失出现尖峰', evidence: '{usual} ± {deviation} 之后升至 {loss}' },
  },
  icon: 'M0 11.500h4.500L7 2l2.500 9.500H14V13H8.300L7 8l-1.300 5H0z',
  check(history, levels) {
    const start = startingLoss(history);
    if (start === undefined) return NO_START;
    const spikes = spikesOf(history, levels, start);
    const last = spikes.at(-1);
    if (!last) return [];
    const losses = history.steps.loss;
    const since = losses.subarray(last.at + 1);
    // Back is where several steps in a row are as usual again, or nothing but a step or two has followed.
    const back = since.length >= levels.back && since.subarray(-levels.back).every((loss) => loss <= last.mean + levels.sigma * last.deviation || loss < start);
    const worst = spikes.reduce((a, b) => (b.loss / b.mean > a.loss / a.mean ? b : a));
    const { step, loss, mean, deviation } = back ? worst : last;
    return [
      {
        severity: back ? 'note' : 'warn',
        step,
        message: `At step ${step} the loss jumped to ${figure(loss)}, where it had been ${figure(mean)} ± ${figure(deviation)}${back ? '; it has come back since' : ''}.`,
        evidence: { step, loss, usual: mean, deviation, sigmas: (loss - mean) / deviation, spikes: spikes.length, level: levels.sigma },
      },
    ];
  },
});

interface Spike {
  readonly at: number;
  readonly step: number;
  readonly loss: number;
  readonly mean: number;
  readonly deviation: number;
}

/** Steps that leave the mean of those before them, by sums that run along; what is not finite is another rule's. */
function spikesOf({ steps }: History, { sigma, window, factor, harm }: Readonly<Record<string, number>>, start: number): Spike[] {
  const { loss: losses, numbers } = steps;
  const found: Spike[] = [];
  for (let at = 15; at < losses.length; at++) {
    const loss = losses[at]!;
    if (!(loss > harm! * start) || !Number.isFinite(loss)) continue;
    const before = losses.subarray(Math.max(0, at - Math.trunc(window!)), at).filter(Number.isFinite);
    if (before.length < 15) continue;
    const mean = before.reduce((sum, value) => sum + value, 0) / before.length;
    const deviation = Math.sqrt(before.reduce((sum, value) => sum + (value - mean) ** 2, 0) / before.length);
    if (loss > factor! * mean && loss > mean + sigma! * deviation) found.push({ at, step: numbers[at]!, loss, mean, deviation });
  }
  return found;
}
