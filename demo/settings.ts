// What the controls of the page set, and its short form in the address: only what differs from the default is written.
import { GENERATOR_NAMES, GENERATORS, type GeneratorName, type GeneratorParam } from '../src/data/generators/index.ts';
import { ACTIVATION_TEXTS } from '../src/ops/activation_table.ts';
import { OPTIMIZER_TEXTS } from '../src/train/optimizers.ts';
import { type Exception, exceptionsIn, exceptionsOf, ownOf } from './layers/exceptions.ts';

/** Every generator that the engine has, what comes from files, and what a visitor draws or says by a formula. */
export const DATA = [...GENERATOR_NAMES, 'digits', 'drawn', 'formula', 'csv'] as const;
/** Every activation that the engine has: a new one is in the list by itself. */
export const ACTIVATIONS: readonly string[] = Object.keys(ACTIVATION_TEXTS);
export const SCHEMES = ['lecun_normal', 'he_normal', 'glorot_normal', 'orthogonal'] as const;
/** What has the weights of a hidden layer: convolutions where the data are images; of a ResNet blocks of two of them behind the first. */
export const LAYERS = ['dense', 'conv2d', 'resnet'] as const;
export const SHORTCUTS = ['none', 'plain', 'scaled'] as const;
/** Every optimizer that the engine has, by its name in documents; `momentum` is sgd with a momentum of 0.9. */
export const OPTIMIZERS: readonly string[] = Object.keys(OPTIMIZER_TEXTS).flatMap((name) => (name === 'sgd' ? [name, 'momentum'] : name));

export interface Settings {
  data: (typeof DATA)[number];
  /** Noise of a generated data set. */
  noise: number;
  /** Other params of the generator, where they are not as the page has them by itself. */
  params: Readonly<Record<string, number>>;
  /** The points of a drawn data set, as demo/plane/points.ts writes them. */
  points: string;
  /** What is true of the points of class 1 (demo/plane/formula.ts). */
  formula: string;
  /** Of the hidden layers; convolutions count for digits alone. */
  layer: (typeof LAYERS)[number];
  /** Hidden layers; of a ResNet the first and its blocks. */
  depth: number;
  width: number;
  activation: string;
  /** Hidden layers with a width or activation of their own (layers/exceptions.ts); what lies beyond the depth waits there. */
  layers: string;
  batchNorm: boolean;
  /** Residual connections around every hidden layer but the first; scaled means 1/sqrt(L). */
  shortcuts: (typeof SHORTCUTS)[number];
  scheme: (typeof SCHEMES)[number];
  /** Multiplies the standard deviation of the scheme. */
  gain: number;
  optimizer: string;
  learningRate: number;
  batch: number;
  /** Largest global norm of the gradient; 0 is no clipping. */
  clip: number;
  seed: number;
  dropout: number;
  l2: number;
  earlyStopping: boolean;
}

/**
 * The first screen: fifty tanh layers whose gain makes a factor of 0.69 per layer, so that what theory says can be checked on a calculator: 0.69 to the power
 * of 49 is 1 in 79 million. Clipped, the fixed network trains
 * smoothly. Not ReLU: there the fading signal leaves the biases alone, and they soon silence whole layers.
 */
export const DEFAULTS: Settings = {
  data: 'two_spirals',
  noise: 0.02,
  params: {},
  // Enough to begin with: the corners of a square, and which of them are alike.
  points: 'MMUQOWyyrvxp.MyUvOpyMrQxW',
  formula: 'y > sin(3 x)',
  layer: 'dense',
  depth: 50,
  width: 48,
  activation: 'tanh',
  layers: '',
  batchNorm: false,
  shortcuts: 'none',
  scheme: 'lecun_normal',
  gain: 0.6963,
  optimizer: 'sgd',
  learningRate: 0.05,
  batch: 64,
  clip: 1,
  seed: 7,
  dropout: 0,
  l2: 0,
  earlyStopping: false,
};

/** Ranges of the numbers, for the controls and for what comes in from an address. */
export const RANGES: { [K in keyof Settings as Settings[K] extends number ? K : never]: { min: number; max: number; step: number } } = {
  noise: { min: 0, max: 0.5, step: 0.01 },
  depth: { min: 1, max: 100, step: 1 },
  width: { min: 2, max: 256, step: 1 },
  gain: { min: 0.1, max: 3, step: 0.01 },
  learningRate: { min: 0.0001, max: 1, step: 0.0001 },
  batch: { min: 1, max: 256, step: 1 },
  clip: { min: 0, max: 10, step: 0.1 },
  seed: { min: 0, max: 9999, step: 1 },
  dropout: { min: 0, max: 0.9, step: 0.05 },
  l2: { min: 0, max: 0.1, step: 0.0001 },
};

