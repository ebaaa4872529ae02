// Ways to break a healthy network: one change of the controls each, tried beside the network as it is.
import { RANGES, type Settings } from './settings.ts';

export interface Break {
  /** Its words are remedy_<id> and effect_<id>. */
  id: string;
  patch: Partial<Settings>;
}

/** What breaks these settings; changes that would change nothing are left out. */
export function breaksOf({ depth, gain, activation, shortcuts, rate }: Settings): Break[] {
  const inside = (key: 'gain' | 'rate' | 'depth', value: number): number => Math.min(RANGES[key].most, Number(value.toPrecision(3)));
  const all: (Break & { applies: boolean })[] = [
    { id: 'small_weights', patch: { gain: inside('gain', gain / 2) }, applies: shortcuts === 'none' },
    { id: 'large_weights', patch: { gain: inside('gain', gain * 1.5), clip: 0 }, applies: true },
    { id: 'sigmoid', patch: { activation: 'sigmoid', scheme: 'glorot_normal', gain: 1 }, applies: activation !== 'sigmoid' },
    { id: 'deeper', patch: { depth: inside('depth', depth * 4) }, applies: depth <= RANGES.depth.most / 4 },
    { id: 'plain_shortcuts', patch: { shortcuts: 'plain' }, applies: shortcuts !== 'plain' && depth > 1 },
    { id: 'high_rate', patch: { rate: inside('rate', rate * 30), clip: 0 }, applies: rate < RANGES.rate.most },
  ];
  return all.filter(({ applies }) => applies);
}
