// Controls <-> experiment document. The controls can say only part of what a document can: a document that they cannot
// say is kept whole and run as it is, and the controls then show what they can read of it.
import { FORMATS, versionIn } from '../src/io/formats.ts';
import { withNewNames as changed } from '../src/io/old_names.ts';
import { convolves, DATA, DEFAULTS, generatorOf, paramsOf, type Settings } from './settings.ts';

/** A layer of a document, as in src/experiment; kept loose here because the page only passes it on. */
export interface LayerDocument {
  type: string;
  layers?: LayerDocument[];
  [key: string]: unknown;
}

/** An experiment document (src/experiment/schema.ts checks it in the worker). */
export interface ExperimentDocument {
  format?: string;
  name: string;
  description?: string;
  seed?: number;
  data: { source: string; [key: string]: unknown };
  model: { layers: LayerDocument[] };
  loss: string | { name: string; [key: string]: unknown };
  metrics?: (string | { name: string; [key: string]: unknown })[];
  optimizer: { name: string; learningRate: number; [key: string]: unknown };
  training: { batchSize: number; [key: string]: unknown };
  probes?: Record<string, unknown>;
}

/** A CSV file that was dropped or picked, which lives in memory only: a link cannot carry it. Or rows that the page makes of settings. */
export interface CsvFile {
  name: string;
  text: string;
  target: string;
  task: 'classification' | 'regression';
  classes: number;
  /** The settings that these rows are made of. */
  of?: Partial<Settings>;
  /** Half the side of the plane on which they lie: their columns are as they stand there. */
  half?: number;
  /** Part that is held out to validate; a fifth by default. */
  validation?: number;
}

/** What has rows of its own: a file, or what the visitor drew or said. */
const WITH_ROWS: ReadonlySet<string> = new Set<Settings['data']>(['csv', 'drawn', 'formula']);

/** Classes of the digits. */
const DIGITS = 10;

/** Steps between two probes of the histograms, and between two validations. */
const HISTOGRAM_EVERY = 20;
const VALIDATE_EVERY = 50;
/** Edges of the histograms: thirds of decades, as many as the engine counts. */
const EDGES = Array.from({ length: 63 }, (_, i) => Number((10 ** (i / 3 - 17)).toPrecision(3)));

