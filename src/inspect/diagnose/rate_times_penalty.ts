import { learnedHalf, SYMPTOMS } from './outcome.ts';
import { figure, largestRate } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * A step takes rate times penalty of each weight off: L2 and weight decay of SGD, decay apart from the gradient of any optimizer. Above 1 the weight changes its sign
 * at every step: warn; from 2 on it grows: severe. Momentum m makes the bound 2 (1 + m), at which quadratic losses begin to diverge.
 */
export const rateTimesPenalty = rule({
  needs: [],
  levels: { warn: 1, severe: 2 },
  remedies: ['less_l2', 'less_weight_decay', 'learning_rate'],
  text: {
    en: { title: 'Rate times penalty is too large', evidence: '{product} of each weight is taken off in a step, limit {limit}' },
    zh: { title: '学习率与惩罚之积过大', evidence: '每步减去权重的 {product}，界限 {limit}' },
  },
  explains: ['weight_decay_too_strong', 'l2_too_strong', ...SYMPTOMS],
  icon: 'M6.100 1h1.800v5.500h3L7 10.800 3.100 6.500h3zM2 11.800h10v1.700H2z',
  check(history, levels) {
    const { facts } = history;
    const { training, layers = [] } = facts ?? {};
    if (!training && learnedHalf(history)) return [];
    if (!training) return unchecked('the history does not say how its weights are trained');
    const rate = largestRate(history) ?? training.learningRate;
    const plain = training.optimizer === 'sgd';
    const decay = plain || training.decoupled ? training.weightDecay : 0;
    const decayed = { name: '', product: rate * decay, what: 'weight decay', penalty: decay };
    const penalised = plain
      ? layers.map(({ name, l2 }) => ({ name, product: rate * (l2 + (training.decoupled ? 0 : decay)), what: 'L2 penalty', penalty: l2 }))
      : [];
    const worst = penalised.reduce((a, b) => (b.product > a.product ? b : a), decayed);
    if (!(worst.product > levels.warn)) return [];
    const { name, product, what, penalty } = worst;
    return [
      {
        severity: product >= levels.severe ? 'severe' : 'warn',
        ...(name ? { layer: name, layers: penalised.filter((each) => each.product > levels.warn).map((each) => each.name) } : {}),
        message: `A learning rate of ${figure(rate)} times a ${what} of ${figure(penalty)}${name ? ` of ${name}` : ''} takes ${figure(product)} of each weight off in a step${product >= levels.severe ? ', so that weights grow' : ''}.`,
        evidence: { product, learningRate: rate, penalty, level: levels.warn },
      },
    ];
  },
});
