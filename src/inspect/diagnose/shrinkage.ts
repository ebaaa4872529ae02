// What a penalty or decay did to the weights, and the rule that L1 and L2 share.
import type { History } from '../history.ts';
import { endEvidence, endWords, learnedHalf, ofPoorRuns } from './outcome.ts';
import { cleanStats, figure, firstSampled, latestSampled, percent, startingLoss } from './read.ts';
import type { CannotJudge, Found } from './rule.ts';

/** Mean size of a normal number over its standard deviation. */
const MEAN_OF_NORMAL = Math.sqrt(2 / Math.PI);

/** How weights fared under a pull towards zero. */
export interface Shrinkage {
  /** The norm of the weights at the last look as a share of that at the first. */
  left: number;
  /** The pull as a share of the data gradient, both as norms over these layers, at the first look: near the end the two balance, however strong the pull. */
  pull: number;
  /**
   * What weights of the usual size cost, as a share of the loss of knowing nothing: from 1 on no answer is worth its weights. The usual size is that of the first look,
   * or He's variance of 2 / fan-in where it is smaller. NaN where it is not known.
   */
  price: number;
  /** The steps of the first and the last look. */
  from: number;
  to: number;
}

/** Over the layers with a penalty; undefined where their weights and gradients were not looked at twice. */
export function shrinkage(history: History, penalty: (name: string) => { l1?: number; l2?: number }): Shrinkage | undefined {
  const first = firstSampled(history, 'weight');
  const last = latestSampled(history, 'weight').at(-1);
  if (!first || !last || last.step === first.step) return undefined;
  let [before, after, pull, gradient, cost] = [0, 0, 0, 0, 0];
  history.layers.forEach(({ name, fanIn, frozen }, at) => {
    const { l1 = 0, l2 = 0 } = penalty(name);
    const [then, now] = [first, last].map((look) => cleanStats(look.layers[at], 'weight'));
    if (frozen || l1 + l2 === 0 || !then || !now) return;
    before += then.l2 ** 2;
    after += now.l2 ** 2;
    pull += (l2 * then.l2) ** 2 + l1 ** 2 * then.count;
    cost += costOf(then, fanIn, { l1, l2 });
    gradient += (cleanStats(first.layers[at], 'weight_gradient')?.l2 ?? Number.NaN) ** 2;
  });
  if (!(before > 0)) return undefined;
  return {
    left: Math.sqrt(after / before),
    pull: Math.sqrt(pull / gradient),
    price: cost / (startingLoss(history) ?? Number.NaN),
    from: first.step,
    to: last.step,
  };
}

/** What weights of the usual size cost: that of a look, or He's variance of 2 / fan-in where it is smaller. */
function costOf({ count, rms }: { count: number; rms: number }, fanIn: number, { l1 = 0, l2 = 0 }: { l1?: number; l2?: number }): number {
  const usual = Math.min(rms, usualSize(fanIn));
  return count * ((l2 / 2) * usual ** 2 + l1 * MEAN_OF_NORMAL * usual);
}

/** The size of weights that keep a signal as it is. */
export const usualSize = (fanIn: number): number => Math.sqrt(2 / fanIn);

/** The price before the first step, as `Shrinkage` has it; NaN where weights or the loss of knowing nothing are not known. */
export function priceOfWeights(history: History, penalty: (name: string) => { l1?: number; l2?: number }): number {
  const first = firstSampled(history, 'weight');
  let cost = 0;
  history.layers.forEach(({ name, fanIn, frozen }, at) => {
    const { l1 = 0, l2 = 0 } = penalty(name);
    if (frozen || l1 + l2 === 0) return;
    const weight = cleanStats(first?.layers[at], 'weight');
    cost += weight ? costOf(weight, fanIn, { l1, l2 }) : Number.NaN;
  });
  return cost / (startingLoss(history) ?? Number.NaN);
}

/**
 * Weights with a penalty that shrank, in a run that learned less than half of what there is, where the penalty could do that. Either below `left` of their norm, and at
 * the first look its gradient, lambda W or lambda sign(W), was at least `pull` of that of the data; usual ones, 1e-4 to 1e-3, pull with some thousandths. Or below
 * `shrunk`, and weights of the usual size cost more than `price` of all that there is to be won: then the sum of both is least where little is learned.
 * Where they cost three times that, a run that lost again what it had learned is one too: how much it has at its last steps is chance.
 */
export function penaltyTooStrong(history: History, which: 'l1' | 'l2', levels: PenaltyLevels): (Found & { kind?: never })[] | CannotJudge {
  const penalties = new Map((history.facts?.layers ?? []).map((layer) => [layer.name, layer[which]]));
  const penalty = Math.max(0, ...penalties.values());
  const judge = (severity: 'severe' | 'warn', least = 0): (Found & { kind?: never })[] => {
    const shrunk = penalty > 0 ? shrinkage(history, (name) => ({ [which]: penalties.get(name) ?? 0 })) : undefined;
    if (!shrunk || !dominates(shrunk, levels) || (least > 0 && !(shrunk.price >= least))) return [];
    const begun = history.steps.at(0);
    const message = `Under an ${which.toUpperCase()} penalty of ${figure(penalty)} the weights shrank to ${percent(shrunk.left)} of their size between steps ${shrunk.from} and ${shrunk.to}, and its gradient began as ${figure(shrunk.pull)} times that of the data; ${endWords(history, figure)}.`;
    const atStart: Record<string, number> = begun && begun.regularizationLoss < Infinity ? { penaltyLoss: begun.regularizationLoss, dataLoss: begun.loss } : {};
    return [
      {
        severity,
        step: shrunk.to,
        message,
        evidence: { penalty, left: shrunk.left, pull: shrunk.pull, ...priceEvidence(shrunk), ...atStart, ...endEvidence(history) },
      },
    ];
  };
  if (learnedHalf(history) && isLostAgain(history)) return judge('warn', UNAFFORDABLE);
  return ofPoorRuns(history, history.facts, 'penalties', (_, severity) => judge(severity));
}

/** Price from which on no answer is worth its weights, by far. */
const UNAFFORDABLE = 3;
/** How many times its lowest the loss rises to, and by what share of that of knowing nothing, where what was learned is lost again. */
const [TIMES, SHARE] = [2, 0.15];

/** Whether the mean loss of the later half is far above the lowest mean of ten steps before. */
function isLostAgain(history: History): boolean {
  const { loss } = history.steps;
  const start = startingLoss(history);
  const half = loss.length >> 1;
  if (start === undefined || half < 20) return false;
  const mean = (from: number, to: number): number => loss.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  let lowest = Number.POSITIVE_INFINITY;
  for (let from = 0; from + 10 <= half; from += 10) lowest = Math.min(lowest, mean(from, from + 10));
  const later = mean(half, loss.length);
  return later > TIMES * lowest && later > lowest + SHARE * start;
}

/** The price as evidence, where it is known: a log need not say how large weights are. */
export const priceEvidence = ({ price }: Shrinkage): { price?: number } => (Number.isFinite(price) ? { price } : {});

/** Levels of the rules about penalties. */
export interface PenaltyLevels {
  left: number;
  pull: number;
  shrunk: number;
  price: number;
}

export const PENALTY_LEVELS: PenaltyLevels = { left: 0.6, pull: 0.1, shrunk: 0.9, price: 1 };

/** Whether a penalty wins against the data: by what it did and could do, or by what it costs. */
export const dominates = ({ left, pull, price }: Shrinkage, levels: PenaltyLevels): boolean =>
  (left <= levels.left && pull >= levels.pull) || (left <= levels.shrunk && price >= levels.price);
