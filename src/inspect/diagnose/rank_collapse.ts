import type { History } from '../history.ts';
import { hiddenTrunk } from '../places.ts';
import { endEvidence, endWords, gravity, STANDS_STILL } from './outcome.ts';
import { figure, latest } from './read.ts';
import { rule } from './rule.ts';

/**
 * The rows of a batch become alike with depth, so that the last layers cannot tell inputs apart (Daneshmand and others 2020: linear and ReLU networks lose all directions but one, whatever
 * the size of their gradient; Schoenholz and others 2017: with small weights rows become the same). Two kinds. `alike`: in the last hidden layer less than `alike` of the mean square of activations
 * differs between rows, and less than `falls` of what does in the first. At their first step 73 healthy networks of the scoreboards have 0.13 at least, and deep sigmoids 1e-10. `line`: rows differ in
 * fewer than `directions` directions there, and in more than `from` in the first layer; healthy networks of eight narrow layers begin so and learn, so it is said only after
 * `steps` steps. Units that are dead are for another rule. It needs the probe of ranks, which preflight has and runs are asked for: of a run without it nothing is said.
 */
export const rankCollapse = rule({
  needs: [],
  levels: { alike: 1e-4, falls: 0.01, directions: 1.1, from: 2, steps: 50, minLayers: 3 },
  remedies: ['batch_norm', 'residual', 'fewer_layers', 'critical_initialisation', 'activation'],
  explains: STANDS_STILL,
  text: {
    alike: {
      en: { title: 'Rows become alike with depth', evidence: '{last} of the mean square differs between rows, {first} in the first layer' },
      zh: { title: '样本随深度趋同', evidence: '样本间的差异只占均方的 {last}，第一层为 {first}' },
    },
    line: {
      en: { title: 'Rows differ in one direction', evidence: '{last} directions in the last hidden layer, {first} in the first' },
      zh: { title: '样本只在一个方向上不同', evidence: '最后一个隐藏层 {last} 个方向，第一层 {first} 个' },
    },
  },
  check(history, levels) {
    const trunk = hiddenTrunk(history);
    const severity = gravity(history);
    if (!severity || trunk.length < levels.minLayers) return [];
    const [from, to] = [trunk[0]!, trunk.at(-1)!];
    const dead = trunk.some((place) => latest(history, place, 'deadFraction', (record) => record.deadFraction)?.value === 1);
    const spread = ends(history, 'rowSpread');
    const rank = ends(history, 'effectiveRank');
    if (!spread || !rank || dead) return [];
    const found = (kind: 'alike' | 'line', { first, last, step }: Ends, level: number, words: string) => [
      {
        kind,
        severity,
        layer: to.name,
        step,
        message: `${words}; ${endWords(history, figure)}.`,
        evidence: { first, last, layers: trunk.length, ...endEvidence(history), level },
      },
    ];
    if (spread.last < levels.alike && spread.last < levels.falls * spread.first)
      return found(
        'alike',
        spread,
        levels.alike,
        `Between the rows of a batch ${figure(spread.last)} of the mean square of ${to.name} differs, and ${figure(spread.first)} of that of ${from.name}: all rows look alike`,
      );
    if (history.steps.length >= levels.steps && rank.last < levels.directions && rank.first > levels.from)
      return found(
        'line',
        rank,
        levels.directions,
        `The rows of a batch differ in ${figure(rank.last)} directions in ${to.name}, and in ${figure(rank.first)} in ${from.name}: depth leaves one number of a row`,
      );
    return [];
  },
});

interface Ends {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** A figure in the first hidden layer of the trunk and in the last, over the last looks. */
function ends(history: History, name: 'rowSpread' | 'effectiveRank'): Ends | undefined {
  const trunk = hiddenTrunk(history);
  const [first, last] = [trunk[0]!, trunk.at(-1)!].map((place) => latest(history, place, name, (record) => record[name]));
  return first && last && { first: first.value, last: last.value, step: last.step };
}