const CHOICES: Partial<Record<keyof Settings, readonly string[]>> = {
  data: DATA,
  activation: ACTIVATIONS,
  layer: LAYERS,
  scheme: SCHEMES,
  shortcuts: SHORTCUTS,
  optimizer: OPTIMIZERS,
};

/** Whether the hidden layers are convolutions. */
export const convolves = ({ data, layer }: Settings): boolean => data === 'digits' && layer !== 'dense';

/** Hidden layers that may have a width or activation of their own, from the first one on: of a ResNet none, as what a block adds must fit its trunk. */
export const ownDepth = (settings: Settings): number => (convolves(settings) && settings.layer === 'resnet' ? 0 : settings.depth);

/** Whether a text says of hidden layers that there are what there is. */
function fits(text: string, settings: Settings): boolean {
  const { min, max } = RANGES.width;
  const fit = ({ to, width = min, activation }: Exception): boolean =>
    to <= ownDepth(settings) && width >= min && width <= max && (activation === undefined || ACTIVATIONS.includes(activation));
  return exceptionsIn(text)?.every(fit) ?? false;
}

/** The text without the layers that there are not. */
export const fitting = (settings: Settings): string => exceptionsOf(ownOf(settings.layers, ownDepth(settings)));

/** What a kind of layer has at most when it is chosen: convolutions of digits are deep enough with eight layers of sixteen filters, each of which counts at 64 pixels. */
const AT_MOST = { conv2d: { depth: 8, width: 16 }, resnet: { depth: 9, width: 8 } };

/** The settings that go with a kind of layer. A ResNet has shortcuts, and batch norm in its branches. */
export const settingsWith = (layer: Settings['layer'], { depth, width, shortcuts }: Settings): Partial<Settings> =>
  layer === 'dense'
    ? { layer }
    : {
        layer,
        depth: Math.min(depth, AT_MOST[layer].depth),
        width: Math.min(width, AT_MOST[layer].width),
        ...(layer === 'resnet' ? { batchNorm: true, shortcuts: shortcuts === 'none' ? 'plain' : shortcuts } : {}),
      };

/** The generator of a data set; undefined for any other. */
export const generatorOf = (data: Settings['data']): (typeof GENERATORS)[GeneratorName] | undefined =>
  Object.hasOwn(GENERATORS, data) ? GENERATORS[data as GeneratorName] : undefined;

/** Most points that are drawn: an address carries them. */
export const MOST_POINTS = 200;
/** Longest formula. */
export const MOST_CHARACTERS = 120;
/** Points of each class without which there is nothing to learn. */
export const LEAST_POINTS = 2;
/** Two characters for each point; a dot before one that is of the other class than the one before it, of which the first is 0. */
const POINTS = new RegExp(`^(\\.?[\\w-]{2}){1,${MOST_POINTS}}$`);

/** Whether they are points, enough of each class. */
export const arePoints = (points: string): boolean =>
  POINTS.test(points) && [0, 1].every((label) => points.split('.').reduce((sum, run, i) => (i % 2 === label ? sum + run.length / 2 : sum), 0) >= LEAST_POINTS);

/** Whether a choice of the page has the value, or what is written by hand is right. */
const isThere = (key: keyof Settings, value: string): boolean =>
  key === 'points' ? arePoints(value) : key === 'formula' ? value.length <= MOST_CHARACTERS : CHOICES[key]?.includes(value) === true;

/** The data that what is written by hand belongs to. */
const HAND: Partial<Record<keyof Settings, Settings['data']>> = { points: 'drawn', formula: 'formula' };

/** Where the page differs from a generator's own defaults. Two turns of the spirals are more than a deep plain network learns while one watches. */
const PARAMS: { readonly [Name in GeneratorName]?: Readonly<Record<string, number>> } = { two_spirals: { turns: 1 } };

/** Params of a data set that have a slider of their own: all but the rows, which the page sets, and the noise, which all have. With the page's values. */
export function paramsOf(data: Settings['data']): [name: string, param: GeneratorParam][] {
  const generator = generatorOf(data);
  if (!generator) return [];
  return Object.entries(generator.params).flatMap(([name, param]) =>
    name === 'rows' || name === 'noise' ? [] : [[name, { ...param, default: PARAMS[generator.name]?.[name] ?? param.default }]],
  );
}

