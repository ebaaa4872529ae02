// A document as a project of PyTorch: a folder of Python files that train the same model on the same batches, from the same weights.

import { type Dataset, exactly } from '../data/dataset.ts';
import { UsageError } from '../errors.ts';
import { fitOptions } from '../experiment/build.ts';
import { DEFAULT_SEED, type LoadedData, loadData, type ReadFile, readingOf } from '../experiment/data.ts';
import type { DataDocument, Experiment } from '../experiment/document.ts';
import { headerLine } from '../experiment/history_schema.ts';
import { givenExperiment } from '../experiment/schema.ts';
import { readParts } from '../experiment/sources/index.ts';
import { baselineOf } from '../inspect/facts.ts';
import type { History } from '../inspect/history.ts';
import { infoOf } from '../inspect/taps.ts';
import { type RunPoint, readCheckpoint, readModel } from '../io/checkpoint.ts';
import { joinTensors, type RawTensor } from '../io/safetensors.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import { foldIn, keyOf } from '../random.ts';
import type { HostTensor } from '../shape.ts';
import { stepsOfEpochs, stepsPerEpoch } from '../train/epochs.ts';
import { factsOfTrainer } from '../train/facts_of.ts';
import { RUN_WORDS } from '../train/run_state.ts';
import { docstring } from './comments.ts';
import batchesPy from './python/batches.py?raw';
import dataPy from './python/data.py?raw';
import filesPy from './python/files.py?raw';
import layersPy from './python/layers.py?raw';
import logPy from './python/log.py?raw';
import schedulesPy from './python/schedules.py?raw';
import trainPy from './python/train.py?raw';
import { pythonOf } from './python_text.ts';
import { torchModel } from './pytorch_model.ts';
import { readmeOf } from './pytorch_readme.ts';
import { missingIn, type Need, needsOf, settingsPy, type TorchParameter } from './pytorch_settings.ts';
import { type TorchPlace, torchPlace, toTorch } from './pytorch_tensors.ts';
import { type PlannedStep, stepOf } from './step_of.ts';

/** Files by name: text or bytes. */
export type ProjectFiles = ReadonlyMap<string, string | Uint8Array<ArrayBuffer>>;

/** What an export takes beside the document. */
export interface ExportOptions {
  /** Gives a file that the document names; needed for CSV and IDX paths and the digits. None by default. */
  readonly read?: ReadFile;
  /** A saved model, whose weights it begins with, or a checkpoint, from which it goes on: the weights of the document's seed by default. */
  readonly model?: Uint8Array;
}

const OPTIONS = {
  read: FUNCTION,
  model: { type: 'object', expected: 'the bytes of a saved model or a checkpoint', accepts: (value) => ArrayBuffer.isView(value) },
} as const satisfies OptionTable<ExportOptions>;

/**
 * Writes a document as a project of PyTorch: module, data, loop, optimizer, schedule, weights, and a log that `fathom diagnose` reads. `python train.py` runs it
 * alone, `torchrun train.py` on several processes.
 *
 * @param experiment - The document, as `parseExperiment` returns it.
 * @param options - `read` for documents that name files, and the model or checkpoint to begin with.
 * @returns The files of the folder, by name: text or bytes.
 * @throws UsageError that names all layers and options which PyTorch, or this export, has not; DataError for data that cannot be used, and for a file of
 * another model.
 * @example
 * const files = await exportPyTorch(experiment, { model: await save(trainer) });
 * for (const [name, content] of files) console.log(name, content.length);
 */
