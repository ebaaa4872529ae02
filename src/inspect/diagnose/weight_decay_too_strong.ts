import { endEvidence, endWords, ofPoorRuns, SYMPTOMS } from './outcome.ts';
import { figure, percent } from './read.ts';
import { rule } from './rule.ts';
import { dominates, PENALTY_LEVELS, priceEvidence, shrinkage } from './shrinkage.ts';

/**
 * Weight decay that wins against the data: the weights shrank below `left` of their norm, and the run learned less than half of what there is. To blame it, the
 * decay must have been able to: as part of the gradient it is an L2 penalty, and judged like one (shrinkage.ts; 5e-4, the usual decay of Krizhevsky 2012, pulls with
 * some thousandths); apart from it (Loshchilov and Hutter 2019), rate times decay times steps of at least `decayed`, by which alone the
 * weights shrink to exp(-decayed).
 */
export const weightDecayTooStrong = rule({
  needs: ['weight'],
  levels: { ...PENALTY_LEVELS, decayed: 0.5 },
  remedies: ['less_weight_decay'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'Weight decay is too strong', evidence: 'decay {weightDecay}, {left} of the weights left' },
    zh: { title: '权重衰减过强', evidence: '衰减 {weightDecay}，权重只剩 {left}' },
  },
  check(history, levels) {
    return ofPoorRuns(history, history.facts?.training, 'options of training', ({ weightDecay, decoupled }, severity) => {
      if (!(weightDecay > 0)) return [];
      const shrunk = shrinkage(history, () => ({ l2: weightDecay }));
      if (!shrunk) return [];
      const { steps } = history;
      const decayed = weightDecay * steps.learningRate.reduce((sum, rate) => sum + rate, 0);
      if (!(decoupled ? shrunk.left <= levels.left && decayed >= levels.decayed : dominates(shrunk, levels))) return [];
      const message = `With a weight decay of ${figure(weightDecay)} the weights shrank to ${percent(shrunk.left)} of their size between steps ${shrunk.from} and ${shrunk.to}; ${endWords(history, figure)}.`;
      const strength: Record<string, number> = decoupled ? { decayed } : { pull: shrunk.pull, ...priceEvidence(shrunk) };
      return [{ severity, step: shrunk.to, message, evidence: { weightDecay, left: shrunk.left, ...strength, ...endEvidence(history) } }];
    });
  },
});
