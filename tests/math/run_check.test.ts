// A checkpoint whose words are whole and whose meaning is not: each word is held against the others.
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import type { RunPoint } from '../../src/io/checkpoint.ts';
import { checkRun, checkStates, type RunShape } from '../../src/train/run_check.ts';
import { RUN_WORDS } from '../../src/train/run_state.ts';

const bits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;
const FLOATS = { loss: 0.5, regularization_loss: 0, norm: 2, clip: 1, learning_rate: 0.1, bias_correction1: 0.468559, bias_correction2: 0.00598494 };
const floats = Object.fromEntries(Object.entries(FLOATS).map(([word, value]) => [word, bits(value)]));
/** Steps of two batches of 16 of 50 rows: after seven of them, the 14th batch is the second of the fourth epoch. */
const words = {
  ...floats,
  step: 7,
  batches: 14,
  rows: 16,
  batch_start: 16,
  epoch: 3,
  dataset_size: 50,
  batch: 16,
  rows_in_step: 32,
  key0: 1,
  key1: 2,
  halted: 0,
  skip_non_finite: 1,
  skipped: 1,
  non_finite: 0,
};
const shape: RunShape = { rule: 'adam', betas: [0.9, 0.999], batchSize: 16, batches: 2, rows: 50 };
const best = { step: 4, epoch: 1, trainLoss: 1, validationLoss: 1 };
const run: RunPoint = { optimizer: 'adam', words, learningRate: { from: 7, learningRate: 0.1 }, stopping: { waited: 3, best, tensors: new Map() } };
const fedWords = { ...words, step: 7, batches: 7, rows: 5, rows_in_step: 5, batch_start: 0, epoch: 6, dataset_size: 9, batch: 9 };
const fed: [RunPoint, RunShape] = [
  { optimizer: 'adam', words: fedWords },
  { ...shape, batches: 1, rows: undefined },
];

test('a run that can be is taken', () => {
  expect(Object.keys(words).sort()).toEqual([...RUN_WORDS].sort());
  checkRun(run, shape);
  // A run that went back has seen more than its steps.
  checkRun({ ...run, recovery: { factor: 0.5, reached: 12, count: 1 }, stopping: { waited: 3, best: { ...best, step: 10 }, tensors: new Map() } }, shape);
  checkRun(...fed);
  const start = { ...words, step: 0, batches: 0, rows: 16, batch_start: 0, epoch: 0, rows_in_step: 16, skipped: 0, bias_correction1: 0, bias_correction2: 0 };
  checkRun({ optimizer: 'adam', words: start }, shape);
  // A step that was skipped, and whose numbers say why.
  checkRun({ optimizer: 'adam', words: { ...words, non_finite: 1, loss: bits(Number.NaN), norm: bits(Number.POSITIVE_INFINITY) } }, shape);
  // A run on a data set goes on with batches that are given.
  checkRun({ optimizer: 'adam', words: { ...words, batches: 7, rows: 16, batch_start: 32, epoch: 1, rows_in_step: 16 } }, { ...fed[1] });
});

