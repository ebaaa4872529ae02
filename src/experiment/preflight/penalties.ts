import { RULES } from '../../inspect/diagnose/index.ts';
import { figure } from '../../inspect/diagnose/read.ts';
import { priceOfWeights, usualSize } from '../../inspect/diagnose/shrinkage.ts';
import type { TrainingFacts } from '../../inspect/facts.ts';
import type { History } from '../../inspect/history.ts';
import { OPTIMIZER_FEATURES } from '../registry/optimizers.ts';
import { NOT_LOOKED_AT } from './by_rules.ts';
import { type Answer, type BeforeCheck, fail, pass, unknown } from './check.ts';

/**
 * From how many times the loss of knowing nothing on the penalty of ordinary weights is too large: from 1 on no answer is worth its weights. On the scoreboards (tests/diagnosis) healthy
 * networks pay 0.45 at most, those with too strong a penalty 4.7 at least.
 */
const PRICE = 2;

/** What pulls at the weights against what there is to be won, which penalties and decay decide before any step is taken. */
export const penalties: BeforeCheck = {
  text: { en: { title: 'Penalties' }, zh: { title: '惩罚项' } },
  judge({ history }) {
    const { layers = [], training } = history.facts ?? {};
    if (!training) return unknown('The history does not say how its weights are trained.');
    const decay = training.weightDecay;
    const of = (which: 'l1' | 'l2') => (name: string) => ({ [which]: layers.find((layer) => layer.name === name)?.[which] ?? 0 });
    const asked = (
      [
        { rule: 'l1_too_strong', what: 'L1 penalties', penalty: of('l1'), there: layers.some(({ l1 }) => l1 > 0) },
        { rule: 'l2_too_strong', what: 'L2 penalties', penalty: of('l2'), there: layers.some(({ l2 }) => l2 > 0) },
        { rule: 'weight_decay_too_strong', what: 'weight decay', penalty: () => ({ l2: decay }), there: decay > 0 && !training.decoupled },
      ] as const
    ).filter(({ there }) => there);
    if (asked.length === 0) return decoupled(history, training);
    const priced = asked.map(({ rule, what, penalty }) => ({ rule, what, price: priceOfWeights(history, penalty) }));
    const { rule, what, price } = priced.reduce((a, b) => (b.price > a.price ? b : a));
    if (Number.isNaN(price)) return NOT_LOOKED_AT;
    const words = `Weights of the usual size cost ${figure(price)} times what there is to be won, by ${what}`;
    if (price > PRICE) return fail(`${words}: the sum of both is least where little is learned.`, { rule, price, level: PRICE }, [...RULES[rule].remedies]);
    return training.decoupled && decay > 0 ? decoupled(history, training) : pass(`${words}.`, { price });
  },
};

/** Decay apart from the gradient takes rate times decay of a weight off while a step adds about the rate at most: no weight stays above 1 / decay. */
function decoupled({ layers }: History, { optimizer, weightDecay }: TrainingFacts): Answer {
  if (weightDecay === 0) return pass('Nothing pulls at the weights but the data.');
  const known = Object.hasOwn(OPTIMIZER_FEATURES, optimizer) ? OPTIMIZER_FEATURES[optimizer] : undefined;
  if (!known?.byRate) return pass(`A weight decay of ${figure(weightDecay)} pulls at the weights.`, { weightDecay });
  const bound = 1 / weightDecay;
  const usual = Math.min(...layers.filter(({ frozen, fanIn }) => !frozen && fanIn > 0).map(({ fanIn }) => usualSize(fanIn)));
  const words = `A weight decay of ${figure(weightDecay)} holds every weight below ${figure(bound)}`;
  return bound < usual
    ? fail(`${words}, where weights of the usual size are ${figure(usual)} or more.`, { rule: 'weight_decay_too_strong', weightDecay, bound, usual }, [
        ...RULES.weight_decay_too_strong.remedies,
      ])
    : pass(`${words}; weights of the usual size are ${figure(usual)} or more.`, { weightDecay, bound, usual });
}