/** `depth=20&batchNorm=1`: what differs from the defaults, in their order. */
export function encodeSettings(settings: Settings): string {
  const parameters = new URLSearchParams();
  for (const key of Object.keys(DEFAULTS) as (keyof Settings)[]) {
    const value = settings[key];
    if (key === 'layers') {
      // Only of layers that there are, so that an address asks for nothing in vain.
      const layers = fitting(settings);
      if (layers) parameters.set(key, layers);
    } else if (typeof value === 'object') for (const [name, param] of Object.entries(value)) parameters.set(`${PARAM}${name}`, String(param));
    else if (value !== DEFAULTS[key] && (HAND[key] ?? settings.data) === settings.data)
      parameters.set(key, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  return parameters.toString();
}

/** What the params of a generator begin with in an address. */
const PARAM = 'param_';

/** Names in the addresses of earlier versions. */
const OLD_NAMES: Readonly<Record<string, keyof Settings>> = { rate: 'learningRate' };

/** The reverse. Unknown names are passed over, numbers are brought into their range: an old link still opens. */
export function decodeSettings(text: string, base: Settings = DEFAULTS): Settings {
  const settings: Record<string, unknown> = { ...base };
  const given = new URLSearchParams(text);
  for (const [name, value] of given) {
    const key = OLD_NAMES[name] ?? name;
    if (!Object.hasOwn(DEFAULTS, key)) continue;
    const usual = DEFAULTS[key as keyof Settings];
    if (typeof usual === 'boolean') settings[key] = value === '1';
    else if (typeof usual === 'number') settings[key] = clampSetting(key as keyof typeof RANGES, Number(value), usual);
    else if (isThere(key as keyof Settings, value)) settings[key] = value;
  }
  const params = paramsOf(settings.data as Settings['data']).flatMap(([name, { min, max, default: usual }]) => {
    const value = given.get(`${PARAM}${name}`) ? Number(given.get(`${PARAM}${name}`)) : Number.NaN;
    return Number.isFinite(value) && value !== usual ? [[name, Math.max(min, Math.min(max, value))]] : [];
  });
  const decoded = { ...settings, params: Object.fromEntries(params) } as unknown as Settings;
  const layers = given.get('layers') ?? '';
  return fits(layers, decoded) ? { ...decoded, layers: fitting({ ...decoded, layers }) } : decoded;
}

/** What of an address there is not, as it stands there: names of choices that nobody has, numbers out of range or none. `others` are names that mean something else, `base` what it changes. */
export function notThere(text: string, others: ReadonlySet<string>, base: Settings = DEFAULTS): string[] {
  const settings = decodeSettings(text, base);
  const params = new Map(paramsOf(settings.data));
  const wrong = (name: string, value: string): boolean => {
    const key = OLD_NAMES[name] ?? name;
    if (others.has(name)) return false;
    const own = name.startsWith(PARAM) ? params.get(name.slice(PARAM.length)) : undefined;
    if (own) return !(value !== '' && Number(value) >= own.min && Number(value) <= own.max);
    if (!Object.hasOwn(DEFAULTS, key) || key === 'params') return true;
    if (key === 'layers') return !fits(value, settings);
    const usual = DEFAULTS[key as keyof Settings];
    if (typeof usual === 'boolean') return value !== '0' && value !== '1';
    if (typeof usual === 'string') return !isThere(key as keyof Settings, value);
    const { min, max } = RANGES[key as keyof typeof RANGES];
    return !(value !== '' && Number(value) >= min && Number(value) <= max);
  };
  return [...new URLSearchParams(text)].flatMap(([name, value]) => (wrong(name, value) ? [`${name}=${value}`.slice(0, 40)] : []));
}

/** Whether a name in an address is that of a setting, whatever its value. */
export const isSetting = (name: string): boolean => name.startsWith(PARAM) || Object.hasOwn(DEFAULTS, OLD_NAMES[name] ?? name);

/** A number inside the range of its control; `otherwise` where it is none. */
export function clampSetting(key: keyof typeof RANGES, value: number, otherwise: number): number {
  const { min, max, step } = RANGES[key];
  if (!Number.isFinite(value)) return otherwise;
  const inside = Math.max(min, Math.min(max, value));
  return step === 1 ? Math.round(inside) : inside;
}