describe('every word is held against the others', () => {
  const wrong = [0, 1, 2, 3, 17, 51, 0x7fffffff, 0xffffffff, bits(Number.NaN), bits(Number.POSITIVE_INFINITY), bits(-1), bits(1e30)];
  const integers = ['step', 'batches', 'rows', 'batch_start', 'epoch', 'dataset_size', 'batch', 'rows_in_step', 'halted'] as const;

  test.each(integers)('%s', (word) => {
    for (const value of wrong)
      if (value !== words[word]) expect(() => checkRun({ ...run, words: { ...words, [word]: value } }, shape), `${word} ${value}`).toThrow(DataError);
  });

  test.each(['skipped', 'non_finite'])('%s', (word) => {
    for (const value of wrong.filter((each) => each > 7))
      expect(() => checkRun({ ...run, words: { ...words, [word]: value } }, shape)).toThrow(`checkpoint: ${word}: expected`);
    expect(() => checkRun({ ...run, words: { ...words, skipped: 0, non_finite: 1 } }, shape)).toThrow(
      'non_finite: expected 0 where no step was skipped, got 1',
    );
  });

  test.each(Object.keys(FLOATS))('%s', (word) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, ...(word === 'loss' ? [] : [-1]), ...(/^(clip|bias_correction)/.test(word) ? [1.5] : [])])
      expect(() => checkRun({ ...run, words: { ...words, [word]: bits(value) } }, shape), `${word} ${value}`).toThrow(`checkpoint: ${word}: expected`);
  });

  test('corrections', () => {
    expect(() => checkRun({ ...run, words: { ...words, bias_correction1: 0 } }, shape)).toThrow(
      'bias_correction1: expected 0.468559 after 6 updates with a beta of 0.9',
    );
    expect(() => checkRun({ ...run, words: { ...words, skipped: 7 } }, shape)).toThrow('bias_correction1: expected 0 after 0 updates');
    // Of another step, and of other betas.
    expect(() => checkRun({ ...run, words: { ...words, bias_correction1: bits(0.521703) } }, shape)).toThrow('expected 0.468559 after 6 updates');
    expect(() => checkRun(run, { ...shape, betas: [0.9, 0.99] })).toThrow('bias_correction2: expected 0.0585198 after 6 updates with a beta of 0.99, as this');
    // Without moments they are whole at once.
    const none = { ...words, bias_correction1: bits(1), bias_correction2: bits(1) };
    checkRun({ ...run, words: none }, { ...shape, betas: [0, 0] });
  });

  // The recurrence of shaders/end_step.wgsl, in floats.
  test.each([0.9, 0.999, 0.99999, 0.5])('corrections of every step are taken: beta %f', (beta) => {
    let value = 0;
    for (let updates = 1; updates <= 30_000; updates++) {
      value = Math.fround(Math.fround(Math.fround(beta) * value) + Math.fround(1 - Math.fround(beta)));
      if (updates > 50 && updates % 997 > 0) continue;
      const now = { ...words, step: updates, batches: updates, rows: 16, batch_start: 0, epoch: updates - 1, dataset_size: 16, batch: 16, rows_in_step: 16 };
      const at = { ...now, skipped: 0, bias_correction1: bits(value), bias_correction2: bits(value) };
      checkRun({ optimizer: 'adam', words: at }, { rule: 'adam', betas: [beta, beta], batchSize: 16, batches: 1, rows: 16 });
    }
  });

  test.each(['dataset_size', 'batch', 'rows', 'rows_in_step', 'batch_start', 'epoch'])('%s, where batches are given', (word) => {
    for (const value of [0, 17, 0xffffffff])
      if (value !== fedWords[word as 'rows'])
        expect(() => checkRun({ ...fed[0], words: { ...fedWords, [word]: value } }, fed[1]), `${value}`).toThrow(DataError);
  });
});

test('what stands beside the words', () => {
  expect(() => checkRun({ ...run, learningRate: { from: 8, learningRate: 0.1 } }, shape)).toThrow('learningRate.from: expected a step up to 7, got 8');
  const stopping = (more: object): RunPoint => ({ ...run, stopping: { ...run.stopping!, ...more } });
  expect(() => checkRun(stopping({ best: { ...best, step: 8 } }), shape)).toThrow('stopping.best.step: expected a step up to 7, got 8');
  expect(() => checkRun(stopping({ waited: 4 }), shape)).toThrow('stopping.waited: expected no more validations than the 3 steps since the best, got 4');
  expect(() => checkRun({ ...run, since: { 'dense_1/weight': 8 } }, shape)).toThrow('since.dense_1/weight: expected at most 7 updates, got 8');
  checkRun({ ...run, since: { 'dense_1/weight': 7 } }, shape);
});

test('what an optimizer takes the root of is not below 0', () => {
  const tensors = (state: number, value: number) => new Map([[`optimizer/${state}/dense_1/weight`, { shape: [2], data: Float32Array.of(0, value) }]]);
  const update = { name: 'own', wgsl: '', states: ['exp_avg', 'exp_avg_sq'] };
  const squared = { ...update, squares: ['exp_avg_sq'] };
  checkStates(tensors(0, -1), squared, words);
  checkStates(tensors(1, 1), squared, words);
  // Muon keeps in it what a matrix is to move by.
  checkStates(tensors(1, -1), update, words);
  expect(() => checkStates(tensors(1, -1), squared, words)).toThrow(
    'optimizer/1/dense_1/weight: expected numbers of at least 0, got -1 at 1: the file is damaged',
  );
  const start = { ...words, step: 0 };
  checkStates(tensors(0, 0), squared, start);
  expect(() => checkStates(tensors(0, 0.5), squared, start)).toThrow('optimizer/0/dense_1/weight: expected zeros before the first step, got 0.5 at 1');
});
