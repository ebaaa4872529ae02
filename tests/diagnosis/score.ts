// What a run of the scoreboard is worth: how far the model that one would keep beats the best constant answer on rows that it has not seen.

import type { Engine } from '../../src/engine.ts';
import { isRefusal } from '../../src/experiment/admit.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { type RunOptions, type RunResult, runExperiment } from '../../src/experiment/run.ts';
import { baselineOf } from '../../src/inspect/facts.ts';
import type { Score, Sick } from './network.ts';

/** The three seeds over which sick network and twin are compared; `treat` sees the first alone. */
export const SEEDS = [1, 2, 3] as const;

/** Where a run of the scoreboard finds the digits. */
export type Read = NonNullable<RunOptions['read']>;

/** The result of a document with another seed. Only its end is asked for: looks and validations that decide nothing are left out, to the same bits in a third of the time. */
export function runWith(engine: Engine, document: Experiment, seed: number, read: Read): Promise<RunResult> {
  const { training } = document;
  const quiet = training.steps === undefined || training.earlyStopping ? training : { ...training, validateEvery: training.steps };
  return runExperiment(engine, { ...document, seed, training: quiet, probes: { every: training.steps ?? 1000 } }, { read });
}

/** What was won over the best constant answer, at least 0: 0.4 for an accuracy of 0.9 where half of the rows are of one class. */
export function won({ test, status, history }: RunResult, score: Score): number {
  if (status === 'non_finite' || !test) return 0;
  const value =
    score === 'accuracy'
      ? (test.accuracy ?? 0) - majority(test.confusion)
      : score === 'loss'
        ? 1 - test.loss / baselineOf(history.facts ?? {})!
        : (test.metrics?.[score] ?? 0);
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}

/** The share of the most frequent class. */
function majority(confusion: number[][] = [[1]]): number {
  const counts = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  return Math.max(...counts) / counts.reduce((sum, count) => sum + count, 0);
}

/** What was won by each of several seeds, on the mean. */
export async function wonBy(engine: Engine, document: Experiment, score: Score, seeds: readonly number[], read: Read): Promise<number> {
  let sum = 0;
  for (const seed of seeds) sum += won(await runWith(engine, document, seed, read), score);
  return sum / seeds.length;
}

/** Whether the planted cause does harm, and its absence heals: else the network proves nothing and does not count. */
export interface Proof {
  sick: number;
  twin: number;
  counts: boolean;
}

/** What a twin must win at least: less could be chance. */
const BEATS = 0.1;

export async function prove(engine: Engine, { document, twin, score }: Sick, read: Read): Promise<Proof> {
  // What is refused at the door wins nothing.
  const refused = (error: unknown): number => {
    if (isRefusal(error)) return 0;
    throw error;
  };
  const sick = await wonBy(engine, document, score, SEEDS, read).catch(refused);
  const healthy = await wonBy(engine, twin, score, SEEDS, read);
  return { sick, twin: healthy, counts: healthy >= BEATS && sick <= healthy / 2 };
}
