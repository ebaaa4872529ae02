import { SYMPTOMS } from './outcome.ts';
import { comparable, figure, median, percent, startingLoss, startingValidationLoss } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * A batch norm whose running statistics are not those of the data, by its momentum: so small that `left` and more of them is still what they began with, a mean of 0 and a variance of 1 (of what they began with (1 -
 * momentum)^steps is left), or so large that they are of the last batch alone, of fewer than `samples`. Training never sees them, inference uses nothing else. So it is said only where the two
 * part: rows are learned in training (below `trained` of knowing nothing), and what is left on new rows is twice that and `gap` of knowing nothing more. A momentum of 0.1 leaves
 * 0.04 after 30 steps; Keras counts it from the other end, 0.99 there is 0.01 here.
 */
export const runningStatistics = rule({
  needs: [],
  levels: { left: 0.2, last: 0.9, samples: 16, trained: 0.5, gap: 0.25, minSteps: 10 },
  remedies: ['batch_norm_momentum', 'layer_norm'],
  explains: ['inputs_not_scaled', 'dropout_too_strong', 'batch_too_small', ...SYMPTOMS],
  text: {
    slow: {
      en: { title: 'Running statistics never arrive', evidence: 'momentum {momentum}: {left} of the initial ones are left after {steps} steps' },
      zh: { title: '滑动统计量跟不上', evidence: '动量 {momentum}：{steps} 步后仍有 {left} 是初始值' },
    },
    last_batch: {
      en: { title: 'Running statistics are of the last batch', evidence: 'momentum {momentum}, {samples} samples' },
      zh: { title: '滑动统计量只来自最后一批', evidence: '动量 {momentum}，{samples} 个样本' },
    },
  },
  check(history, levels) {
    const normed = (history.facts?.layers ?? []).flatMap(({ name, batchNormMomentum: momentum, batchNormSamples: samples }) =>
      momentum === undefined || samples === undefined ? [] : [{ name, momentum, samples }],
    );
    const steps = history.steps.numbers.at(-1) ?? 0;
    if (normed.length === 0 || steps < levels.minSteps || history.nonFinite) return [];
    const [start, unseen] = [startingLoss(history), startingValidationLoss(history)];
    if (start === undefined || unseen === undefined) return NO_START;
    const recent = comparable(history).slice(-3);
    const train = median(recent.map(({ trainLoss }) => trainLoss / start));
    const onNew = median(recent.map(({ validationLoss }) => validationLoss / unseen));
    if (train === undefined || onNew === undefined || train > levels.trained || onNew < Math.max(2 * train, train + levels.gap)) return [];
    const frozen = new Set(history.layers.filter((layer) => layer.frozen).map(({ name }) => name));
    const wrong = normed.flatMap(({ name, momentum, samples }): Wrong[] => {
      if (frozen.has(name)) return [];
      const left = (1 - momentum) ** steps;
      if (left >= levels.left) return [{ kind: 'slow', name, momentum, samples, left }];
      return momentum >= levels.last && samples < levels.samples ? [{ kind: 'last_batch', name, momentum, samples, left }] : [];
    });
    if (wrong.length === 0) return [];
    const { kind, name, momentum, samples, left } = wrong.reduce((a, b) => (b.left > a.left ? b : a));
    const what =
      kind === 'slow'
        ? `after ${steps} steps ${percent(left)} of its running mean and variance are what they began with`
        : `its running mean and variance are those of the last ${figure(samples)} samples`;
    return [
      {
        kind,
        severity: onNew >= 0.9 ? 'severe' : 'warn',
        layer: name,
        ...(wrong.length > 1 ? { layers: wrong.map((each) => each.name) } : {}),
        step: steps,
        message: `The batch norm of ${name} has a momentum of ${figure(momentum)}: ${what}, and inference uses these. The loss is ${figure(train)} of knowing nothing in training and ${figure(onNew)} on new rows.`,
        evidence: { momentum, left, samples, steps, layers: wrong.length, train, onNew, level: kind === 'slow' ? levels.left : levels.last },
      },
    ];
  },
});

interface Wrong {
  kind: 'slow' | 'last_batch';
  name: string;
  momentum: number;
  samples: number;
  /** What is left of what the statistics began with. */
  left: number;
}
