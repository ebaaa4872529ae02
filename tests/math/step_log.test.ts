// What is read after a group of steps fits what was set aside for it, wherever the group begins, and no row is read twice.
import { expect, test } from 'vitest';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { ProbeOptions } from '../../src/inspect/probes.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { Run } from '../../src/train/run.ts';
import { StepLog } from '../../src/train/step_log.ts';
import { stepGraph } from '../support/models.ts';

const model = sequential([dense(8), activation('relu'), dense(3)]);
const logOf = (probes: ProbeOptions, run = new Run([0, 0])): StepLog => new StepLog(run, stepGraph(model, { probes }).probes, 10);

const CASES: [string, ProbeOptions, number][] = [
  ['every step', { activity: activity() }, 15],
  ['every 10 steps, histograms every 50, norms every step', { every: 10, histograms: histograms({ every: 50 }), norms: norms({ every: 1 }) }, 15],
  // Every 21, where there are both.
  ['every 7 steps, histograms every 3', { every: 7, histograms: histograms({ every: 3 }) }, 105],
  ['every step, histograms every 3, norms every 2', { histograms: histograms({ every: 3 }), norms: norms({ every: 2 }), activity: activity() }, 15],
  ['activity alone', { tensors: [], activity: activity() }, 15],
  ['activity alone, every 4 steps', { every: 4, tensors: [], activity: activity() }, 60],
  ['norms alone', { tensors: [], norms: norms({ every: 2 }) }, 30],
  ['nothing', { tensors: [] }, 2048],
];

test.each(CASES)('probes of %s', (_name, probes, most) => {
  const log = logOf(probes);
  expect(log.max).toBe(most);
  const bytes = (from: number): number => log.ranges(from, log.max).reduce((sum, { size }) => sum + size, 0);
  const largest = Math.max(...Array.from({ length: 120 }, (_, from) => bytes(from)));
  expect(log.mostBytes).toBe(largest);
});

test.each(CASES)('probes of %s: two groups in flight do not share a row', (_name, probes) => {
  const log = logOf(probes);
  for (const from of [0, 1, 17, 4090]) {
    const rows = log.ranges(from, 2 * log.max).filter(({ buffer }) => buffer !== 'run');
    expect(new Set(rows.map(({ buffer, offset }) => `${buffer} ${offset}`)).size).toBe(rows.length);
  }
});

test('without probes', () => {
  const log = new StepLog(new Run([0, 0]), null, 10);
  expect(log.mostBytes).toBe(log.ranges(0, log.max).reduce((sum, { size }) => sum + size, 0));
});

test('activity alone is in the record', () => {
  const log = logOf({ tensors: [], activity: activity() });
  const bytes = log.ranges(0, 1).reduce((sum, { size }) => sum + size, 0);
  expect(log.decode(new ArrayBuffer(bytes), 0, 1)[0]!.layers).toEqual([{ tensors: {}, deadFraction: 0 }, { tensors: {} }]);
});

test('a step has an epoch where there is a data set, and none where batches are given one by one', () => {
  const { probes } = stepGraph(model, { probes: { tensors: [] } });
  const decoded = (log: StepLog) => log.decode(new ArrayBuffer(log.ranges(2, 1).reduce((sum, { size }) => sum + size, 0)), 2, 1)[0]!;
  expect(decoded(new StepLog(new Run([0, 0]), probes, 12)).epoch).toBe(0.25);
  expect('epoch' in decoded(new StepLog(new Run([0, 0]), probes))).toBe(false);
});

test('histograms are not computed at steps without the other statistics, where they would be dropped', () => {
  const log = logOf({ every: 7, histograms: histograms({ every: 3 }) });
  expect([3, 7, 14, 21, 42].map((step) => log.groups(step))).toEqual([[], ['moments'], ['moments'], ['moments', 'histograms'], ['moments', 'histograms']]);
});

test.each(CASES)('probes of %s: all sample the last step of a run', (_name, probes) => {
  const every = logOf(probes);
  for (const last of [1, 5, 41, 420]) {
    const run = new Run([0, 0]);
    const log = logOf(probes, run);
    run.last = last;
    const { probes: all } = stepGraph(model, { probes }).probes!;
    const names = (of: StepLog, step: number): string[] => of.ranges(step - 1, 1).map(({ buffer }) => buffer);
    expect(names(log, last)).toEqual(['run', 'log', ...all.map(({ ring }) => ring.name)]);
    expect(log.groups(last)).toEqual([...new Set(all.map(({ group }) => group))]);
    // It fits what was set aside, is alone in its submit where it writes the rows of steps before it, and changes no other step.
    expect(log.ranges(last - 1, 1).reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(log.mostBytes);
    expect(log.alone(last)).toBe(names(every, last).length < names(log, last).length);
    expect(names(log, last + 1)).toEqual(names(every, last + 1));
    expect(log.alone(last + 1)).toBe(false);
  }
});