export async function exportPyTorch(experiment: Experiment, options: ExportOptions = {}): Promise<ProjectFiles> {
  const document = givenExperiment('exportPyTorch', experiment);
  const { read, model: file } = readOptions<ExportOptions, typeof OPTIONS>('exportPyTorch', OPTIONS, options);
  const data = await loadData(document, read);
  const raw = await readParts(document.data, readingOf(document, read));
  const model = torchModel(document.model.layers, data.train.features);
  const missing = [...model.missing.map((each) => `model: ${each}`), ...missingIn(document)];
  if (model.output.image) missing.push('model: its output is a map of positions: the exported loop takes rows of outputs');
  if (missing.length > 0)
    throw new UsageError(`${document.name ?? 'the document'} cannot be written for PyTorch:\n${missing.map((each) => `  ${each}`).join('\n')}`);

  const step = stepOf(document, data);
  const places = placesOf(step);
  const start = startOf(step, file);
  const needs = [
    ...needsOf(document),
    ...(model.code.includes('nn.RMSNorm(') ? [{ test: 'hasattr(torch.nn, "RMSNorm")', what: 'torch.nn.RMSNorm', since: '2.4' }] : []),
  ];
  const { training, seed = DEFAULT_SEED } = document;
  const of = { rows: data.train.rows, batchSize: training.batchSize, accumulate: training.accumulate ?? 1 };
  const { epochs, steps = stepsOfEpochs(epochs!, of), validateEvery = Math.ceil(stepsPerEpoch(of)) } = fitOptions(document);
  const parameters = parametersOf(step, places);
  const settings = {
    ...{ document, parameters, seed, steps, validateEvery },
    key: foldIn(keyOf(seed), 'run'),
    frozenNorms: frozenNormsOf(step),
    classIndices: data.train.classes !== undefined,
    outputs: model.output.inputs,
  };
  return new Map<string, string | Uint8Array<ArrayBuffer>>([
    ['README.md', readmeOf(document, needs, file !== undefined)],
    ['train.py', trainPy],
    ['model.py', modelPy(document, model.code, needs)],
    ['settings.py', settingsPy(settings)],
    ['data.py', `${dataHead(document, data)}${dataPy}`],
    ['batches.py', batchesPy],
    ['schedules.py', schedulesPy],
    ['layers.py', layersPy],
    ['log.py', logPy],
    ['files.py', filesPy],
    ['document.json', `${JSON.stringify(document, null, 2)}\n`],
    ['header.json', `${headerOf(document, data, step, places)}\n`],
    ['rows.safetensors', rowsOf(data, raw)],
    ['weights.safetensors', weightsOf(start.weights, places)],
    ...(start.run ? [['run.safetensors', runOf(start.run, step, places)] as const] : []),
  ]);
}

type Places = ReadonlyMap<string, TorchPlace>;

/** What files of an exported project say of themselves: rows behind a `flatten` are in our order there. */
export const LAYOUT = { key: 'fathom.layout', ours: 'channels last' } as const;

/** Where the tensors of the model are in a state_dict. A shortcut of maps is a convolution of one pixel there. */
export function placesOf({ graph, weights }: PlannedStep): Map<string, TorchPlace> {
  const pixels = (path: string): number => {
    const product = graph.model.nodes.find((node) => node.inputs.some(({ name }) => name === path));
    return path.endsWith('/shortcut') && product ? product.outputs[0]!.type.shape.length - 2 : 0;
  };
  return new Map([...weights].map(([path, { shape }]) => [path, torchPlace(path, shape, pixels(path))]));
}

interface Start {
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly run?: { readonly tensors: ReadonlyMap<string, HostTensor>; readonly point: RunPoint };
}

function startOf(step: PlannedStep, file: Uint8Array | undefined): Start {
  if (!file) return { weights: step.weights };
  const shapes = new Map([...step.weights].map(([path, { shape }]) => [path, shape]));
  const weights = readModel(file, shapes);
  if (!isCheckpoint(file)) return { weights };
  const { states } = step.options.optimizer.update;
  const kept = [...states.keys(), ...(step.options.average ? ['average'] : [])];
  for (const { name, origin, type } of step.graph.graph.values)
    if (origin === 'parameter') for (const state of kept) shapes.set(`optimizer/${state}/${name}`, type.shape);
  const { tensors, run } = readCheckpoint(file, shapes, RUN_WORDS);
  return { weights, run: { tensors, point: run } };
}

/** A checkpoint has a run in its metadata. */
function isCheckpoint(file: Uint8Array): boolean {
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as { __metadata__?: Record<string, string> };
  return header.__metadata__?.['fathom.run'] !== undefined;
}

const f32 = (name: string, { shape, data }: HostTensor): RawTensor => ({ name, dtype: 'F32', shape, data });

/** The weights as the exported module has them. */
const weightsOf = (weights: ReadonlyMap<string, HostTensor>, places: Places): Uint8Array<ArrayBuffer> =>
  stateDict(
    [...weights].map(([path, tensor]) => [places.get(path)!.key, toTorch(tensor, places.get(path)!)]),
    { [LAYOUT.key]: LAYOUT.ours },
  );

