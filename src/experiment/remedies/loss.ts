import { rounded } from '../../format.ts';
import type { Experiment } from '../document.ts';
import { isActivation, outputIndex } from '../layers.ts';
import { nearestLevel } from '../levels.ts';
import { buildLoss, type LossName } from '../registry/losses.ts';
import { buildMetric } from '../registry/metrics.ts';
import { type Proposal, type Remedy, withLayers } from './remedy.ts';
import { type KnownTargets, targetsOf } from './targets.ts';

const MARGIN: readonly LossName[] = ['hinge', 'squared_hinge'];
const DISTANCE: readonly LossName[] = ['mse', 'mae', 'huber'];

export const loss: Remedy = {
  text: {
    en: { title: 'another loss', summary: 'one that is made for such targets; its figures are in another unit, so compare accuracies' },
    zh: { title: '换损失函数', summary: '适合这类目标的损失；数值单位不同，请比较准确率' },
  },
  propose(document, finding, facts) {
    const targets = targetsOf(document, facts);
    if (!targets) return null;
    const name = typeof document.loss === 'string' ? document.loss : document.loss.name;
    const two = targets.kind === 'values' && targets.values?.length === 2 ? targets.values.join() : undefined;
    if (MARGIN.includes(name) && two === '0,1')
      return {
        document: { ...document, loss: 'bce_with_logits' },
        why: `${name} wants labels of -1 and 1, and these are 0 and 1: binary cross entropy wants those.`,
      };
    if (name === 'bce_with_logits' && two === '-1,1')
      return {
        document: { ...document, loss: 'hinge' },
        why: 'Binary cross entropy wants labels of 0 and 1, and these are -1 and 1: the hinge loss wants those.',
      };
    if (targets.kind === 'classes' && DISTANCE.includes(name)) return crossEntropy(document, name, targets);
    if (finding?.kind === 'classes' && targets.values) return asClasses(document, name, targets.values);
    const classification = name === 'softmax_cross_entropy' || name === 'bce_with_logits' || MARGIN.includes(name);
    if (targets.kind === 'values' && classification && !targets.values?.every(Number.isInteger))
      return { document: withLoss(document, 'mse'), why: `${name} is for classes, and these targets are numbers: the squared error is made for them.` };
    return null;
  },
};

/** Numbers that stand for classes, as classes: where the rows are in the document, since a table's targets may be written in any way. */
function asClasses(document: Experiment, name: LossName, values: readonly number[]): Proposal | null {
  const { data } = document;
  if (data.source !== 'arrays') return null;
  const renamed = { ...data, y: (data.y as number[]).map((y) => nearestLevel(values, y)), classes: values.length } as Experiment['data'];
  const proposal = crossEntropy({ ...document, data: renamed }, name, { kind: 'classes', classes: values.length });
  return (
    proposal && {
      ...proposal,
      why: `${proposal.why} The numbers ${values.map((value) => rounded(value, 3)).join(', ')} become classes 0 to ${values.length - 1}.`,
    }
  );
}

/** Classes with the loss for them: logits of as many units, without a function after the last weights. */
function crossEntropy(document: Experiment, name: LossName, { classes }: KnownTargets): Proposal | null {
  const { layers } = document.model;
  const at = outputIndex(layers);
  const output = layers[at];
  if (output?.type !== 'dense' || classes === undefined) return null;
  const rest = layers.slice(at + 1);
  const fixed = [...layers.slice(0, at), { ...output, units: classes }, ...rest.filter((layer) => !isActivation(layer))];
  const more = rest.some(isActivation) ? ' It takes the outputs before their function, which is left out.' : '';
  return {
    document: withLoss(withLayers(document, fixed), 'softmax_cross_entropy'),
    why: `${name} takes classes for amounts, of which one lies between two others; cross entropy's gradient does not fade where an answer is wrong.${more}`,
  };
}

/** Another loss, without the metrics that make no sense of its answers. */
function withLoss({ metrics = [], ...document }: Experiment, name: LossName): Experiment {
  const { task } = buildLoss(name);
  const fitting = metrics.filter((metric) => [undefined, task].includes(buildMetric(metric).task));
  return { ...document, loss: name, ...(fitting.length > 0 ? { metrics: fitting } : {}) };
}
