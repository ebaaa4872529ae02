import { rounded } from '../../format.ts';
import { type Remedy, withOptimizer } from './remedy.ts';

/** Findings, or one kind of them, that say that steps are too small. */
const TOO_SMALL: readonly string[] = ['absolutely_tiny', 'loss_stuck', 'update_size/small', 'learning_rate_too_low'];

/** More where the updates are too small to move the loss: as many times as the finding says, or ten; a tenth everywhere else. `tryRemedies` looks for the best by short runs. */
export const learningRate: Remedy = {
  text: {
    en: { title: 'another rate', summary: 'changes the length of every step; found by short runs with several rates, where remedies are tried' },
    zh: { title: '换学习率', summary: '改变每一步的长度；尝试办法时用多个学习率短跑来找' },
  },
  asksWhy: true,
  propose(document, finding) {
    const { learningRate } = document.optimizer;
    if (learningRate === 0) return null; // nothing was to move
    const up = finding !== undefined && (TOO_SMALL.includes(finding.rule) || TOO_SMALL.includes(`${finding.rule}/${finding.kind}`));
    const factor = typeof finding?.evidence?.factor === 'number' ? finding.evidence.factor : 10;
    const next = rounded(up ? learningRate * factor : learningRate / 10, 3);
    return {
      document: withOptimizer(document, { learningRate: next }),
      why: `Steps are too ${up ? 'small' : 'large'}: learning rate ${learningRate} → ${next}.`,
    };
  },
};
