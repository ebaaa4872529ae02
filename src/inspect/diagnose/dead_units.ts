import type { LayerRecord } from '../history.ts';
import type { HistoryPlace } from '../places.ts';
import { learnedHalf, STANDS_STILL } from './outcome.ts';
import { activationOf, cleanStats, firstSampled, hiddenPlaces, latest, percent } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * More than half of a layer's units active in less than 1 % of the samples: warn (DeadRelu of SageMaker Debugger); severe where in such a layer
 * 70 % of the weight gradient is exactly 0 as well (AUTOTRAINER's gamma for dying ReLU), or 99 % of the units are dead. Gradient zeros alone say little: a
 * dark pixel makes them too. A batch below `minRows` is too small to call a unit dead. Quiet where the run learned more than half of what there
 * is, but for a layer of the trunk that is dead altogether: half of the units do for many a task. What was off at the first step, before any update, is no fault
 * where depth explains it (`offByDepth`).
 */
export const deadUnits = rule({
  needs: [],
  levels: { warn: 0.5, gradientZeros: 0.7, all: 0.99, minRows: 16 },
  remedies: ['activation', 'learning_rate', 'critical_initialisation'],
  text: {
    en: { title: 'Units are dead', evidence: '{deadFraction} of a layer, in {layers} of {depth} layers' },
    zh: { title: '死亡单元', evidence: '一层的 {deadFraction}，共 {layers} 层' },
  },
  explains: ['learning_rate_too_low', ...STANDS_STILL],
  icon: 'M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.600a4.400 4.400 0 1 1 0 8.800 4.400 4.400 0 0 1 0-8.800z',
  check(history, levels) {
    const figure = history.steps.digest.figures.has('deadFraction') ? 'deadFraction' : 'h';
    const dying = hiddenPlaces(history).some(({ activation }) => activation === 'unknown' || activationOf(activation)?.deadAtZero);
    if ((dying || history.layers.length === 0) && !history.steps.digest.figures.has(figure)) return unchecked('no statistics of h and no probe of dead units');
    const learned = learnedHalf(history);
    const start = firstSampled(history, figure);
    const dead = hiddenPlaces(history).flatMap((place, below) => {
      const fractionOf = (record: LayerRecord): number | undefined => deadFraction(place.width, record, levels.minRows);
      const fraction = latest(history, place, figure, fractionOf);
      if (fraction && fraction.value < levels.all && start?.step === 1) {
        const first = place.recordOf(start);
        if (fraction.value <= offByDepth(place, below + 1, (first && fractionOf(first)) ?? 0)) return [];
      }
      // Where every path passes a layer that is dead altogether, one answer is all there is, whatever the loss began with.
      if (!fraction || !(fraction.value > levels.warn) || (learned && !(place.trunk && fraction.value === 1))) return [];
      const zeros = latest(history, place, 'weight_gradient', (record) => cleanStats(record, 'weight_gradient')?.zeroFraction)?.value;
      return [{ name: place.name, ...fraction, zeros }];
    });
    if (dead.length === 0) return [];
    const worst = dead.reduce((a, b) => (b.value > a.value ? b : a));
    const severe = dead.find(({ value, zeros }) => value >= levels.all || (zeros ?? 0) >= levels.gradientZeros);
    const named = severe ?? worst;
    return [
      {
        severity: severe ? 'severe' : 'warn',
        layer: named.name,
        step: named.step,
        message: `In ${named.name} ${percent(named.value)} of the units are never active${dead.length > 1 ? `; ${dead.length} layers are like that` : ''}.`,
        evidence: {
          deadFraction: named.value,
          ...(named.zeros === undefined ? {} : { gradientZeroFraction: named.zeros }),
          layers: dead.length,
          level: levels.warn,
        },
      },
    ];
  },
});

/**
 * What may be off in the layer of a number from below, of which so much was at the first step. Behind many layers all samples look alike, and whether a unit is
 * on for them is a coin's toss: 0.40 of the units of layer 40 of a dense He network and 0.47 of layer 100 are off (simulated, 32 rows; half of l / (l + 10) is near
 * it everywhere), and of N units four deviations more.
 */
function offByDepth({ width }: HistoryPlace, number: number, first: number): number {
  const share = number / (2 * number + 20);
  const spread = Math.sqrt((share * (1 - share)) / width);
  return Math.min(first + 2 * spread, share + 4 * spread);
}

/** Share of dead units: as measured, or 1 where the whole of h is 0. */
function deadFraction(width: number, record: LayerRecord, minRows: number): number | undefined {
  const h = cleanStats(record, 'h');
  const count = h?.count ?? cleanStats(record, 'z')?.count;
  const dead = record.deadFraction ?? (h?.zeroFraction === 1 ? 1 : undefined);
  // Few rows may miss what a unit answers to, but not what a whole layer does.
  return count !== undefined && count / width < minRows && dead !== 1 ? undefined : dead;
}
