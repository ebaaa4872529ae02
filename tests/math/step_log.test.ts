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
