import type { OutputFacts, TargetFacts } from '../facts.ts';
import type { History } from '../history.ts';
import { endEvidence, endFraction, endWords, gravity, learnedHalf, NO_TARGETS, ofNumbers, outputsOf, SYMPTOMS, staysFinite } from './outcome.ts';
import { figure } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * Targets that mean something else than the loss takes them for. The hinge loss wants -1 and 1: of a target 0 its loss is 1 whatever the answer. Binary
 * cross entropy wants numbers from 0 to 1: beyond them it has no minimum. Both are severe by definition. Class numbers with a loss of numbers, squared error for
 * one, or divided so that binary cross entropy takes them, say that class 2 lies between 1 and 3, and ask for the mean of two classes where it is unsure: a warning where the run learned less than half of what
 * there is and classes are about equally frequent (`balance`), as counts and grades are not. Where it learned more, the answers may still be the wrong classes: those are
 * right whose error is below half a step, and it is said of classes as frequent as planned ones (`even`) where the usual error is above that.
 */
export const labelsDoNotFitLoss = rule({
  needs: [],
  levels: { mostClasses: 20, balance: 4, even: 1.5, error: 0.5 },
  remedies: ['loss'],
  explains: SYMPTOMS,
  text: {
    range: {
      en: { title: 'Labels do not fit the loss', evidence: '{loss} with targets from {min} to {max}' },
      zh: { title: '标签与损失不符', evidence: '{loss} 配上 {min} 到 {max} 的目标' },
    },
    classes: {
      en: { title: 'Classes are trained as numbers', evidence: '{loss} on {classes} classes' },
      zh: { title: '把类别当作数来训练', evidence: '{loss} 用于 {classes} 个类别' },
    },
  },
  check(history, levels) {
    const outputs = outputsOf(history);
    if (!outputs) return learnedHalf(history) ? [] : unchecked(NO_TARGETS);
    for (const output of outputs) {
      const { name, loss, targets } = output;
      const { min, max } = targets;
      const wanted = wantedTargets(output);
      if (wanted)
        return [
          {
            kind: 'range',
            severity: 'severe',
            message: `The targets of ${name} lie between ${figure(min)} and ${figure(max)}, where ${loss} wants ${wanted}.`,
            evidence: { loss, min, max },
          },
        ];
      const classes = classesOf(targets, levels);
      const severity =
        gravity(history) ?? (evenClasses(targets, levels.even) && usualError(history, output) > levels.error * stepOf(targets) ? 'warn' : undefined);
      if (!takesAmounts(output) || classes === undefined || !severity || !staysFinite(history)) continue;
      const message = `The ${classes} classes of ${name} are trained with ${loss} as if they were amounts; ${endWords(history, figure)}.`;
      return [{ kind: 'classes', severity, message, evidence: { loss, classes, min, max, ...endEvidence(history) } }];
    }
    return [];
  },
});

/** Whether the loss takes targets for amounts; a yes or no is none, and binary cross entropy has a name for what lies between. */
const takesAmounts = (output: OutputFacts & { targets: TargetFacts }): boolean =>
  ofNumbers(output) || (output.loss === 'bce_with_logits' && output.targets.kind === 'values' && output.targets.columns === 1);

/** Whether no class number has many more rows than another. */
const evenClasses = ({ kind, columns, counts = [] }: TargetFacts, even: number): boolean =>
  kind === 'values' && columns === 1 && Math.max(...counts) <= even * Math.min(...counts);

/** How far classes that were written as numbers lie apart. */
const stepOf = ({ values = [] }: TargetFacts): number => (values.length < 2 ? 1 : (values.at(-1)! - values[0]!) / (values.length - 1));

/** The error of the usual answer; 0 where the loss does not tell. */
function usualError(history: History, { loss, baselineLoss }: OutputFacts): number {
  const end = (endFraction(history) ?? 0) * (baselineLoss ?? 0);
  return loss === 'mse' ? Math.sqrt(end) : loss === 'mae' ? end : 0;
}

/** What the loss wants instead of these targets; undefined where they fit. */
function wantedTargets({ loss, targets: { kind, min, max, values } }: OutputFacts & { targets: TargetFacts }): string | undefined {
  if (kind === 'classes') return undefined;
  if (loss === 'hinge' || loss === 'squared_hinge') {
    const signs = values ? values.every((value) => Math.abs(value) === 1) : min === -1 && max === 1;
    return signs ? undefined : '-1 and 1';
  }
  if (loss === 'bce_with_logits') return min < 0 || max > 1 ? 'numbers from 0 to 1' : undefined;
  if (loss === 'softmax_cross_entropy' || loss === 'kl_div') return kind === 'values' ? 'classes, or probabilities that sum to 1' : undefined;
  return undefined;
}

/** How many classes the targets are; undefined where they are amounts. */
function classesOf(targets: TargetFacts, { mostClasses, balance }: { mostClasses: number; balance: number }): number | undefined {
  const { kind, rows, columns, counts, values, mean, variance } = targets;
  if (kind === 'classes') return counts?.length ?? 2;
  // One of several columns is 1: so documents write classes for a loss of numbers.
  if (columns > 1 && values?.join() === '0,1' && counts![1] === rows && mean * columns > 0.99) return columns;
  if (!counts || !values || columns !== 1 || values.length < 3 || values.length > mostClasses) return undefined;
  // 0, 1, 2 or 1, 2, 3; divided, 0, 1/3, 2/3, 1; standardised, whatever they began with.
  const step = stepOf(targets);
  const standardised = Math.abs(mean) < 1e-3 && Math.abs(variance - 1) < 1e-3;
  const first = standardised ? values[0]! / step : Math.round(values[0]! / step);
  const inRow = (standardised || first === 0 || first === 1) && values.every((value, i) => Math.abs(value / step - first - i) < 1e-4);
  return inRow && Math.max(...counts) <= balance * Math.min(...counts) ? values.length : undefined;
}
