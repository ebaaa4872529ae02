// Checks that the run state of a checkpoint is possible: every word is compared with the others, and with the trainer that will continue.
import { DataError } from '../errors.ts';
import { checkNumbers, type RunPoint } from '../io/checkpoint.ts';
import * as LIMITS from '../limits.ts';
import type { UpdateFunction } from '../ops/updates.ts';
import type { HostTensor } from '../shape.ts';

/** What the trainer requires of a run. */
export interface RunShape {
  /** Of the optimizer: its update rule, and Adam's decay rates. */
  readonly rule: string;
  readonly betas: readonly [number, number];
  /** Rows of a full batch. */
  readonly batchSize: number;
  /** Of a step. */
  readonly batches: number;
  /** Rows of the training set; absent where batches are given one by one. */
  readonly rows: number | undefined;
}

/**
 * Throws DataError where a state that an optimizer takes the root of holds numbers below 0, and where there is a state though no step was taken. Tensors have
 * the names `optimizer/0/<path>`.
 */
export function checkStates(tensors: ReadonlyMap<string, HostTensor>, { states, squares = [] }: UpdateFunction, words: RunPoint['words']): void {
  for (const [name, { data }] of tensors) {
    const [of, state] = name.split('/');
    if (of !== 'optimizer') continue;
    if (squares.includes(states[Number(state)]!)) checkNumbers(name, data, true);
    const place = words.step === 0 ? data.findIndex((number) => number !== 0) : -1;
    if (place >= 0) throw new DataError(`${name}: expected zeros before the first step, got ${data[place]} at ${place}: the file is damaged`);
  }
}

/** Throws DataError for a run of another trainer, one that turned non-finite, and one that cannot be. */
export function checkRun(
  { optimizer, words, learningRate, since = {}, recovery, stopping, best: lowest }: RunPoint,
  { rule, betas, batchSize, batches, rows }: RunShape,
): void {
  // Its name in earlier files.
  const found = optimizer === 'plain_sgd' ? 'sgd_without_momentum' : optimizer;
  const inWords = (name: string): string => name.replaceAll('_', ' ');
  if (found !== rule) throw new DataError(`checkpoint: it is of a run with the update rule ${inWords(found)}, this trainer has ${inWords(rule)}`);
  const other = (what: string, expected: number, got: number): DataError =>
    new DataError(`checkpoint: it is of a run with ${got} ${what}, this trainer has ${expected}: the steps would differ`);
  if (words.halted) throw new DataError('checkpoint: it is of a run that turned non-finite: use an earlier one');
  const step = words.step!;
  if (step > 0 && words.batches !== step * batches) throw other('batches in a step', batches, words.batches! / step);
  // Given batches bring their own number of rows.
  if (rows !== undefined) {
    if (words.batch !== batchSize) throw other('rows in a batch', batchSize, words.batch!);
    if (words.dataset_size !== rows) throw other('rows of data', rows, words.dataset_size!);
  }
  const hold = (word: string, fits: boolean, expected: string, got: unknown = words[word]): void => {
    if (!fits) throw new DataError(`checkpoint: ${word}: expected ${expected}, got ${got}: the file is damaged`);
  };
  const exactly = (word: string, expected: number): void => hold(word, words[word] === expected, String(expected));
  hold('step', step <= LIMITS.steps, `at most ${LIMITS.steps} steps`);
  exactly('batches', step * batches);
  for (const word of ['batch', 'dataset_size']) hold(word, words[word]! >= 1 && words[word]! <= LIMITS.rows, 'at least 1 row');
  if (rows === undefined && words.dataset_size === words.batch) {
    // Another batch may have been set since the last step.
    hold('rows', words.rows! >= 1 && words.rows! <= batchSize, `1 to ${batchSize} rows`);
    exactly('batch_start', 0);
    exactly('epoch', Math.max(0, step - 1));
    exactly('rows_in_step', words.rows!);
  } else {
    const { dataset_size: samples, batch: size } = words as { dataset_size: number; batch: number };
    const batch = (number: number): { epoch: number; first: number; rows: number } => {
      const perEpoch = Math.ceil(samples / size);
      const first = (number % perEpoch) * size;
      return { epoch: Math.floor(number / perEpoch), first, rows: Math.min(size, samples - first) };
    };
    const last = batch(Math.max(0, words.batches! - 1));
    exactly('epoch', last.epoch);
    exactly('batch_start', last.first);
    exactly('rows', last.rows);
    let total = 0;
    for (let i = Math.max(0, words.batches! - batches); i < Math.max(1, words.batches!); i++) total += batch(i).rows;
    exactly('rows_in_step', total);
  }
  hold('skip_non_finite', words.skip_non_finite! <= 1, '0 or 1');
  hold('skipped', words.skipped! <= step, `no more than the ${step} steps`);
  hold('non_finite', words.non_finite! <= Math.min(1, words.skipped!), words.skipped ? '0 or 1' : '0 where no step was skipped');
  checkFloats(words, betas, hold);
  if (learningRate) hold('learningRate.from', learningRate.from <= step, `a step up to ${step}`, learningRate.from);
  for (const [path, updates] of Object.entries(since)) hold(`since.${path}`, updates <= step, `at most ${step} updates`, updates);
  // A run that went back has seen more.
  const seen = Math.max(step, recovery?.reached ?? 0);
  if (lowest) hold('best.step', lowest.step <= seen, `a step up to ${seen}`, lowest.step);
  if (!stopping) return;
  const { waited, best } = stopping;
  hold('stopping.best.step', best.step <= seen, `a step up to ${seen}`, best.step);
  if (!recovery) hold('stopping.waited', waited <= step - best.step, `no more validations than the ${step - best.step} steps since the best`, waited);
}

function checkFloats(
  words: Readonly<Record<string, number>>,
  betas: RunShape['betas'],
  hold: (word: string, fits: boolean, expected: string, got: unknown) => void,
): void {
  const float = (word: string, fits: (value: number) => boolean, expected: string): void => {
    const value = new Float32Array(Uint32Array.of(words[word]!).buffer)[0]!;
    hold(word, fits(value), expected, value);
  };
  const min = (value: number): boolean => Number.isFinite(value) && value >= 0;
  float('learning_rate', min, 'a number of at least 0');
  // In a skipped step these are the non-finite values themselves.
  if (!words.non_finite) {
    float('loss', Number.isFinite, 'a finite number');
    for (const word of ['regularization_loss', 'norm']) float(word, min, 'a number of at least 0');
    float('clip', (value) => value >= 0 && value <= 1, 'a number from 0 to 1');
  }
  // Adam divides by them: running means of ones, in floats.
  const updates = words.step! - words.skipped!;
  for (const [i, beta] of betas.map(Math.fround).entries()) {
    const expected = updates === 0 ? 0 : -Math.expm1(updates * Math.log(beta));
    const tolerance = expected * (1e-6 + 2 ** -22 * Math.min(updates, 1 / (1 - beta)));
    float(
      `bias_correction${i + 1}`,
      (value) => Math.abs(value - expected) <= tolerance,
      `${Number(expected.toPrecision(6))} after ${updates} updates with a beta of ${betas[i]}, as this trainer has it`,
    );
  }
}
