import { SYMPTOMS } from './outcome.ts';
import { rule } from './rule.ts';
import { PENALTY_LEVELS, penaltyTooStrong } from './shrinkage.ts';

/** An L1 penalty that wins against the data; its levels are explained in shrinkage.ts. */
export const l1TooStrong = rule({
  needs: ['weight'],
  levels: { ...PENALTY_LEVELS },
  remedies: ['less_l1'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'The L1 penalty is too strong', evidence: 'penalty {penalty}, {left} of the weights left' },
    zh: { title: 'L1 惩罚过强', evidence: '惩罚系数 {penalty}，权重只剩 {left}' },
  },
  check: (history, levels) => penaltyTooStrong(history, 'l1', levels),
});
