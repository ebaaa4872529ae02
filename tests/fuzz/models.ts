// Safetensors, and what Fathom writes as such: models and checkpoints.
import { deepStrictEqual, ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Engine } from '../../src/engine.ts';
import { FathomError } from '../../src/errors.ts';
import { buildModel } from '../../src/experiment/build.ts';
import type { LayerDocument } from '../../src/experiment/document.ts';
import { openModel } from '../../src/experiment/saved_model.ts';
import { upgradeFile } from '../../src/experiment/upgrade.ts';
import { Graph } from '../../src/graph/graph.ts';
import {
  oldFileNote,
  type RunPoint,
  readCheckpoint,
  readDocument,
  readModel,
  readModelDescription,
  readShared,
  writeCheckpoint,
  writeModel,
} from '../../src/io/checkpoint.ts';
import { readSafetensors, type SafeTensors, writeSafetensors } from '../../src/io/safetensors.ts';
import type { Initializers } from '../../src/nn/build.ts';
import type { Sequential } from '../../src/nn/sequential.ts';
import { type HostTensor, sizeOf } from '../../src/shape.ts';
import { groupsOf } from '../../src/train/files.ts';
import { readGroups } from '../../src/train/groups.ts';
import { checkRun } from '../../src/train/run_check.ts';
import { RUN_WORDS } from '../../src/train/run_state.ts';
import { byteEdits, type Edit, edited, jsonEdits, textEdits } from './edits.ts';
import { format } from './format.ts';

type File = Uint8Array<ArrayBuffer>;

/** Of at least 0, as a running variance is. */
const tensor = (...shape: number[]): HostTensor => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => i / 7) });

/** What a header says of bytes is edited as JSON and put before them again. */
function withHeader(file: Uint8Array, edit: (header: string) => string): File {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = Buffer.from(edit(Buffer.from(file.subarray(8, 8 + length)).toString('utf8')), 'utf8');
  const words = new Uint8Array(8);
  new DataView(words.buffer).setBigUint64(0, BigInt(header.length), true);
  return Uint8Array.from(Buffer.concat([words, header, file.subarray(8 + length)]));
}

/** JSON of what can be written; depth beyond that is left out. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '['.repeat(20_000);
  }
}

/** The JSON in a text, edited; a text that is none becomes one. */
function editedJson(text: string, edit: Edit<unknown>): string {
  try {
    return jsonOf(edit(JSON.parse(text)));
  } catch {
    return jsonOf(edit(text));
  }
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '"F32"',
  '"F16"',
  '"data_offsets":[0,4]',
  '"shape":[0]',
  '"dense_1/bias":',
  '"__metadata__":{}',
  '9007199254740993',
  '1e400',
  '\\u0000',
];

/** A file is edited as bytes, as text in its header, and as the JSON of its header. */
function fileEdits(): fc.Arbitrary<Edit<File>> {
  return fc.oneof(
    byteEdits,
    textEdits(PIECES).map(
      (edit): Edit<File> =>
        (file) =>
          withHeader(file, edit),
    ),
    jsonEdits.map(
      (edit): Edit<File> =>
        (file) =>
          withHeader(file, (header) => editedJson(header, edit)),
    ),
  );
}

function withMetadata(file: File, key: string, edit: Edit<string>): File {
  const { tensors, metadata } = readSafetensors(file);
  return writeSafetensors(tensors, { ...Object.fromEntries(metadata), [key]: edit(metadata.get(key) ?? 'null') });
}

/** A text in the metadata is JSON, whose places are edited. */
function metadataEdits(...keys: string[]): fc.Arbitrary<Edit<File>> {
  return fc
    .tuple(
      fc.constantFrom(...keys),
      fc.oneof(
        { weight: 4, arbitrary: jsonEdits.map((edit) => (text: string) => editedJson(text, edit)) },
        { weight: 1, arbitrary: textEdits(['{', '}', '"', ',', 'null', '[[[[']) },
      ),
    )
    .map(
      ([key, edit]): Edit<File> =>
        (file) =>
          withMetadata(file, key, edit),
    );
}

