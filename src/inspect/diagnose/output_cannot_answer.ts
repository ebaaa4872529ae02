import type { OutputFacts, TargetFacts } from '../facts.ts';
import type { History } from '../history.ts';
import { endEvidence, endFraction, endWords, gravity, knownOutputs, learnedHalf, ofNumbers, SYMPTOMS } from './outcome.ts';
import { figure } from './read.ts';
import { type Found, rule, unchecked } from './rule.ts';

type Kind = 'one_unit' | 'few_units' | 'many_units' | 'range' | 'logits' | 'dead';
type Output = OutputFacts & { targets: TargetFacts };
type Levels = { excess: number; floor: number; learned: number };

/**
 * An output layer that cannot give the answers that the loss asks for, by arithmetic: a softmax over one number is always 1; fewer units than classes; in a run that learned less than half, more
 * units that no row asks for than classes that there are, as all of them have to be talked down first; an
 * activation whose range ends short of the targets, by more than `excess` of their standard deviations, so that outliers do not count; an activation between the
 * last weights and a loss that takes logits, since the loss has its own (sigmoid before binary cross entropy: no probability below 1/2), where the least loss
 * within the range is more than `floor` of that of knowing nothing; and ReLU, which ends with no gradient at all once every answer is 0. Severity follows the
 * result: a note where the run learned all the same, but a softmax over one number is severe whatever its loss.
 */
export const outputCannotAnswer = rule({
  needs: [],
  levels: { excess: 0.5, floor: 0.1, learned: 0.25 },
  remedies: ['output_layer', 'scale_targets'],
  explains: SYMPTOMS,
  text: {
    one_unit: {
      en: { title: 'The output is always the same', evidence: 'softmax over {units} unit' },
      zh: { title: '输出永远相同', evidence: '对 {units} 个单元做 softmax' },
    },
    few_units: {
      en: { title: 'The output has too few units', evidence: '{units} units for {classes} classes' },
      zh: { title: '输出单元太少', evidence: '{classes} 个类别只有 {units} 个单元' },
    },
    many_units: {
      en: { title: 'The output has too many units', evidence: '{units} units for {classes} classes' },
      zh: { title: '输出单元太多', evidence: '只有 {classes} 个类别，却有 {units} 个单元' },
    },
    range: {
      en: { title: 'The output cannot reach the targets', evidence: '{activation}: {low} to {high}, targets {min} to {max}' },
      zh: { title: '输出够不到目标', evidence: '{activation}：{low} 到 {high}，目标 {min} 到 {max}' },
    },
    logits: {
      en: { title: 'An activation stands before the loss', evidence: '{activation} before {loss}, which wants logits' },
      zh: { title: '损失之前多了一个激活函数', evidence: '{loss} 要 logit，前面却有 {activation}' },
    },
    dead: {
      en: { title: 'The output is dead', evidence: '{activation} after the last weights, gradient 0 for {steps} steps' },
      zh: { title: '输出已死', evidence: '最后的权重之后是 {activation}，梯度为 0 已 {steps} 步' },
    },
  },
  check(history, levels) {
    if (!history.facts?.outputs) return learnedHalf(history) ? [] : unchecked('the history does not say what its outputs are');
    for (const output of history.facts.outputs) {
      const found = structural(output) ?? deadOutput(history, output) ?? tooMany(history, output);
      if (found) return [found];
    }
    for (const output of knownOutputs(history)) {
      const found = ofNumbers(output) ? outOfRange(history, output, levels) : boundedLogits(history, output, levels);
      if (found) return [found];
    }
    return [];
  },
});

type OfKind = Found & { kind: Kind };

/** What no run can mend: too few units. */
function structural({ name, loss, units, activation, targets }: OutputFacts): OfKind | undefined {
  const softmaxLoss = loss === 'softmax_cross_entropy' || loss === 'kl_div';
  if (units === 1 && (softmaxLoss || activation === 'softmax')) {
    const message = `${name} has 1 unit, and a softmax over one number is 1 whatever the number: nothing is learned, however small the loss.`;
    return { kind: 'one_unit', severity: 'severe', message, evidence: { units, loss, activation } };
  }
  const classes = targets?.kind === 'classes' ? (targets.counts?.length ?? 0) : 0;
  if (!softmaxLoss || classes <= units) return undefined;
  const message = `${name} has ${units} units for ${classes} classes.`;
  return { kind: 'few_units', severity: 'severe', message, evidence: { units, classes } };
}

/** Units of classes that no row has: each takes its part of the probability until it is talked down. */
function tooMany(history: History, { name, loss, units, targets }: OutputFacts): OfKind | undefined {
  const classes = targets?.kind === 'classes' ? targets.counts?.filter((count) => count > 0).length : undefined;
  const severity = gravity(history);
  if (loss !== 'softmax_cross_entropy' || !classes || classes < 2 || units < 2 * classes || !severity) return undefined;
  const message = `${name} has ${units} units, and the targets are of ${classes} classes: ${units - classes} units are never the answer; ${endWords(history, figure)}.`;
  return { kind: 'many_units', severity, message, evidence: { units, classes, ...endEvidence(history) } };
}

