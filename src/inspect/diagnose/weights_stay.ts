import type { History } from '../history.ts';
import type { HistoryPlace } from '../places.ts';
import type { SampledStep } from '../steps.ts';
import { endWords, gravity } from './outcome.ts';
import { cleanStats, figure, fractionEvidence, hasLearned, latestSampled, layerPlaces, lossFraction, percent } from './read.ts';
import { type Found, rule } from './rule.ts';

/**
 * Weights that never change: at the last looks at which the learning rate was above zero the update of a layer was exactly zero, and no look had a gradient of it; or one that float32 weights
 * cannot hold (`applied` is the share that they could). A layer that is frozen, or stands in a branch that begins at zero, is meant to stay,
 * unless so much is kept that little is left to learn with: frozen, or at a rate of 0 (a gradient, and no update), are `kept` of all weights, and the run learned less than half of what there is.
 * `minSteps` because a first look may come before the signal does.
 */
export const weightsStay = rule({
  needs: ['update'],
  minor: true,
  levels: { applied: 0.01, minSteps: 10, looks: 3, kept: 0.5 },
  remedies: ['learning_rate', 'activation'],
  text: {
    no_update: {
      en: { title: 'Weights never change', evidence: 'no update in the last {looks} looks, {layers} layers' },
      zh: { title: '权重从不改变', evidence: '最近 {looks} 次观察均无更新，共 {layers} 层' },
    },
    rounded: {
      en: { title: 'Updates are lost to rounding', evidence: '{applied} of an update is held, {layers} layers' },
      zh: { title: '更新因舍入而丢失', evidence: '只保留更新的 {applied}，共 {layers} 层' },
    },
    kept: {
      en: { title: 'Most weights are not trained', evidence: '{share} of the weights are kept as they began, {layers} layers' },
      zh: { title: '多数权重没有训练', evidence: '{layers} 层共 {share} 的权重保持初值' },
    },
  },
  icon: 'M3 5.500V4a4 4 0 0 1 8 0v1.500h1V13H2V5.500zm1.500 0h5V4a2.500 2.500 0 0 0-5 0z',
  check(history, levels) {
    const { steps } = history;
    const looks = latestSampled(history, 'update').filter(({ learningRate, loss }) => learningRate !== 0 && Number.isFinite(loss));
    if (steps.length < levels.minSteps || looks.length < levels.looks || hasLearned(lossFraction(history))) return [];
    const stay = layerPlaces(history).flatMap((place) => {
      const { layer, name } = place;
      const held = layer.frozen || layer.residual ? undefined : heldOf(place, looks, levels.looks);
      const reached = (steps.digest.peaks[history.layers.indexOf(layer)] ?? 0) > 0;
      return held !== undefined && held < levels.applied && (held > 0 || !reached) ? [{ name, held }] : [];
    });
    if (stay.length === 0) return kept(history, looks, levels);
    const [{ name, held }] = stay as [(typeof stay)[0]];
    const kind = held > 0 ? 'rounded' : 'no_update';
    const others = stay.length > 1 ? `; so it is in ${stay.length} layers` : '';
    return [
      {
        kind,
        severity: 'warn',
        layer: name,
        ...(stay.length > 1 ? { layers: stay.map((each) => each.name) } : {}),
        step: looks.at(-1)!.step,
        message:
          kind === 'no_update'
            ? `The weights of ${name} were not changed at any of the last ${looks.length} steps that were looked at, nor had a gradient before${others}.`
            : `The updates of ${name} are so small that its weights, rounded to float32, take up next to nothing of them${others}.`,
        evidence: { layers: stay.length, looks: looks.length, applied: held, ...fractionEvidence(lossFraction(history)), level: levels.applied },
      },
    ];
  },
});

/** What is kept as it began, frozen or at a rate of 0, where it is most of a network that learned little. */
function kept(history: History, looks: readonly SampledStep[], levels: { kept: number; looks: number }): (Found & { kind: 'kept' })[] {
  const places = layerPlaces(history);
  const size = ({ layer }: (typeof places)[0]): number => layer.fanIn * layer.width;
  const still = places.filter(
    (place) =>
      place.layer.frozen ||
      (heldOf(place, looks, levels.looks) === 0 && looks.every((look) => (cleanStats(place.recordOf(look), 'weight_gradient')?.l2 ?? 0) > 0)),
  );
  const sum = (of: typeof places): number => of.reduce((total, place) => total + size(place), 0);
  const share = sum(still) / sum(places);
  if (!gravity(history) || !(share >= levels.kept) || still.length === places.length) return [];
  const names = still.map(({ name }) => name);
  return [
    {
      kind: 'kept',
      severity: 'warn',
      layer: names[0]!,
      ...(names.length > 1 ? { layers: names } : {}),
      step: looks.at(-1)!.step,
      message: `${percent(share)} of the weights are kept as they began: ${names.length > 1 ? `${names.length} layers, from ${names[0]} to ${names.at(-1)}, are` : `${names[0]} is`} frozen or trained at a rate of 0; ${endWords(history, figure)}.`,
      evidence: { layers: names.length, share, ...fractionEvidence(lossFraction(history)), level: levels.kept },
    },
  ];
}

/** The largest share of an update that the weights took up at any look, 0 where there was none; undefined where too little was looked at. */
function heldOf({ recordOf }: HistoryPlace, looks: readonly SampledStep[], least: number): number | undefined {
  const shares = looks.flatMap((look) => {
    const record = recordOf(look);
    const update = cleanStats(record, 'update');
    if (!update) return [];
    if (update.l2 === 0) return [0];
    const applied = record?.updateToWeight?.applied;
    // Where it was not measured, an update that is there counts as taken up.
    return [applied ?? 1];
  });
  return shares.length < least ? undefined : Math.max(...shares);
}
