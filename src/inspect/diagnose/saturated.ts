import { hasLearned, hiddenPlaces, latest, lossShare, percent, shareEvidence } from './read.ts';
import { rule } from './rule.ts';

/**
 * Share of a hidden layer's activations in the flat part (|tanh| > 0.97, sigmoid outside [0.03, 0.97], where the slope is below 6 % and 12 % of its
 * largest): above 50 % warn (SaturatedActivation of SageMaker Debugger), above 90 % severe. Trained networks saturate on purpose: the warning is for a loss that
 * is above half of its start, the severe finding for one above a tenth.
 */
export const saturated = rule({
  needs: ['h'],
  levels: { warn: 0.5, severe: 0.9 },
  remedies: ['critical_initialisation', 'batch_norm', 'activation'],
  text: {
    en: { title: 'Activations are saturated', evidence: '{saturatedShare} of a layer, in {layers} of {depth} layers' },
    zh: { title: '单元饱和', evidence: '一层的 {saturatedShare}，共 {layers} 层' },
  },
  icon: 'M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.500v9a4.500 4.500 0 0 1 0-9z',
  check(history, levels) {
    const share = lossShare(history);
    const needed = hasLearned(share) ? Number.POSITIVE_INFINITY : (share ?? 1) > 0.5 ? levels.warn : levels.severe;
    const flat = hiddenPlaces(history).flatMap((place) => {
      const now = latest(history, place, 'saturatedShare', (record) => record.saturatedShare);
      return now && now.value > needed ? [{ name: place.name, ...now }] : [];
    });
    if (flat.length === 0) return [];
    const worst = flat.reduce((a, b) => (b.value > a.value ? b : a));
    return [
      {
        severity: worst.value > levels.severe ? 'severe' : 'warn',
        layer: worst.name,
        step: worst.step,
        message: `In ${worst.name} ${percent(worst.value)} of the activations are in the flat part${flat.length > 1 ? `; ${flat.length} layers are like that` : ''}.`,
        evidence: { saturatedShare: worst.value, layers: flat.length, ...shareEvidence(share), level: levels.warn },
      },
    ];
  },
});
