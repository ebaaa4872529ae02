// Where to start from: networks that are one click and one address each.
import { DEFAULTS, type Settings } from './settings.ts';

export interface Preset {
  id: string;
  group: 'weights' | 'networks';
  patch: Partial<Settings>;
  /** log10 of what arrives at layer 1, for its colours. */
  total: number;
}

/** The same data, depth and seed; by how large the weights are, and by kind. */
export const PRESETS: readonly Preset[] = [
  { id: 'too_small', group: 'weights', patch: {}, total: -7.9 },
  { id: 'just_right', group: 'weights', patch: { gain: 1.1857 }, total: 0 },
  { id: 'too_large', group: 'weights', patch: { gain: 2.4284 }, total: 4.7 },
  { id: 'sigmoid', group: 'networks', patch: { activation: 'sigmoid', gain: 1 }, total: -30.8 },
  { id: 'relu', group: 'networks', patch: { activation: 'relu', gain: 1 }, total: -7.4 },
  { id: 'he', group: 'networks', patch: { activation: 'relu', scheme: 'he_normal', gain: 1 }, total: 0 },
  {
    id: 'shortcuts',
    group: 'networks',
    patch: { activation: 'relu', scheme: 'he_normal', gain: 1, shortcuts: 'plain', depth: 25, learningRate: 0.01 },
    total: 3.5,
  },
  {
    id: 'resnet',
    group: 'networks',
    patch: {
      ...{ data: 'digits', layer: 'resnet', depth: 9, width: 8, activation: 'relu', batchNorm: true, shortcuts: 'plain' },
      ...{ scheme: 'he_normal', gain: 1, optimizer: 'momentum', batch: 32 },
    },
    total: 1,
  },
];

/** The settings of a preset, by its name in an address; undefined for none. */
export function presetOf(name: string | null): Settings | undefined {
  const preset = PRESETS.find(({ id }) => id === name?.replaceAll('-', '_'));
  return preset && { ...DEFAULTS, ...preset.patch };
}
