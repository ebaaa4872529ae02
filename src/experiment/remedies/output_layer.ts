import type { DenseDocument, Experiment, LayerDocument } from '../document.ts';
import { isActivation, outputIndex } from '../layers.ts';
import { kindOf } from '../registry/layers.ts';
import { type Remedy, withLayers } from './remedy.ts';
import { type KnownTargets, targetsOf } from './targets.ts';

export const outputLayer: Remedy = {
  text: {
    en: {
      title: 'another output layer',
      summary: 'linear, with a unit for each class or target: then it can give every answer; the loss has its own softmax or sigmoid; costs nothing',
    },
    zh: { title: '换输出层', summary: '线性，每个类别或目标一个单元，才能给出任何答案；损失自带 softmax 或 sigmoid；没有代价' },
  },
  propose(document, _finding, facts) {
    const { layers } = document.model;
    const at = outputIndex(layers);
    if (at < 0) return null;
    const functions = layers.slice(at + 1).filter(isActivation);
    const linear = layers.filter((layer, i) => i <= at || !isActivation(layer));
    const reasons = functions.length > 0 ? [`${functions.map(kindOf).join(' and ')} after the last weights bounds the answers: it is left out.`] : [];
    const output = linear[at]!;
    const targets = targetsOf(document, facts);
    const classes = classesOf(targets, isSoftmax(document));
    if (output.type === 'dense' && isSoftmax(document) && classes !== undefined && classes >= 2 && output.units !== classes) {
      linear[at] = { ...output, units: classes } satisfies DenseDocument;
      reasons.push(`Softmax needs one output for each of the ${classes} classes: ${output.units} → ${classes} units.`);
    }
    if (reasons.length === 0) return null;
    return { document: withLayers(withClasses(document, classes), linear as LayerDocument[]), why: reasons.join(' ') };
  },
};

/** Where most have no row, up to the last class that has one: a unit that is never the answer has to be talked down. */
function classesOf(targets: KnownTargets | undefined, softmax: boolean): number | undefined {
  if (targets?.kind !== 'classes') return softmax && targets?.values?.every(Number.isInteger) ? targets.values.at(-1)! + 1 : undefined;
  const { counts = [], classes } = targets;
  const used = counts.filter((count) => count > 0).length;
  return used > 0 && counts.length >= 2 * used ? counts.findLastIndex((count) => count > 0) + 1 : classes;
}

const isSoftmax = ({ loss }: Experiment): boolean => (typeof loss === 'string' ? loss : loss.name) === 'softmax_cross_entropy';

/** Class numbers that are not called so are called so: several outputs would be several numbers to predict. Where their number is given it is that of the units. */
function withClasses(document: Experiment, classes: number | undefined): Experiment {
  const { data } = document;
  const given = 'classes' in data && data.classes !== undefined;
  const counted = data.source === 'arrays' || (given && typeof data.classes === 'number');
  return counted && isSoftmax(document) && classes !== undefined ? { ...document, data: { ...data, classes } as Experiment['data'] } : document;
}