/** A state_dict. Batch norm counts its batches there; nothing depends on it. */
export function stateDict(
  tensors: readonly (readonly [name: string, tensor: HostTensor])[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const all = tensors.flatMap(([name, tensor]) => {
    const counted = name.endsWith('running_var')
      ? [{ name: name.replace(/running_var$/, 'num_batches_tracked'), dtype: 'I64', shape: [], data: BigInt64Array.of(0n) }]
      : [];
    return [f32(name, tensor), ...counted];
  });
  return joinTensors(all, { format: 'pt', ...metadata });
}

/** Where the run stands: states of the optimizer by their names in PyTorch, the best weights so far, and numbers. */
function runOf({ tensors, point }: NonNullable<Start['run']>, { options }: PlannedStep, places: Places): Uint8Array<ArrayBuffer> {
  const { words, schedule, stopping } = point;
  const states: readonly string[] = options.optimizer.update.states;
  const parts: RawTensor[] = [];
  for (const [path, tensor] of tensors) {
    const [, state, of] = /^optimizer\/(\w+)\/(.*)$/.exec(path) ?? [];
    if (state === undefined) continue;
    const place = places.get(of!)!;
    parts.push(f32(`${place.key}|${states[Number(state)] ?? state}`, toTorch(tensor, place)));
  }
  for (const [path, tensor] of stopping?.tensors ?? []) parts.push(f32(`best|${places.get(path)!.key}`, toTorch(tensor, places.get(path)!)));
  const { factor, best, waited, cooling } = schedule ?? ({} as Readonly<Record<string, number>>);
  const run = {
    ...{ step: words.step, updates: words.step! - words.skipped!, batches: words.batches },
    ...(schedule ? { plateau: { factor, waited, cooling, ...(best === undefined ? {} : { best }) } } : {}),
    ...(stopping ? { best: stopping.best, waited: stopping.waited } : {}),
  };
  return joinTensors(parts, { run: JSON.stringify(run) });
}

/** Parameters in the order of the model, as the optimizer sees them. */
function parametersOf({ graph, groups }: PlannedStep, places: Places): TorchParameter[] {
  return graph.graph.values.flatMap(({ name, origin, frozen, options = {} }) => {
    if (origin !== 'parameter' && !frozen) return [];
    const { learningRateFactor, weightDecayFactor } = groups(name);
    const { decay = true, l1 = 0, l2 = 0 } = options;
    return [{ key: places.get(name)!.key, frozen: !!frozen, decay, l1, l2, learningRateFactor, weightDecayFactor }];
  });
}

/** Batch norms that are frozen as a whole and use what they have kept. */
function frozenNormsOf({ weights, groups }: PlannedStep): string[] {
  return [...weights.keys()].flatMap((path) => {
    const layer = path.replace(/\/running_variance$/, '');
    const { frozen, statistics } = groups(`${layer}/`);
    return layer !== path && frozen && statistics === 'running' ? [layer.replaceAll('/', '.')] : [];
  });
}

/** Rows as their source has them, and targets as the loss takes them. */
function rowsOf(data: LoadedData, raw: { readonly [part in 'train' | 'validation' | 'test']?: Dataset }): Uint8Array<ArrayBuffer> {
  const parts = (['train', 'validation', 'test'] as const).flatMap((part): RawTensor[] => {
    const [finished, source] = [data[part], raw[part]];
    if (!finished || !source) return [];
    const { rows, features, targetSize, y } = finished;
    // Numbers that do not fit 32 bits are scaled before they are rounded, here as there.
    const x = data.fitted.scaling ? exactly(source.x) : finished.x;
    return [
      { name: `${part}.x`, dtype: x instanceof Float64Array ? 'F64' : 'F32', shape: [rows, features], data: x },
      { name: `${part}.y`, dtype: 'F32', shape: [rows, targetSize], data: y },
    ];
  });
  return joinTensors(parts, {});
}

function modelPy({ name, description }: Experiment, code: string, needs: readonly Need[]): string {
  const used = ['Concat', 'Layers', 'Permute', 'Residual', 'Sum', 'Wired'].filter((each) => each === 'Layers' || code.includes(`${each}(`));
  const checks = needs.map(
    ({ test, what, since }) =>
      `if not ${test}:\n    raise SystemExit(f"this project has ${what}, which PyTorch has from ${since} on; here is {torch.__version__}")\n`,
  );
  const inspect = needs.some(({ test }) => test.includes('inspect.')) ? 'import inspect\n' : '';
  const math = code.includes('math.') ? 'import math\n' : '';
  return `"""The model: ${docstring(name ?? 'of the document')}.${description ? `\n\n${docstring(description)}\n` : ''}"""
${inspect}${math}${inspect || math ? '\n' : ''}${needs.length > 0 ? 'import torch\n' : ''}from torch import nn

from layers import ${used.join(', ')}
${checks.length > 0 ? `\n${checks.join('')}` : ''}

def build():
    return Layers(${code.replaceAll('\n', '\n    ')})
`;
}

const SOURCES: { readonly [Source in DataDocument['source']]: (data: Extract<DataDocument, { source: Source }>) => string } = {
  generator: ({ name, params = {} }) => `rows that Fathom's generator ${name} has made${Object.keys(params).length > 0 ? `, ${JSON.stringify(params)}` : ''}`,
  digits: ({ rows }) => `the 1,797 handwritten digits of Fathom, pixels divided by 16${rows === undefined ? '' : `, the first ${rows} of their training part`}`,
  csv: ({ path }) => `a table, ${path ?? 'in the document'}`,
  parquet: ({ path }) => `a table, ${path}`,
  cifar10: () => 'CIFAR-10, pixels divided by 255',
  images: () => 'images in folders, one for each class, pixels divided by 255',
  idx: ({ images, labels }) => `images and labels, ${images} and ${labels}, pixels divided by 255`,
  numpy: ({ path, x = 'x', y = 'y' }) => `arrays of NumPy, ${path ?? `${x} and ${y}`}`,
  arrays: () => 'rows of the document itself',
};

function dataHead({ data, seed = DEFAULT_SEED }: Experiment, { train, validation, test, fitted }: LoadedData): string {
  const source = (SOURCES[data.source] as (given: DataDocument) => string)(data);
  const parts = [
    `${train.rows} rows to train on`,
    ...(validation ? [`${validation.rows} for validation`] : []),
    ...(test ? [`${test.rows} for the test`] : []),
  ];
  const { scaling, targets } = fitted;
  return `"""The data: ${source}.

rows.safetensors holds them as Fathom read and split them (by seed ${seed}): ${parts.join(', ')}.
${scaling ? 'Columns are scaled here to mean 0 and standard deviation 1 of the training part.\n' : ''}"""
CLASS_INDICES = ${pythonOf(train.classes !== undefined)}${fitted.classes ? `\nCLASS_NAMES = ${pythonOf(fitted.classes)}` : ''}
# What is subtracted from each column, and what the difference is divided by.
SCALING = ${scaling ? `(\n    ${pythonOf(scaling.offset)},\n    ${pythonOf(scaling.divisor)},\n)` : 'None'}
# The same of a regression's targets, which are scaled in rows.safetensors.
TARGETS = ${targets ? pythonOf([targets.offset, targets.divisor]) : 'None'}
# Whether these are of the targets' logarithms.
LOG_TARGETS = ${pythonOf(targets?.log ?? false)}

`;
}

/** The header of the history, with where the log finds the tensors of each layer. */
function headerOf(document: Experiment, data: LoadedData, step: PlannedStep, places: Places): string {
  const { graph, options, inputs } = step;
  const facts = factsOfTrainer({ options, batchSize: document.training.batchSize, model: { inputs }, parts: { graph } } as Parameters<
    typeof factsOfTrainer
  >[0]);
  if (document.optimizer.schedule) facts.training!.schedule = document.optimizer.schedule.name;
  const baselineLoss = baselineOf(facts);
  const { task } = graph.parts[0]!.loss;
  const { classes } = data.train;
  const history: Pick<History, 'layers' | 'task' | 'facts'> = {
    layers: infoOf(graph.taps).layers,
    task: { kind: task, ...(classes === undefined ? {} : { classes }), ...(baselineLoss === undefined ? {} : { baselineLoss }) },
    facts,
  };
  const watched = graph.taps.layers.map(({ name, z, weight }) => ({
    name,
    z: z.name.replace(/\/z$/, '').replaceAll('/', '.'),
    weight: places.get(weight.name)!.key,
  }));
  return headerLine(history, { document, adapter: 'PyTorch', watched });
}
