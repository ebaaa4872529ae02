// What is read after a group of steps fits what was set aside for it, wherever the group begins.
import { expect, test } from 'vitest';
import type { ProbePlan } from '../../src/inspect/probes.ts';
import { StepLog } from '../../src/train/step_log.ts';

const rowBytes = { moments: 480, activity: 16, histograms: 720, norms: 40 };

test.each([
  [1, 0, 0],
  [10, 50, 1],
  [7, 3, 0],
  [1, 3, 2],
])('probes every %i steps, histograms every %i, norms every %i', (every, histogramEvery, normEvery) => {
  const log = new StepLog({ every, histogramEvery, normEvery, rowBytes } as ProbePlan, 10);
  const bytes = (from: number): number => log.ranges(from, log.most).reduce((sum, { size }) => sum + size, 0);
  const largest = Math.max(...Array.from({ length: 500 }, (_, from) => bytes(from)));
  expect(log.mostBytes).toBe(largest);
});

test('without probes', () => {
  const log = new StepLog(null, 10);
  expect(log.mostBytes).toBe(log.ranges(0, log.most).reduce((sum, { size }) => sum + size, 0));
});

test.each<[string, Partial<ProbePlan['rowBytes']>, number, number]>([
  ['full statistics', { moments: 480 }, 0, 0],
  ['activity alone', { activity: 16 }, 0, 0],
  ['histograms alone', { histograms: 720 }, 1, 0],
  ['norms alone', { norms: 40 }, 0, 1],
])('two groups of steps never fill a row of a ring twice: %s', (_, rows, histogramEvery, normEvery) => {
  const plan = { every: 1, histogramEvery, normEvery, rowBytes: { moments: 0, activity: 0, histograms: 0, norms: 0, ...rows } };
  const log = new StepLog(plan as ProbePlan, 10);
  for (const from of [0, 17]) {
    const places = log.ranges(from, 2 * log.most).flatMap(({ buffer, offset }) => (buffer.startsWith('ring/') ? [`${buffer} ${offset}`] : []));
    expect(places).toHaveLength(2 * log.most);
    expect(new Set(places).size).toBe(places.length);
  }
});

test('activity alone is in the record', () => {
  const layers = [{ tensors: {}, deadShare: 0.5 }];
  const plan = { every: 1, histogramEvery: 0, normEvery: 0, rowBytes: { moments: 0, activity: 8, histograms: 0, norms: 0 }, decode: () => layers };
  const log = new StepLog(plan as unknown as ProbePlan, 10);
  const bytes = log.ranges(0, 1).reduce((sum, { size }) => sum + size, 0);
  expect(log.decode(new ArrayBuffer(bytes), 0, 1)[0]!.layers).toEqual(layers);
});
