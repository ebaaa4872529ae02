import type { Remedy } from './remedy.ts';

export const constantRate: Remedy = {
  text: {
    en: { title: 'a constant rate', summary: 'no schedule: the last steps are as long as the first, and the end is less calm' },
    zh: { title: '固定学习率', summary: '不用调度：最后几步与最初一样长，收尾不够平稳' },
  },
  propose(document) {
    const { schedule, ...optimizer } = document.optimizer;
    if (!schedule || schedule.name === 'constant') return null;
    return {
      document: { ...document, optimizer: optimizer as typeof document.optimizer },
      why: `The schedule takes the rate away before there is anything to settle on: ${schedule.name} is left out, and the rate stays at ${document.optimizer.learningRate}.`,
    };
  },
};