function expectTensors({ tensors }: Pick<SafeTensors, 'tensors'>): void {
  for (const [name, { shape, data }] of tensors) ok(data instanceof Float32Array && data.length === sizeOf(shape), name);
}

const plain = new Map([
  ['dense_1/weight', tensor(3, 4)],
  ['dense_1/bias', tensor(4)],
  ['none', tensor(0, 5)],
  ['one', tensor()],
]);

export const safetensors = format<File>({
  cases: edited([writeSafetensors(plain, { note: '{"a":[1]}' }), writeSafetensors(new Map()), writeSafetensors(plain)], fileEdits()),
  read(file) {
    const read = readSafetensors(file);
    expectTensors(read);
    const length = [...read.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    ok(length <= file.length - 8);
    deepStrictEqual(readSafetensors(writeSafetensors(read.tensors, Object.fromEntries(read.metadata))), read);
  },
  place: /^safetensors: /,
});

const LAYERS: readonly LayerDocument[] = [
  { type: 'dense', units: 4, l2: 0.01 },
  { type: 'batch_norm' },
  { type: 'activation', name: 'tanh' },
  { type: 'residual', layers: [{ type: 'dense', units: 4 }] },
  { type: 'dense', units: 3 },
];

const FEATURES = 5;

/** The shapes of a model's tensors by path. */
function shapesOf(layers: readonly LayerDocument[], features: number): Map<string, readonly number[]> {
  const graph = new Graph();
  const initializers: Initializers = new Map();
  buildModel(layers).build(graph, graph.input('x', [4, features], { batch: true }), 'train', initializers);
  return new Map([...initializers].map(([path, { shape }]) => [path, shape]));
}

const SHAPES = shapesOf(LAYERS, FEATURES);
const MODEL = new Map([...SHAPES].map(([path, shape]) => [path, tensor(...shape)]));
const DESCRIPTION = {
  layers: LAYERS,
  fitted: { inputs: FEATURES, features: ['a', 'b', 'c', 'd', 'e'], classes: ['0', '1', '2'], scaling: { offset: [0, 0, 0, 0, 1], divisor: [1, 1, 1, 1, 2] } },
  loss: { name: 'softmax_cross_entropy', task: 'classification', probabilities: 'softmax', options: { targets: 'index', labelSmoothing: 0 } },
};
const DOCUMENT = {
  format: 'fathom-experiment/2',
  data: { source: 'csv', path: 'x.csv' },
  model: { layers: LAYERS },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'adam', learningRate: 0.01 },
  training: { epochs: 3, batchSize: 16 },
  fitted: { inputs: FEATURES, classes: ['0', '1', '2'], table: { columns: 6, features: [0, 1, 2, 3, 4], target: 5, targetName: 'kind' } },
};
const OLD = JSON.parse(readFileSync('tests/fixtures/formats/files.json', 'utf8')) as { model: string; checkpoint: string };
const oldFile = (text: string): File => Uint8Array.from(Buffer.from(text, 'base64'));

const opened = new Error('opened');

/** An engine that builds a model as far as this is possible without a device. */
function engineFor(file: File): Engine {
  const createModel = async (model: Sequential, { features }: { features: number }): Promise<never> => {
    const graph = new Graph();
    const initializers: Initializers = new Map();
    model.build(graph, graph.input('x', [4, features], { batch: true }), 'infer', initializers);
    const expected = new Map([...initializers].map(([path, { shape }]) => [path, shape]));
    const read = readModel(file, expected);
    for (const [path, shape] of expected) deepStrictEqual([path, read.get(path)?.shape], [path, shape]);
    throw opened;
  };
  return { createModel } as unknown as Engine;
}

