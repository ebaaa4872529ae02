import { firstLoss as lossOfFirst } from '../../inspect/diagnose/progress.ts';
import { figure, yardstick } from '../../inspect/diagnose/read.ts';
import { type BeforeCheck, fail, pass, unknown } from './check.ts';

/**
 * From how many times the loss of saying nothing on a first loss is too large. A network that knows nothing should say so: ln(classes) of a classification ("verify loss at init", Karpathy 2019, A
 * Recipe for Training Neural Networks), whatever the best constant answer has where classes are rare; a healthy one of thirty layers begins at six times that. Numbers may lie off zero, where
 * outputs begin, by some deviations.
 */
const TOO_LARGE = { classification: 8, regression: 12 } as const;

/** The loss of the first step against that of the best constant answer. */
export const firstLoss: BeforeCheck = {
  text: { en: { title: 'First loss' }, zh: { title: '首步损失' } },
  judge({ history }) {
    const [first, known] = [lossOfFirst(history), yardstick(history)];
    if (history.steps.length > 0 && !Number.isFinite(history.steps.loss[0])) return fail('The loss of the first step is not finite.');
    if (first === undefined) return unknown('No first step was taken.');
    if (known === undefined) return unknown(`The first loss is ${figure(first)}; what the best constant answer has is not known.`, { firstLoss: first });
    const evidence = { firstLoss: first, baselineLoss: known };
    const outputs = history.facts?.outputs ?? [];
    const classifies = outputs.every(({ task }) => task === 'classification');
    const level = classifies ? TOO_LARGE.classification : TOO_LARGE.regression;
    // Of several outputs and their weights the best constant answer is what is known.
    const silent = classifies && outputs.length === 1 ? Math.max(known, Math.log(Math.max(2, outputs[0]!.units))) : known;
    const words = `The first loss is ${figure(first)}, and the best constant answer has ${figure(known)}`;
    return known > 0 && first > level * silent
      ? fail(`${words}: ${classifies ? 'the network begins surer than it may be' : 'the answers begin far from the targets'}.`, { ...evidence, level })
      : pass(`${words}.`, evidence);
  },
};
