// Lines of the loop of a short program of PyTorch, for what a document says beside its layers: penalties and the learning rate. What no short program says is named.
import type { Experiment, LayerDocument, OptimizerDocument } from '../experiment/document.ts';
import { outputIndex } from '../experiment/layers.ts';
import { innerLists, roleOf } from '../experiment/registry/layers.ts';
import schedulesPy from './python/schedules.py?raw';
import { pythonOf } from './python_text.ts';
import { torchSchedule } from './pytorch_schedule.ts';

interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** The penalties of all layers with weights, in order. */
const penaltiesIn = (layers: readonly LayerDocument[]): Penalty[] =>
  layers.flatMap((layer) => {
    const { l1 = 0, l2 = 0 } = layer as Partial<Penalty>;
    return roleOf(layer) === 'weights' ? [{ l1, l2 }] : innerLists(layer).flatMap(({ list }) => penaltiesIn(list));
  });

const isSame = (a: Penalty, b: Penalty): boolean => a.l1 === b.l1 && a.l2 === b.l2;

/** The penalty that all weights have, or all but those of the output; undefined where that is not so. */
function commonPenalty(layers: readonly LayerDocument[]): (Penalty & { output: boolean }) | undefined {
  const all = penaltiesIn(layers);
  const [first, last] = [all[0] ?? { l1: 0, l2: 0 }, all.at(-1) ?? { l1: 0, l2: 0 }];
  if (all.every((each) => isSame(each, first))) return { ...first, output: true };
  const hidden = all.slice(0, -1).every((each) => isSame(each, first)) && isSame(last, { l1: 0, l2: 0 }) && outputIndex(layers) >= 0;
  return hidden ? { ...first, output: false } : undefined;
}

/** What a document says that no short program does: the exported project has it. */
export function tooLong({ model, optimizer, training }: Experiment): string[] {
  const { schedule, groups = [] } = optimizer;
  const found = [
    ...(commonPenalty(model.layers) ? [] : ['l1 and l2 that differ from layer to layer']),
    ...(groups.length > 0 ? ['optimizer.groups'] : []),
    ...(torchSchedule(schedule, optimizer.learningRate).plateau ? ['a plateau, which looks at validations'] : []),
    ...((training.accumulate ?? 1) > 1 ? ['training.accumulate'] : []),
    ...(training.average ? ['training.average'] : []),
  ];
  return found.map((what) => `${what}: \`fathom export --pytorch\` writes it, in a folder of files`);
}

/** Adds the penalties of weights to their gradients. A shortcut across a change of width has none. */
export function penaltyLines(layers: readonly LayerDocument[]): string[] {
  const { l1, l2, output } = commonPenalty(layers)!;
  if (l1 === 0 && l2 === 0) return [];
  return [
    '    with torch.no_grad():',
    `        for weight in [p for name, p in model.named_parameters() if p.dim() > 1 and "shortcut" not in name]${output ? '' : '[:-1]'}:`,
    ...(l2 > 0 ? [`            weight.grad.add_(weight, alpha=${pythonOf(l2)})`] : []),
    ...(l1 > 0 ? [`            weight.grad.add_(weight.sign(), alpha=${pythonOf(l1)})`] : []),
  ];
}

/** The functions of schedules.py by name. */
const functions = (): Map<string, string> =>
  new Map(
    schedulesPy.split(/\n\n\n(?=def |class )/).flatMap((text) => (/^def (\w+)/.test(text) ? [[/^def (\w+)/.exec(text)![1]!, text.trim()] as const] : [])),
  );

/** The function that gives a step's learning rate, with those that it needs, and the lines that set it; none without a schedule. */
export function scheduleLines({ schedule, learningRate }: OptimizerDocument): { before: string[]; inLoop: string[] } {
  if (!schedule) return { before: [], inLoop: [] };
  const { factor } = torchSchedule(schedule, learningRate);
  const known = functions();
  const names = [...known.keys()].join('|');
  // One that is called `step` must not be hidden by a step's number.
  const own = (text: string): string =>
    text.replace(
      new RegExp(`\\bschedules\\.(${names})\\b|(?<=def |return |=)(${names})(?=\\(|\\))`, 'g'),
      (_, of: string, bare: string) => `schedule_${of ?? bare}`,
    );
  const needed = new Map<string, string>();
  const need = (text: string): void => {
    for (const [, name] of text.matchAll(/\bschedule_(\w+)/g))
      if (!needed.has(name!)) {
        needed.set(name!, own(known.get(name!)!));
        need(needed.get(name!)!);
      }
  };
  need(own(factor));
  const texts = [...needed.values()].reverse();
  return {
    before: [...texts.flatMap((text) => [...text.split('\n'), '']), 'def learning_rate(step):', `    return ${pythonOf(learningRate)} * ${own(factor)}`, ''],
    inLoop: ['    for group in optimizer.param_groups:', '        group["lr"] = learning_rate(step - 1)'],
  };
}
