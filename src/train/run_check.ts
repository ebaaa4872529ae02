// Whether what a checkpoint says of its run can be: every word of the run state is held against the others, and against the trainer that is to go on.
import { DataError } from '../errors.ts';
import type { RunPoint } from '../io/checkpoint.ts';
import { LIMITS } from '../limits.ts';

/** What the trainer says of a run. */
export interface RunShape {
  /** Of the optimizer. */
  readonly rule: string;
  /** Rows of a full batch. */
  readonly batchSize: number;
  /** Of a step. */
  readonly batches: number;
  /** Rows of the training set; absent where batches are fed. */
  readonly rows: number | undefined;
}

/** Throws DataError for a run of another trainer, one that turned non-finite, and one that cannot be. */
export function checkRun({ optimizer, words, rate, recovery, stopping, best: lowest }: RunPoint, { rule, batchSize, batches, rows }: RunShape): void {
  if (optimizer !== rule) throw new DataError(`checkpoint: it is of a run with the update rule ${optimizer}, this trainer has ${rule}`);
  const other = (what: string, expected: number, got: number): DataError =>
    new DataError(`checkpoint: it is of a run with ${got} ${what}, this trainer has ${expected}: the steps would differ`);
  if (words.halted) throw new DataError('checkpoint: it is of a run that turned non-finite: use an earlier one');
  const step = words.step!;
  if (step > 0 && words.batches !== step * batches) throw other('batches in a step', batches, words.batches! / step);
  // Fed batches bring their own number of rows.
  if (rows !== undefined) {
    if (words.batch !== batchSize) throw other('rows in a batch', batchSize, words.batch!);
    if (words.samples !== rows) throw other('rows of data', rows, words.samples!);
  }
  const hold = (word: string, fits: boolean, expected: string, got: unknown = words[word]): void => {
    if (!fits) throw new DataError(`checkpoint: ${word}: expected ${expected}, got ${got}: the file is damaged`);
  };
  const exactly = (word: string, expected: number): void => hold(word, words[word] === expected, String(expected));
  hold('step', step <= LIMITS.steps, `at most ${LIMITS.steps} steps`);
  exactly('batches', step * batches);
  for (const word of ['batch', 'samples']) hold(word, words[word]! >= 1 && words[word]! <= LIMITS.rows, 'at least 1 row');
  if (rows === undefined && words.samples === words.batch) {
    // Another batch may have been set since the last step.
    hold('rows', words.rows! >= 1 && words.rows! <= batchSize, `1 to ${batchSize} rows`);
    exactly('first', 0);
    exactly('epoch', Math.max(0, step - 1));
    exactly('total', words.rows!);
  } else {
    const { samples, batch: size } = words as { samples: number; batch: number };
    const batch = (number: number): { epoch: number; first: number; rows: number } => {
      const perEpoch = Math.ceil(samples / size);
      const first = (number % perEpoch) * size;
      return { epoch: Math.floor(number / perEpoch), first, rows: Math.min(size, samples - first) };
    };
    const last = batch(Math.max(0, words.batches! - 1));
    exactly('epoch', last.epoch);
    exactly('first', last.first);
    exactly('rows', last.rows);
    let total = 0;
    for (let i = Math.max(0, words.batches! - batches); i < Math.max(1, words.batches!); i++) total += batch(i).rows;
    exactly('total', total);
  }
  hold('tolerant', words.tolerant! <= 1, '0 or 1');
  hold('skipped', words.skipped! <= step, `no more than the ${step} steps`);
  hold('bad', words.bad! <= Math.min(1, words.skipped!), words.skipped ? '0 or 1' : '0 where no step was skipped');
  checkFloats(words, hold);
  if (rate) hold('rate.from', rate.from <= step, `a step up to ${step}`, rate.from);
  // A run that went back has seen more.
  const seen = Math.max(step, recovery?.reached ?? 0);
  if (lowest) hold('best.step', lowest.step <= seen, `a step up to ${seen}`, lowest.step);
  if (!stopping) return;
  const { waited, best } = stopping;
  hold('stopping.best.step', best.step <= seen, `a step up to ${seen}`, best.step);
  if (!recovery) hold('stopping.waited', waited <= step - best.step, `no more checks than the ${step - best.step} steps since the best`, waited);
}

function checkFloats(words: Readonly<Record<string, number>>, hold: (word: string, fits: boolean, expected: string, got: unknown) => void): void {
  const float = (word: string, fits: (value: number) => boolean, expected: string): void => {
    const value = new Float32Array(Uint32Array.of(words[word]!).buffer)[0]!;
    hold(word, fits(value), expected, value);
  };
  const least = (value: number): boolean => Number.isFinite(value) && value >= 0;
  float('rate', least, 'a number of at least 0');
  // In a step that was skipped these are what was wrong with it.
  if (!words.bad) {
    float('loss', Number.isFinite, 'a finite number');
    for (const word of ['penalty', 'norm']) float(word, least, 'a number of at least 0');
    float('clip', (value) => value >= 0 && value <= 1, 'a number from 0 to 1');
  }
  // Adam divides by them: running means of ones, 0 before the first update alone.
  const updates = words.step! - words.skipped!;
  for (const word of ['correction1', 'correction2'])
    float(
      word,
      (value) => (updates === 0 ? value === 0 : value > 0 && value <= 1.0001),
      updates === 0 ? '0 before the first update' : 'a number above 0, up to 1',
    );
}
