import { rounded } from '../../format.ts';
import { type Remedy, withOptimizer } from './remedy.ts';

/** Findings, or one kind of them, that say that steps are too small. */
const TOO_SMALL: readonly string[] = ['absolutely_tiny', 'loss_stuck', 'update_size/small'];

/** Ten times more where the updates are too small to move the loss, a tenth everywhere else. */
export const learningRate: Remedy = {
  text: {
    en: { title: 'another rate', summary: 'changes the length of every step' },
    zh: { title: '换学习率', summary: '改变每一步的长度' },
  },
  asksWhy: true,
  propose(document, finding) {
    const { learningRate } = document.optimizer;
    if (learningRate === 0) return null; // nothing was to move
    const up = finding !== undefined && (TOO_SMALL.includes(finding.rule) || TOO_SMALL.includes(`${finding.rule}/${finding.kind}`));
    const next = rounded(up ? learningRate * 10 : learningRate / 10, 6);
    return {
      document: withOptimizer(document, { learningRate: next }),
      why: `Steps are too ${up ? 'small' : 'large'}: learning rate ${learningRate} → ${next}.`,
    };
  },
};