/** The document that the controls describe. `csv` is needed where the data have rows of their own. */
export function documentOf(settings: Settings, csv?: CsvFile | null): ExperimentDocument {
  const file = WITH_ROWS.has(settings.data) ? csv : null;
  const { regression, classes } = taskOf(settings, file);
  return {
    format: FORMATS.experiment,
    name: `${settings.activation} ${settings.depth} x ${settings.width}`,
    seed: settings.seed,
    data: dataOf(settings, file),
    model: { layers: [...bodyOf(settings), dense(regression ? 1 : classes, { initializer: { scheme: 'lecun_normal', gain: 1 } })] },
    loss: regression ? 'mse' : 'softmax_cross_entropy',
    optimizer: optimizerOf(settings),
    training: {
      epochs: 100_000,
      batchSize: settings.batch,
      validateEvery: VALIDATE_EVERY,
      ...(settings.earlyStopping && file?.validation !== 0 ? { earlyStopping: { patience: 10, minDelta: 0, restoreBest: true } } : {}),
      onNonFinite: 'stop',
    },
    probes: { every: 1, tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'], histograms: { every: HISTOGRAM_EVERY, edges: EDGES } },
  };
}

/** A document that came with a file or a link, with the names of today; itself where it has none of format 1. Throws DataError for a newer format, UsageError for a name twice. */
export function withNewNames(given: ExperimentDocument): ExperimentDocument {
  if (versionIn('experiment', given, 'document') !== 1) return given;
  const document = changed('document', given);
  return document === given ? given : { ...document, format: FORMATS.experiment };
}

/** What the model has to answer. Where rows are missing, the first of the data sets takes their place. */
function taskOf({ data, params }: Settings, file?: CsvFile | null): { regression: boolean; classes: number } {
  if (file) return { regression: file.task === 'regression', classes: file.classes };
  if (data === 'digits') return { regression: false, classes: DIGITS };
  const classes = generatorOf(withoutFile(data))!.classes(params);
  return { regression: classes === undefined, classes: classes ?? 1 };
}

const withoutFile = (data: Settings['data']): Settings['data'] => (WITH_ROWS.has(data) ? DATA[0] : data);

function dataOf(settings: Settings, file?: CsvFile | null): ExperimentDocument['data'] {
  if (file) {
    const { text, target, task, half, validation = 0.2 } = file;
    return {
      source: 'csv',
      text,
      target,
      task,
      missing: 'drop',
      ...(validation > 0 ? { split: { validation } } : {}),
      ...(half === undefined ? { standardise: true } : {}),
    };
  }
  if (settings.data === 'digits') return { source: 'digits', split: { validation: 0.2 } };
  return {
    source: 'generator',
    name: withoutFile(settings.data),
    params: {
      rows: 1000,
      noise: settings.noise,
      ...Object.fromEntries(paramsOf(withoutFile(settings.data)).map(([name, param]) => [name, settings.params[name] ?? param.default])),
    },
    split: { validation: 0.2 },
    standardise: true,
  };
}

const dense = (units: number, more: Record<string, unknown>): LayerDocument => ({ type: 'dense', units, ...more });

/** The hidden layers; convolutions between what makes images of rows and what makes rows of images. */
function bodyOf(settings: Settings): LayerDocument[] {
  if (!convolves(settings)) return hiddenOf(settings);
  return [{ type: 'reshape', shape: [8, 8, 1] }, ...hiddenOf(settings), { type: 'global_avg_pool2d' }];
}

/** What has the weights of a hidden layer. */
function weights(settings: Settings): LayerDocument {
  const more = { initializer: { scheme: settings.scheme, gain: settings.gain }, ...(settings.l2 > 0 ? { l2: settings.l2 } : {}) };
  return convolves(settings) ? { type: 'conv2d', filters: settings.width, kernelSize: 3, padding: 'same', ...more } : dense(settings.width, more);
}

/** What stands between weights: batch norm, activation, dropout. */
function between(settings: Settings): LayerDocument[] {
  return [
    ...(settings.batchNorm ? [{ type: 'batch_norm' }] : []),
    { type: 'activation', name: settings.activation },
    ...(settings.dropout > 0 ? [{ type: 'dropout', rate: settings.dropout }] : []),
  ];
}

/** One hidden layer. */
const block = (settings: Settings): LayerDocument[] => [weights(settings), ...between(settings)];

/** He 2016b: the first convolution, then blocks of two whose activations stand before them, so that nothing stands on the trunk. */
function resnet(settings: Settings): LayerDocument[] {
  const inside = [...between(settings), weights(settings), ...between(settings), weights(settings)];
  const layers = settings.shortcuts === 'none' ? inside : [{ type: 'residual', scale: settings.shortcuts === 'scaled' ? '1/sqrt(L)' : 1, layers: inside }];
  return [weights(settings), ...(settings.depth > 1 ? [{ type: 'repeat', times: settings.depth - 1, layers }] : []), ...between(settings)];
}

function hiddenOf(settings: Settings): LayerDocument[] {
  if (convolves(settings) && settings.layer === 'resnet') return resnet(settings);
  if (settings.shortcuts === 'none') return [{ type: 'repeat', times: settings.depth, layers: block(settings) }];
  const scale = settings.shortcuts === 'scaled' ? '1/sqrt(L)' : 1;
  const first = block(settings);
  if (settings.depth === 1) return first;
  return [...first, { type: 'repeat', times: settings.depth - 1, layers: [{ type: 'residual', scale, layers: block(settings) }] }];
}

function optimizerOf(settings: Settings): ExperimentDocument['optimizer'] {
  const clip = settings.clip > 0 ? { clip: { norm: settings.clip } } : {};
  if (settings.optimizer === 'momentum') return { name: 'sgd', learningRate: settings.learningRate, momentum: 0.9, ...clip };
  return { name: settings.optimizer, learningRate: settings.learningRate, ...clip };
}

/** The settings whose document this is, or null where the controls cannot say it. */
export function settingsOf(document: ExperimentDocument, csv?: CsvFile | null): Settings | null {
  const guess = { ...guessSettings(document), ...(document.data?.source === 'csv' ? csv?.of : undefined) };
  return same(essence(documentOf(guess, csv)), essence(document)) ? guess : null;
}

/** Whether the weights of one document fit the network of another. */
export function sameModel(a: ExperimentDocument, b: ExperimentDocument): boolean {
  const shape = ({ data, model }: ExperimentDocument): unknown => [data, flatten(model?.layers ?? []).map(plain)];
  return same(shape(a), shape(b));
}

/** What the controls can read of a document; defaults for the rest. Never fails: documents come from files. */
export function guessSettings(document: ExperimentDocument): Settings {
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
    width: Number(first?.units ?? first?.filters ?? DEFAULTS.width),
    activation: (flat.find((layer) => layer.type === 'activation')?.name ?? 'linear') as Settings['activation'],
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
