// Names that the field does not use, found by their form: in exports and their members, documents, flags and file names. What a name stands for no test can tell:
// each exception says in which sense it is meant.

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/cli/commands.ts';
import { experimentJsonSchema, historyJsonSchema } from '../../src/experiment/index.ts';
import { surface } from '../support/docs.ts';

/** Names, and what to say instead. */
const NAMES: Readonly<Record<string, string>> = {
  rate: 'learningRate (or probability)',
  rates: 'learningRates',
  live_rate: 'setLearningRate',
  initial: 'initializer',
  initials: 'initializers',
  check: 'validation',
  checks: 'validations',
  check_record: 'ValidationRecord',
  on_check: 'onValidation',
  feed: 'trainOnBatch',
  set_batch: 'trainOnBatch, enqueueStep({ batch })',
  queue: 'enqueueStep',
  queue_blind: 'enqueueStep({ readback: false })',
  stopping_rule: 'EarlyStopping',
  most: 'max',
  least: 'min',
  share: 'fraction',
  tolerant: 'skipNonFinite',
  bad: 'nonFinite',
  correction1: 'biasCorrection1',
  correction2: 'biasCorrection2',
  samples: 'datasetSize',
  first: 'batchStart',
  total: 'rowsInStep',
  chance: 'baselineLoss',
  answers: 'predictions',
  ended: 'status',
  largest: 'maxExpAvgSq',
  plain_sgd: 'sgd without momentum',
  epsilon: 'eps',
  beta1: 'betas',
  beta2: 'betas',
  rate_decay: 'lrDecay',
  initial_accumulator: 'initialAccumulatorValue',
  every_steps: 'stepSize',
  activate: 'activation',
  elementwise_loss: 'mse, mae, huber',
  inverses: 'rstd',
  same: 'equal',
  larger: 'greater',
  divide_or_zero: 'safeDivide',
  normalize_rows: 'the layer norm core',
  scale_rows: 'mul',
  column_sum: 'sum',
  matmul_along: 'matmul',
  concat_along: 'concat',
  keep: 'outputs, retain, store or keepDims',
  fold: 'foldIn',
  preimages: 'preActivations',
  pins: 'gradientSlots',
  pinned: 'gradientSlots',
  running: 'buffer',
  finish: 'epilogue, endStep',
  finish_step: 'endStep',
  looks: 'sampled, sampleEvery',
  looked_by: 'observers',
  look: 'SampledStep',
  groups_for: 'workgroupsFor',
  fours: 'vec4s',
  quads: 'subgroups',
  block_of_ones: 'scalarBlock',
  meet: 'barrier',
  leave: 'writePartial',
  alone: 'perInvocation',
  together: 'perWorkgroup',
  points: 'layerTaps',
  probe_point: 'LayerTap',
  segment: 'ProbedTensor',
  part: 'PartialRange, split',
  figures: 'metrics, summary',
  world: 'InterpreterState',
  home: 'Placement',
  ways: 'modes',
  slots: 'ringBatches',
  takers: 'uploads',
  class_of: 'toClassIndex',
  target_width: 'targetSize',
  output_width: 'outputFeatures',
  starting_values: 'initialValues',
  reaching: 'requiresGrad',
};

/** Words that no name may have in it. */
const WORDS: Readonly<Record<string, string>> = {
  penalty: 'regularizationLoss',
  stepper: 'StepLoop',
  slope: 'derivative',
  slopes: 'derivatives',
  treat: 'tryRemedies',
  treatment: 'RemedyTrials',
  attempt: 'RemedyTrial',
  attempts: 'trials',
  mended: 'fixed',
  resident: 'PersistentBuffer',
  residents: 'persistentBuffers',
};

/** Names that are meant in another sense, and which. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'member DropoutOptions.rate': 'the probability of dropout, by the name that Keras gives it',
  'member ModelOptions.share': 'live models whose weights are shared',
  'member OwnRule.check': 'a rule checks a history',
  'member Preflight.checks': 'questions that are asked before training',
  'member PreflightOptions.onCheck': 'as above',
  'member TrainerOptions.share': 'live models whose weights are shared',
  'parameter dropout.rate': 'as above',
  'experiment running': "the field's running statistics, of a frozen batch norm",
  'experiment rate': 'the probability of dropout, by the name that Keras gives it',
  'experiment same': 'the padding of a convolution that keeps its size, as PyTorch and Keras call it',
  'command treat': 'a verb of the command line, which may stay',
  'flag keep': 'how many checkpoints are kept',
  'src rate_times_penalty': 'L2 and weight decay alike, which are penalties together',
  'src check': 'checks a document against its schema',
};

const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();

/** What to say instead of a name; undefined where it may stay. */
function better(name: string): string | undefined {
  const own = snake(name);
  if (Object.hasOwn(NAMES, own)) return NAMES[own];
  return own
    .split('_')
    .map((word) => (Object.hasOwn(WORDS, word) ? WORDS[word] : undefined))
    .find((found) => found);
}

/** The wrong ones among names, with what to say; `where` stands before them. */
function wrong(where: string, names: Iterable<string>): string[] {
  return [...new Set(names)].flatMap((name) => {
    // The last part: `Trainer.fit` is fit, what it belongs to is a name of its own.
    const found = better(name.split('.').at(-1)!);
    const as = `${where} ${name}`;
    return found && !Object.hasOwn(EXCEPTIONS, as) ? [`${as}: say ${found}`] : [];
  });
}

/** All property names and enumerated values of a JSON schema. */
function* keysOf(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') yield* Object.keys(value as object);
    if (key === 'enum') yield* (value as unknown[]).filter((each) => typeof each === 'string');
    if (key === 'const' && typeof value === 'string') yield value;
    yield* keysOf(value);
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' }).map((path) => basename(path).replace(/\..*$/, ''));

test('a wrong name is found', () => {
  expect(wrong('export', ['trainer', 'Trainer.queueBlind', 'RemedyTreatment'])).toEqual([
    'export Trainer.queueBlind: say enqueueStep({ readback: false })',
    'export RemedyTreatment: say RemedyTrials',
  ]);
});

test('exports, their members and their parameters', () => {
  const { docs, names } = surface();
  expect(docs.length).toBeGreaterThan(1000);
  expect(
    wrong(
      'export',
      [...names.values()].flatMap((each) => [...each]),
    ),
  ).toEqual([]);
  expect(
    wrong(
      'member',
      docs.map(({ name }) => name),
    ),
  ).toEqual([]);
  expect(
    wrong(
      'parameter',
      docs.flatMap(({ name, params }) => params.map((param) => `${name}.${param}`)),
    ),
  ).toEqual([]);
});

test('options and values of documents and histories', () => {
  expect(wrong('experiment', keysOf(experimentJsonSchema()))).toEqual([]);
  expect(wrong('history', keysOf(historyJsonSchema()))).toEqual([]);
});

test('commands and flags', () => {
  const { commands } = commandLine();
  const flags = commands.flatMap(({ options }) => options.map(({ long }) => long!.slice(2)));
  expect(flags.length).toBeGreaterThan(10);
  expect(wrong('flag', flags)).toEqual([]);
  expect(
    wrong(
      'command',
      commands.map((command) => command.name()),
    ),
  ).toEqual([]);
});

test('files', () => {
  expect(wrong('src', filesIn('src'))).toEqual([]);
  expect(wrong('shaders', filesIn('shaders'))).toEqual([]);
});

test('no exception is left over', () => {
  for (const name of Object.keys(EXCEPTIONS)) expect(better(name.split(/[ .]/).at(-1)!), name).toBeDefined();
});
