import type { History } from '../history.ts';
import { placesOf } from '../places.ts';
import type { SampledStep } from '../steps.ts';
import { poorFrom, STANDS_STILL } from './outcome.ts';
import { activationOf, firstSampled, fractionEvidence, hasLearned, hiddenPlaces, latest, lossFraction, percent, validationFraction } from './read.ts';
import { rule, unchecked } from './rule.ts';

const WORDS = {
  en: { title: 'Activations are saturated', evidence: '{saturatedFraction} of a layer, in {layers} of {depth} layers' },
  zh: { title: '单元饱和', evidence: '一层的 {saturatedFraction}，共 {layers} 层' },
} as const;

/**
 * Share of a hidden layer's activations in the flat part (|tanh| > 0.97, sigmoid outside [0.03, 0.97], where the slope is below 6 % and 12 % of its
 * largest): above 50 % warn (SaturatedActivation of SageMaker Debugger), above 90 % severe. Trained networks saturate on purpose: the warning is for a loss that
 * is above half of its start, the severe finding for one above a tenth. What was saturated from the first step on learns rows by heart and tells nothing of new ones
 * (the chaotic phase of Schoenholz 2017): there the loss on new rows counts.
 */
export const saturated = rule({
  needs: [],
  levels: { warn: 0.5, severe: 0.9 },
  remedies: ['critical_initialisation', 'batch_norm', 'activation'],
  // What was not flat at the first step became so by what else is wrong, and rules about that explain it.
  text: { begun: WORDS, later: WORDS },
  explains: ['learning_rate_too_low', ...STANDS_STILL],
  icon: 'M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.500v9a4.500 4.500 0 0 1 0-9z',
  check(history, levels) {
    const fraction = lossFraction(history);
    const needed = hasLearned(fraction) ? Number.POSITIVE_INFINITY : (fraction ?? 1) > 0.5 ? levels.warn : levels.severe;
    const flattening = hiddenPlaces(history).some(({ activation }) => activation === 'unknown' || activationOf(activation)?.saturation);
    if ((flattening || history.layers.length === 0) && !history.steps.digest.figures.has('saturatedFraction')) return unchecked('no probe of saturation');
    const start = firstSampled(history, 'saturatedFraction');
    const first = (validationFraction(history) ?? 0) >= poorFrom(history) ? start : undefined;
    const flat = hiddenPlaces(history).flatMap((place) => {
      const now = latest(history, place, 'saturatedFraction', (record) => record.saturatedFraction);
      const begun = first && (place.recordOf(first)?.saturatedFraction ?? 0) > levels.warn;
      return now && now.value > (begun ? levels.warn : needed) ? [{ name: place.name, ...now }] : [];
    });
    if (flat.length === 0) return [];
    const worst = flat.reduce((a, b) => (b.value > a.value ? b : a));
    const begun = !start || flat.some(({ name }) => flatAt(start, history, name) > levels.warn);
    return [
      {
        kind: begun ? 'begun' : 'later',
        severity: worst.value > levels.severe ? 'severe' : 'warn',
        layer: worst.name,
        step: worst.step,
        message: `In ${worst.name} ${percent(worst.value)} of the activations are in the flat part${flat.length > 1 ? `; ${flat.length} layers are like that` : ''}.`,
        evidence: { saturatedFraction: worst.value, layers: flat.length, ...fractionEvidence(fraction), level: levels.warn },
      },
    ];
  },
});

/** The share of a layer's activations that a step showed in the flat part. */
const flatAt = (look: SampledStep, history: History, name: string): number =>
  placesOf(history)
    .find((place) => place.name === name)
    ?.recordOf(look)?.saturatedFraction ?? 0;