export const model = format<File>({
  cases: edited(
    [writeModel(MODEL, undefined, DESCRIPTION), writeModel(MODEL, DOCUMENT), writeModel(MODEL, { note: 'mine' }), oldFile(OLD.model)],
    fc.oneof({ weight: 1, arbitrary: fileEdits() }, { weight: 3, arbitrary: metadataEdits('fathom.model', 'fathom.document', 'fathom.format') }),
  ),
  async read(file) {
    oldFileNote('x.safetensors', file);
    for (const read of [readModelDescription, readDocument, upgradeFile, (bytes: File) => readShared(bytes, SHAPES)])
      try {
        read(file);
      } catch (error) {
        if (!(error instanceof FathomError)) throw error;
      }
    await openModel(engineFor(file), file).catch((error) => {
      if (error !== opened) throw error;
    });
  },
  place: /^the file\b|^[^:]+: ./s,
  found: [withMetadata(oldFile(OLD.model), 'fathom.model', () => '{{')],
});

const bits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;
const RUN: RunPoint = {
  optimizer: 'adam',
  words: {
    ...Object.fromEntries(
      Object.entries({ loss: 0.5, regularization_loss: 0, norm: 2, clip: 1, learning_rate: 0.1, bias_correction1: 0.468559, bias_correction2: 0.00598494 }).map(
        ([word, value]) => [word, bits(value)],
      ),
    ),
    ...{ step: 7, batches: 14, rows: 16, batch_start: 16, epoch: 3, dataset_size: 50, batch: 16, rows_in_step: 32, key0: 1, key1: 2 },
    ...{ halted: 0, skip_non_finite: 1, skipped: 1, non_finite: 0 },
  },
  learningRate: { from: 7, learningRate: 0.1 },
  recovery: { factor: 0.5, reached: 9, count: 1 },
  schedule: { factor: 1, best: 2, waited: 1 },
  groups: [{ match: ['dense_1'], frozen: true }],
  since: { 'dense_1/weight': 3 },
  best: { step: 4, validationLoss: 1 },
  data: { x: [0.25, 80], y: [-3, 50] },
  stopping: { waited: 3, best: { step: 4, epoch: 1, trainLoss: 1, validationLoss: 1 }, tensors: MODEL },
};
const STATES = [...SHAPES].flatMap(([path, shape]) => ['0', '1'].map((state) => [`optimizer/${state}/${path}`, tensor(...shape)] as const));
const ALL = new Map([...MODEL, ...STATES]);
const ALL_SHAPES = new Map([...ALL].map(([path, { shape }]) => [path, shape]));
const { stopping: _, ...SHORT } = RUN;

export const checkpoint = format<File>({
  cases: edited(
    [writeCheckpoint(ALL, RUN, DOCUMENT), writeCheckpoint(ALL, SHORT, undefined, DESCRIPTION), oldFile(OLD.checkpoint)],
    fc.oneof({ weight: 1, arbitrary: fileEdits() }, { weight: 3, arbitrary: metadataEdits('fathom.run', 'fathom.run', 'fathom.format') }),
  ),
  read(file) {
    try {
      readGroups({ groups: groupsOf(file) }, { placed: new Map(), shares: [] });
      upgradeFile(file);
    } catch (error) {
      if (!(error instanceof FathomError)) throw error;
    }
    const { tensors, run } = readCheckpoint(file, ALL_SHAPES, RUN_WORDS);
    expectTensors({ tensors });
    deepStrictEqual(new Set(tensors.keys()), new Set(ALL_SHAPES.keys()));
    if (run.stopping && run.stopping.tensors.size > 0) deepStrictEqual(new Set(run.stopping.tensors.keys()), new Set(SHAPES.keys()));
    checkRun(run, { rule: 'adam', betas: [0.9, 0.999], batchSize: 16, batches: 2, rows: 50 });
    ok(run.words.step! <= 2 ** 31);
  },
  place: /^safetensors: |^checkpoint: |^fathom\.\w+: |^the file\b|^[\w/]+: /,
  found: [
    { ...SHORT, groups: 5 },
    { ...SHORT, recovery: { factor: { toString: 1 }, reached: 9, count: 1 } },
    { ...SHORT, recovery: { ...RUN.recovery, factor: '0.5' } },
    { ...SHORT, data: { x: [1] } },
    { ...SHORT, data: { x: [1, '2'] } },
  ].map((run) => withMetadata(writeCheckpoint(ALL, SHORT), 'fathom.run', () => JSON.stringify(run))),
});
