import { cleanStats, figure, firstSampled, latestSampled, layerPlaces } from './read.ts';
import { rule } from './rule.ts';

/**
 * Weights that grow without end: those of a layer are `growth` times what they were at the first look, have grown at each of the last looks, at a pace at which half the run
 * makes them `recent` times as large, and are large by any measure: fan-in times mean square above `scale`, where He's initial weights have 2. Weights that grow to where they
 * are needed slow down; these do not. Of a run of fewer than `looks` looks nothing is said.
 */
export const weightsGrow = rule({
  needs: ['weight'],
  levels: { growth: 4, recent: 1.5, scale: 16, looks: 4 },
  remedies: ['learning_rate', 'l2', 'batch_norm'],
  text: {
    en: { title: 'Weights grow without end', evidence: '{growth} times their first size, {recent} times in half a run at this pace' },
    zh: { title: '权重不断增大', evidence: '为最初的 {growth} 倍，按此速度半程增至 {recent} 倍' },
  },
  icon: 'M1 10h2.500v3H1zM5.700 6.500h2.600V13H5.700zM10.500 1H13v12h-2.500z',
  check(history, levels) {
    const first = firstSampled(history, 'weight');
    const looks = latestSampled(history, 'weight');
    if (!first || looks.length < levels.looks || first.step >= looks[0]!.step) return [];
    const [from, to] = [looks[0]!.step, looks.at(-1)!.step];
    const grown = layerPlaces(history).flatMap(({ name, layer, recordOf }) => {
      if (layer.frozen) return [];
      const begun = cleanStats(recordOf(first), 'weight')?.rms ?? 0;
      const sizes = looks.flatMap((look) => cleanStats(recordOf(look), 'weight')?.rms ?? []);
      const rms = sizes.at(-1)!;
      if (sizes.length < looks.length || !(begun > 0) || sizes.some((size, i) => i > 0 && !(size > sizes[i - 1]!))) return [];
      const recent = (rms / sizes[0]!) ** (to / 2 / (to - from));
      const growth = rms / begun;
      return growth > levels.growth && recent > levels.recent && layer.fanIn * rms ** 2 > levels.scale ? [{ name, growth, recent, rms }] : [];
    });
    if (grown.length === 0) return [];
    const { name, growth, recent, rms } = grown.reduce((a, b) => (b.growth > a.growth ? b : a));
    return [
      {
        severity: 'warn',
        layer: name,
        ...(grown.length > 1 ? { layers: grown.map((each) => each.name) } : {}),
        step: to,
        message: `The weights of ${name} are ${figure(growth)} times their first size and still grow, at a pace that makes them ${figure(recent)} times as large in half a run${grown.length > 1 ? `; ${grown.length} layers do` : ''}.`,
        evidence: { growth, recent, rms, layers: grown.length, level: levels.growth },
      },
    ];
  },
});
