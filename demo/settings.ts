// What the controls of the page set, and its short form in the address: only what differs from the default is written.
import { ACTIVATIONS as TABLE } from '../src/ops/activation_table.ts';

export const DATA = ['two_spirals', 'moons', 'circles', 'xor', 'blobs', 'digits', 'csv'] as const;
/** Every activation that the engine has: a new one is in the list by itself. */
export const ACTIVATIONS: readonly string[] = Object.keys(TABLE);
export const SCHEMES = ['lecun_normal', 'he_normal', 'glorot_normal', 'orthogonal'] as const;
export const SHORTCUTS = ['none', 'plain', 'scaled'] as const;
export const OPTIMIZERS = ['sgd', 'momentum', 'adam', 'adamw', 'rmsprop'] as const;

export interface Settings {
  data: (typeof DATA)[number];
  /** Noise of a generated data set. */
  noise: number;
  /** Hidden layers. */
  depth: number;
  width: number;
  activation: string;
  batchNorm: boolean;
  /** Residual connections around every hidden layer but the first; scaled means 1/sqrt(L). */
  shortcuts: (typeof SHORTCUTS)[number];
  scheme: (typeof SCHEMES)[number];
  /** Multiplies the standard deviation of the scheme. */
  gain: number;
  optimizer: (typeof OPTIMIZERS)[number];
  rate: number;
  batch: number;
  /** Largest global norm of the gradient; 0 is no clipping. */
  clip: number;
  seed: number;
  dropout: number;
  l2: number;
  earlyStopping: boolean;
}

/**
 * The first screen: fifty tanh layers at half the critical weight variance, so that delta falls by 0.7 per layer. Clipped, the mended network trains
 * smoothly. Not ReLU: there the fading signal leaves the biases alone, and they soon silence whole layers.
 */
export const DEFAULTS: Settings = {
  data: 'two_spirals',
  noise: 0.02,
  depth: 50,
  width: 48,
  activation: 'tanh',
  batchNorm: false,
  shortcuts: 'none',
  scheme: 'lecun_normal',
  gain: 0.7,
  optimizer: 'sgd',
  rate: 0.05,
  batch: 64,
  clip: 1,
  seed: 7,
  dropout: 0,
  l2: 0,
  earlyStopping: false,
};

/** Ranges of the numbers, for the controls and for what comes in from an address. */
export const RANGES: { [K in keyof Settings as Settings[K] extends number ? K : never]: { least: number; most: number; step: number } } = {
  noise: { least: 0, most: 0.5, step: 0.01 },
  depth: { least: 1, most: 100, step: 1 },
  width: { least: 2, most: 256, step: 1 },
  gain: { least: 0.1, most: 3, step: 0.01 },
  rate: { least: 0.0001, most: 1, step: 0.0001 },
  batch: { least: 1, most: 256, step: 1 },
  clip: { least: 0, most: 10, step: 0.1 },
  seed: { least: 0, most: 9999, step: 1 },
  dropout: { least: 0, most: 0.9, step: 0.05 },
  l2: { least: 0, most: 0.1, step: 0.0001 },
};

const CHOICES: Partial<Record<keyof Settings, readonly string[]>> = {
  data: DATA,
  activation: ACTIVATIONS,
  scheme: SCHEMES,
  shortcuts: SHORTCUTS,
  optimizer: OPTIMIZERS,
};

/** `depth=20&batchNorm=1`: what differs from the defaults, in their order. */
export function encodeSettings(settings: Settings): string {
  const parameters = new URLSearchParams();
  for (const key of Object.keys(DEFAULTS) as (keyof Settings)[]) {
    const value = settings[key];
    if (value !== DEFAULTS[key]) parameters.set(key, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  return parameters.toString();
}

/** The reverse. Unknown names are passed over, numbers are brought into their range: an old link still opens. */
export function decodeSettings(text: string): Settings {
  const settings: Record<string, unknown> = { ...DEFAULTS };
  for (const [key, value] of new URLSearchParams(text)) {
    if (!(key in DEFAULTS)) continue;
    const usual = DEFAULTS[key as keyof Settings];
    if (typeof usual === 'boolean') settings[key] = value === '1';
    else if (typeof usual === 'number') settings[key] = clampSetting(key as keyof typeof RANGES, Number(value), usual);
    else if (CHOICES[key as keyof Settings]?.includes(value)) settings[key] = value;
  }
  return settings as unknown as Settings;
}

/** A number inside the range of its control; `otherwise` where it is none. */
export function clampSetting(key: keyof typeof RANGES, value: number, otherwise: number): number {
  const { least, most, step } = RANGES[key];
  if (!Number.isFinite(value)) return otherwise;
  const inside = Math.max(least, Math.min(most, value));
  return step === 1 ? Math.round(inside) : inside;
}
