import { placesOf } from '../places.ts';
import { endEvidence, endWords, gravity, staysFinite } from './outcome.ts';
import { figure } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * Layers of weights in a row without an activation between any of them: their product is one matrix, and the network a linear model, however deep (Saxe 2014).
 * Linear models are in order where they learn, so only where less than half was learned of what there is, and in a run of `minSteps` steps whose loss stayed
 * near or below that of knowing nothing: beyond it, the learning rate comes first. Norms over features and branches that meet are not linear, and let it be quiet.
 */
export const noActivation = rule({
  needs: [],
  levels: { minSteps: 30 },
  remedies: ['add_activations'],
  explains: ['random_targets', 'class_imbalance', 'update_size/small', 'loss_stuck', 'loss_oscillating', 'overfitting', 'overtraining'],
  text: {
    en: { title: 'No activation between layers', evidence: '{layers} layers are one linear map' },
    zh: { title: '层与层之间没有激活函数', evidence: '{layers} 层合起来只是一个线性映射' },
  },
  check(history, levels) {
    if (history.layers.length === 0) return unchecked('the history does not say what its layers are');
    const hidden = placesOf(history).filter(({ role }) => role === 'hidden');
    if (hidden.length === 0 || hidden.some(({ activation, layer }) => (activation !== 'linear' && activation !== 'unknown') || !layer || layer.normalised))
      return [];
    if (hidden.some(({ activation }) => activation === 'unknown')) return unchecked('the history does not say what stands between its layers');
    const severity = gravity(history);
    if (!severity || !staysFinite(history) || history.steps.length < levels.minSteps) return [];
    const layers = history.layers.length;
    const message = `None of the ${hidden.length} hidden layers has an activation, so that ${layers} layers are one linear map; ${endWords(history, figure)}.`;
    return [{ severity, message, evidence: { layers, ...endEvidence(history) } }];
  },
});
