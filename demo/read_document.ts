// Experiment document to controls, loaded when a document comes from elsewhere: a file, or a remedy. The controls can say only part of what a document can: one
// that they cannot say is kept whole and run as it is, and the controls then show what they can read of it.
import { type CsvFile, documentOf, type ExperimentDocument, type LayerDocument } from './document.ts';
import { exceptionsOf, type Own } from './layers/exceptions.ts';
import { DEFAULTS, paramsOf, type Settings } from './settings.ts';

/** The settings whose document this is, or null where the controls cannot say it. `like` are those from which it was made. */
export function settingsOf(document: ExperimentDocument, csv?: CsvFile | null, like?: Settings): Settings | null {
  const guess = { ...guessSettings(document, like), ...(document.data?.source === 'csv' ? csv?.of : undefined) };
  return same(essence(documentOf(guess, csv)), essence(document)) ? guess : null;
}

/** Whether the weights of one document fit the network of another. */
export function sameModel(a: ExperimentDocument, b: ExperimentDocument): boolean {
  const shape = ({ data, model }: ExperimentDocument): unknown => [data, flatten(model?.layers ?? []).map(plain)];
  return same(shape(a), shape(b));
}

/** What the most of a list are; where `wont` is among them, that. */
function common<T>(list: readonly T[], wont?: T): T | undefined {
  if (wont !== undefined && list.includes(wont)) return wont;
  const counts = new Map<T, number>();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  return list.reduce<T | undefined>((most, each) => (most === undefined || counts.get(each)! > counts.get(most)! ? each : most), undefined);
}

/** Width of each layer of a type, and the activation that comes after it and before the next. */
function ownIn(flat: readonly LayerDocument[], type: string): Own[] {
  const found: Own[] = [];
  for (const layer of flat) {
    const last = found.at(-1);
    if (layer.type === type) found.push({ width: Number(layer.units ?? layer.filters) || DEFAULTS.width });
    else if (last && layer.type === 'activation') last.activation ??= String(layer.name);
  }
  return found;
}

/** What the controls can read of a document; defaults for the rest. Never fails: documents come from files. */
export function guessSettings(document: ExperimentDocument, like?: Settings): Settings {
  const flat = flatten(document.model?.layers ?? []);
  const convolutions = flat.filter((layer) => layer.type === 'conv2d');
  const hidden = convolutions.length > 0 ? convolutions : flat.filter((layer) => layer.type === 'dense').slice(0, -1);
  const first = hidden[0];
  const initializer = readInitializer(first?.initializer);
  const residuals = flat.filter((layer) => layer.type === 'residual');
  const [residual] = residuals;
  const pairs = (residual?.layers ?? []).filter((layer) => layer.type === 'conv2d').length > 1;
  const params = (document.data?.params ?? {}) as Record<string, number>;
  const data = (document.data?.source === 'generator' ? document.data.name : document.data?.source) as Settings['data'];
  const optimizer = document.optimizer ?? { name: 'sgd', learningRate: DEFAULTS.learningRate };
  const training = document.training ?? {};
  const own = convolutions.length > 0 ? ownIn(flat, 'conv2d') : ownIn(flat, 'dense').slice(0, -1);
  const width =
    common(
      own.map((each) => each.width),
      like?.width,
    ) ?? DEFAULTS.width;
  const activation =
    common(
      own.flatMap((each) => each.activation ?? []),
      like?.activation,
    ) ?? 'linear';
  return {
    data,
    noise: params.noise ?? DEFAULTS.noise,
    params: Object.fromEntries(
      paramsOf(data).flatMap(([name, param]) => (params[name] === undefined || params[name] === param.default ? [] : [[name, params[name]]])),
    ),
    points: DEFAULTS.points,
    formula: DEFAULTS.formula,
    layer: pairs ? 'resnet' : convolutions.length > 0 ? 'conv2d' : 'dense',
    depth: Math.max(1, pairs ? residuals.length + 1 : hidden.length),
    width,
    activation,
    layers: pairs
      ? ''
      : exceptionsOf(
          own.map((each) => ({
            ...(each.width === width ? {} : { width: each.width }),
            ...(each.activation === undefined || each.activation === activation ? {} : { activation: each.activation }),
          })),
        ),
    batchNorm: flat.some((layer) => layer.type === 'batch_norm'),
    shortcuts: residual ? ((residual.scale ?? 1) === 1 ? 'plain' : 'scaled') : 'none',
    scheme: initializer.scheme,
    gain: initializer.gain,
    optimizer: (optimizer.name === 'sgd' && optimizer.momentum ? 'momentum' : optimizer.name) as Settings['optimizer'],
    learningRate: Number(optimizer.learningRate),
    batch: Number(training.batchSize ?? DEFAULTS.batch),
    clip: (optimizer.clip as { norm?: number } | undefined)?.norm ?? 0,
    seed: document.seed ?? DEFAULTS.seed,
    dropout: Number(flat.find((layer) => layer.type === 'dropout')?.rate ?? 0),
    l2: Number(first?.l2 ?? 0),
    earlyStopping: 'earlyStopping' in training && Boolean(training.earlyStopping),
  };
}

/** Initial values in the controls' words: a variance of s / fan-in is He where s is 2, else 1/fan-in with a gain. */
function readInitializer(initializer: unknown): { scheme: Settings['scheme']; gain: number } {
  const {
    scheme = 'he_normal',
    gain = 1,
    scale = 1,
    mode = 'fan_in',
    distribution = 'normal',
  } = (initializer ?? {}) as { scheme?: string; gain?: number; scale?: number; mode?: string; distribution?: string };
  if (scheme !== 'variance_scaling' || mode !== 'fan_in' || distribution !== 'normal') return { scheme: scheme as Settings['scheme'], gain };
  return Math.abs(scale - 2) < 1e-3 ? { scheme: 'he_normal', gain } : { scheme: 'lecun_normal', gain: Number((gain * Math.sqrt(scale)).toFixed(4)) };
}

/** All layers in order, repeats unrolled; a residual stands before its branch. */
function flatten(layers: LayerDocument[]): LayerDocument[] {
  return layers.flatMap((layer) => {
    const inner = layer.layers ? flatten(layer.layers) : [];
    if (layer.type === 'repeat') return Array.from({ length: Math.min(1000, Number(layer.times)) }, () => inner).flat();
    return layer.type === 'residual' ? [layer, ...inner] : [layer];
  });
}

/** What decides a run: names, descriptions and versions do not, nor how often the page looks, nor repeats against the same layers written out. */
function essence(document: ExperimentDocument): unknown {
  const { format: _format, name: _name, description: _description, probes: _probes, training, model, ...rest } = document;
  const { epochs: _epochs, steps: _steps, validateEvery: _every, onNonFinite = 'stop', ...decisive } = training ?? {};
  return { ...rest, layers: flatten(model?.layers ?? []).map(plain), training: { ...decisive, onNonFinite } };
}

/** A layer with its initial values in one form and without the defaults that a document may write out. */
function plain({ layers: _layers, initializer, ...layer }: LayerDocument): LayerDocument {
  return {
    ...layer,
    ...(layer.type === 'dense' || layer.type === 'conv2d' ? { initializer: readInitializer(initializer) } : {}),
    ...(layer.type === 'residual' ? { scale: layer.scale ?? 1 } : {}),
  };
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-3 * Math.abs(a);
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) if (!same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  return true;
}
