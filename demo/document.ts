// Controls to experiment document; the way back is read_document.ts.
import { FORMATS } from '../src/io/formats.ts';
import { ownOf } from './layers/exceptions.ts';
import { convolves, DATA, fitting, generatorOf, paramsOf, type Settings } from './settings.ts';

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
    name: `${settings.activation} ${settings.depth} x ${settings.width}${fitting(settings) && ', layers of their own'}`,
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
  const layers = ownOf(settings.layers, settings.depth).map((own) => block({ ...settings, ...own }));
  if (settings.shortcuts === 'none') return repeated(layers);
  const scale = settings.shortcuts === 'scaled' ? '1/sqrt(L)' : 1;
  return [...layers[0]!, ...repeated(layers.slice(1).map((inside) => [{ type: 'residual', scale, layers: inside }]))];
}

/** Neighbours that are alike are one repeat. */
function repeated(layers: readonly LayerDocument[][]): LayerDocument[] {
  const found: LayerDocument[] = [];
  let last = '';
  for (const each of layers) {
    const text = JSON.stringify(each);
    if (text === last) (found.at(-1)!.times as number)++;
    else found.push({ type: 'repeat', times: 1, layers: each });
    last = text;
  }
  return found;
}

function optimizerOf(settings: Settings): ExperimentDocument['optimizer'] {
  const clip = settings.clip > 0 ? { clip: { norm: settings.clip } } : {};
  if (settings.optimizer === 'momentum') return { name: 'sgd', learningRate: settings.learningRate, momentum: 0.9, ...clip };
  return { name: settings.optimizer, learningRate: settings.learningRate, ...clip };
}
