import type { Remedy } from './remedy.ts';

/** Steps of the ramp where it is not known how many there will be. */
const USUAL = 100;

export const warmUp: Remedy = {
  text: {
    en: { title: 'a warm-up', summary: 'the rate rises from 0 over the first tenth of the steps, which learn less' },
    zh: { title: '学习率预热', summary: '前十分之一的步数中学习率从 0 升起，这些步学得较少' },
  },
  propose(document, _finding, facts) {
    const { optimizer, training } = document;
    const { schedule, learningRate } = optimizer;
    if (learningRate === 0 || schedule?.name === 'warmup' || schedule?.name === 'one_cycle' || schedule?.name === 'inverse_sqrt') return null;
    const rows = facts?.training?.rows;
    const perEpoch = rows === undefined ? undefined : Math.ceil(rows / (training.batchSize * (training.accumulate ?? 1)));
    const all = training.steps ?? (perEpoch === undefined ? undefined : perEpoch * training.epochs!);
    const steps = all === undefined ? USUAL : Math.max(1, Math.round(all / 10));
    return {
      document: { ...document, optimizer: { ...optimizer, schedule: { name: 'warmup', steps, startFactor: 0, ...(schedule ? { then: schedule } : {}) } } },
      why: `The first steps, whose gradients are the largest and least certain, are the shortest: the rate rises from 0 to ${learningRate} over ${steps} steps.`,
    };
  },
};