/** Answers that end at a bound of 0 for good: no gradient passes. */
function deadOutput(history: History, { name, activation, range }: OutputFacts): OfKind | undefined {
  const steps = 10;
  const norms = history.steps.gradientNorm.subarray(-steps);
  if (activation === 'linear' || range[0] !== 0 || range[1] !== Number.POSITIVE_INFINITY) return undefined;
  if (norms.length < steps || norms.some((norm) => norm !== 0) || gravity(history) === undefined) return undefined;
  const message = `Every answer of ${name} is 0 after its ${activation}, through which no gradient comes back: it was 0 in the last ${steps} steps.`;
  return { kind: 'dead', severity: 'severe', message, evidence: { activation, steps, ...endEvidence(history) } };
}

/** Targets that are numbers, and answers that end short of them. */
function outOfRange(history: History, { name, activation, range, targets }: Output, levels: Levels): OfKind | undefined {
  const [low, high] = range;
  const { min, max, variance } = targets;
  const excess = Math.max(low - min, max - high);
  if (!(excess > levels.excess * Math.sqrt(variance)) || !(excess > 0)) return undefined;
  const fraction = endFraction(history);
  return {
    kind: 'range',
    severity: gravity(history) ?? (fraction !== undefined && fraction > levels.learned ? 'warn' : 'note'),
    message: `After its ${activation} ${name} lies ${rangeWords(range)}, and its targets between ${figure(min)} and ${figure(max)}; ${endWords(history, figure)}.`,
    evidence: { activation, ...bounds(range), min, max, ...endEvidence(history) },
  };
}

/** Losses that take logits, and answers that are no logits. */
function boundedLogits(history: History, output: Output, levels: Levels): OfKind | undefined {
  const { name, loss, activation, range, baselineLoss } = output;
  const least = leastLoss(output);
  if (activation === 'linear' || least === undefined) return undefined;
  const floor = baselineLoss === undefined || baselineLoss <= 0 ? undefined : least / baselineLoss;
  // Of leaky ReLU nothing is bounded. ReLU lets a softmax tell classes apart, at the price of units that die.
  const cut = range[0] === 0 && range[1] === Number.POSITIVE_INFINITY;
  if (!cut && !(floor !== undefined && floor > levels.floor)) return undefined;
  const severity = gravity(history) ?? (neverAnswered(history, output) > 0 ? 'warn' : 'note');
  const message = `${loss} takes logits, any numbers, but after its ${activation} ${name} lies ${rangeWords(range)}${
    floor === undefined || least === 0 ? '' : `: the loss cannot fall below ${figure(least)}`
  }; ${endWords(history, figure)}.`;
  return { kind: 'logits', severity, message, evidence: { loss, activation, ...bounds(range), leastLoss: least, ...endEvidence(history) } };
}

/** The least loss that answers within the range can have on these targets; undefined for a loss that takes no logits. */
function leastLoss({ loss, units, range: [low, high], targets: { mean } }: Output): number | undefined {
  const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  if (loss === 'softmax_cross_entropy' || loss === 'kl_div') return Math.log1p((units - 1) * Math.exp(low - high));
  if (loss === 'bce_with_logits') return mean * softplus(-high) + (1 - mean) * softplus(low);
  if (loss === 'hinge') return ((1 + mean) / 2) * Math.max(0, 1 - high) + ((1 - mean) / 2) * Math.max(0, 1 + low);
  if (loss === 'squared_hinge') return ((1 + mean) / 2) * Math.max(0, 1 - high) ** 2 + ((1 - mean) / 2) * Math.max(0, 1 + low) ** 2;
  return undefined;
}

/** Classes that were no answer at the end, though there are rows of them. */
function neverAnswered({ validations, predictedClasses }: History, { targets: { counts } }: Output): number {
  const predicted = validations.at(-1)?.predictedClasses ?? predictedClasses;
  return predicted && counts ? predicted.filter((count, i) => count === 0 && (counts[i] ?? 0) > 0).length : 0;
}

const rangeWords = ([low, high]: OutputFacts['range']): string =>
  high === Number.POSITIVE_INFINITY
    ? `above ${figure(low)}`
    : low === Number.NEGATIVE_INFINITY
      ? `below ${figure(high)}`
      : `between ${figure(low)} and ${figure(high)}`;

/** A bound that is infinite cannot be written down as a number. */
const bounds = ([low, high]: OutputFacts['range']): { low: number | string; high: number | string } => ({
  low: Number.isFinite(low) ? low : String(low),
  high: Number.isFinite(high) ? high : String(high),
});
