import { endEvidence, endWords, gravity, SYMPTOMS } from './outcome.ts';
import { cleanStats, figure, firstSampled } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * Weights of a hidden layer that began all alike, zero or another constant: its units compute the same, get the same gradient and stay the same, so that a layer
 * is worth one unit (Goodfellow, Bengio and Courville 2016, 8.4). Seen at the first step: a standard deviation below `spread` of the mean, beyond what rounding
 * makes. Only where less than half was learned: constant weights beside random ones soon differ, and branches begin at zero on purpose.
 */
export const symmetricUnits = rule({
  needs: ['weight'],
  levels: { spread: 1e-3 },
  remedies: ['break_symmetry'],
  explains: SYMPTOMS,
  text: {
    constant: {
      en: { title: 'Units began all alike', evidence: 'every weight {value}, in {layers} layers' },
      zh: { title: '各单元一开始就完全相同', evidence: '{layers} 层的权重都是 {value}' },
    },
    zero: {
      en: { title: 'Weights began at zero', evidence: 'every weight {value}, in {layers} layers' },
      zh: { title: '权重从零开始', evidence: '{layers} 层的权重都是 {value}' },
    },
  },
  check(history, levels) {
    const severity = gravity(history);
    const look = firstSampled(history, 'weight');
    // A later look shows what training made of them.
    if (!severity || !look) return [];
    if (look.step > 1) return unchecked('the first step was not looked at');
    const alike = history.layers.flatMap(({ name, role, width, residual, frozen }, at) => {
      const weight = cleanStats(look.layers[at], 'weight');
      const same = weight && weight.count > 1 && weight.std <= levels.spread * weight.absMean;
      return same && role === 'hidden' && width > 1 && !residual && !frozen ? [{ name, value: weight.mean, width }] : [];
    });
    if (alike.length === 0) return [];
    const { name, value, width } = alike[0]!;
    const message = `All weights of ${name} began at ${figure(value)}, so that its ${width} units are one${
      alike.length > 1 ? `; ${alike.length} layers are like that` : ''
    }; ${endWords(history, figure)}.`;
    return [
      {
        kind: value === 0 ? 'zero' : 'constant',
        severity,
        layer: name,
        step: look.step,
        message,
        evidence: { value, layers: alike.length, ...endEvidence(history) },
      },
    ];
  },
});
