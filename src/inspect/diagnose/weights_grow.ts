import { cleanStats, figure, layerPlaces } from './read.ts';
import { rule } from './rule.ts';

/**
 * Weights that grow without end: those of a layer are `growth` times what they were at the first look, grew by `recent` since the middle of the run and at each of the last
 * looks, and are large by any measure: fan-in times mean square above `scale`, where He's initial weights have 2. Weights that grow to where they are needed slow down; these do not. Early in a run of
 * few looks nothing is said.
 */
export const weightsGrow = rule({
  needs: ['weight'],
  levels: { growth: 4, recent: 1.5, scale: 16, looks: 6 },
  remedies: ['learning_rate', 'l2', 'batch_norm'],
  text: {
    en: { title: 'Weights grow without end', evidence: '{growth} times their first size, {recent} times in the second half' },
    zh: { title: '权重不断增大', evidence: '为最初的 {growth} 倍，后半程增至 {recent} 倍' },
  },
  icon: 'M1 10h2.500v3H1zM5.700 6.500h2.600V13H5.700zM10.500 1H13v12h-2.500z',
  check(history, levels) {
    const looks = [...history.steps.sampled()];
    if (looks.length < levels.looks) return [];
    const grown = layerPlaces(history).flatMap(({ name, layer, recordOf }) => {
      if (layer.frozen) return [];
      const sizes = looks.flatMap((look) => cleanStats(recordOf(look), 'weight')?.rms ?? []);
      if (sizes.length < levels.looks) return [];
      const [first, middle, last] = [sizes[0]!, sizes[sizes.length >> 1]!, sizes.at(-1)!];
      const latest = sizes.slice(-4);
      const rising = latest.every((size, i) => i === 0 || size > latest[i - 1]!);
      const fits = rising && last > levels.growth * first && last > levels.recent * middle && layer.fanIn * last ** 2 > levels.scale;
      return fits && first > 0 ? [{ name, growth: last / first, recent: last / middle, rms: last }] : [];
    });
    if (grown.length === 0) return [];
    const { name, growth, recent, rms } = grown.reduce((a, b) => (b.growth > a.growth ? b : a));
    return [
      {
        severity: 'warn',
        layer: name,
        ...(grown.length > 1 ? { layers: grown.map((each) => each.name) } : {}),
        step: looks.at(-1)!.step,
        message: `The weights of ${name} are ${figure(growth)} times their first size, ${figure(recent)} times that of the middle of the run, and still grow${grown.length > 1 ? `; ${grown.length} layers do` : ''}.`,
        evidence: { growth, recent, rms, layers: grown.length, level: levels.growth },
      },
    ];
  },
});
