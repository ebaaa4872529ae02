// Sweeps as data: which runs there are, which is hopeless, and what is made of their lines.
import { expect, test } from 'vitest';
import {
  isHopeless,
  mergeSweepLines,
  parseSweep,
  readSweepLines,
  type SweepLine,
  sweepId,
  sweepLineText,
  sweepRows,
  sweepRuns,
} from '../../src/experiment/sweep.ts';

const experiment = {
  seed: 3,
  data: { source: 'generator', name: 'moons', params: { rows: 20 }, split: { validation: 0.5 } },
  model: {
    layers: [
      { type: 'dense', units: 4 },
      { type: 'dense', units: 2 },
    ],
  },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 20, batchSize: 4 },
};
const of = (more: object) => parseSweep({ experiment, vary: { 'optimizer.learningRate': [0.1, 0.01], 'model.layers[0].units': [4, 8, 16] }, ...more });

test('a grid has every combination by every seed, the last path first', () => {
  const runs = sweepRuns(of({ seeds: [1, 2] }));
  expect(runs).toHaveLength(12);
  expect(runs.slice(0, 3).map(({ run, values, seed }) => [run, Object.values(values), seed])).toEqual([
    [1, [0.1, 4], 1],
    [2, [0.1, 4], 2],
    [3, [0.1, 8], 1],
  ]);
  const { document } = runs.at(-1)!;
  expect([document.optimizer.learningRate, document.model.layers[0], document.seed]).toEqual([0.01, { type: 'dense', units: 16 }, 2]);
  expect(sweepRuns(of({}))[0]!.seed).toBe(3);
});

test('at random, combinations stay, and values are in their range', () => {
  const sweep = of({
    random: 200,
    vary: {
      'optimizer.learningRate': { from: 1e-4, to: 1, log: true },
      'model.layers[0].units': { from: 2, to: 5, integer: true },
      'optimizer.name': ['sgd', 'adam'],
    },
  });
  const runs = sweepRuns(sweep);
  expect(runs).toEqual(sweepRuns(sweep));
  const rates = runs.map(({ values }) => values['optimizer.learningRate'] as number);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
  // By logarithm, half of them are below the middle, 0.01.
  expect(rates.filter((rate) => rate < 0.01).length / 200).toBeCloseTo(0.5, 0);
  const units = new Set(runs.map(({ values }) => values['model.layers[0].units']));
  expect([...units].sort()).toEqual([2, 3, 4, 5]);
  expect(new Set(runs.map(({ values }) => values['optimizer.name'])).size).toBe(2);
});

test.each<[object, string]>([
  [{ vary: {} }, 'sweep: vary: expected a path at least'],
  [{ vary: { 'optimizer.learningRate': [] } }, 'sweep: vary: optimizer.learningRate: expected a list of values, or {from, to}, got []'],
  [{ vary: { 'optimizer.learningRate': { from: 1, to: 2 } } }, 'a range is for a sweep at random: say how many, "random": 20, or list values'],
  [{ random: 2, vary: { 'optimizer.learningRate': { from: 0, to: 2, log: true } } }, 'expected from below to, both above 0 for log'],
  [{ stop: { rule: 'mean' } }, 'stop.rule: expected one of median'],
  [{ vary: { 'model.layers[2].units': [1] } }, 'sweep: vary: model.layers[2].units: the experiment has no such place'],
  [{ vary: { 'model.layers[2]': [1] } }, 'sweep: vary: model.layers[2]: the experiment has no such place'],
  [{ vary: { 'a.__proto__.b': [1] } }, 'the experiment has no such place'],
  [{ vary: { 'optimizer.learningRate': [0.1, -1] } }, 'sweep: run 2, optimizer.learningRate -1: optimizer.learningRate: expected'],
])('refused: case %#', (more, message) => {
  expect(() => sweepRuns(of(more))).toThrow(message);
});

const id = sweepId(of({}));
const line = (run: number, loss: number, more: Partial<SweepLine> = {}): SweepLine => ({
  ...{ sweep: id, run, values: { 'optimizer.learningRate': run }, seed: 1, status: 'finished', steps: 20, trainLoss: 1, validationLoss: loss, seconds: 1 },
  validations: [
    [5, 2 * loss],
    [10, loss],
  ],
  ...more,
});

test('the median rule ends a run that is above the others of its seed, once enough of them came as far', () => {
  const sweep = of({ stop: { rule: 'median', after: 0.5 } });
  const others = [line(1, 1), line(2, 2), line(3, 3)];
  const at = (step: number, loss: number, those = others, seed = 1): boolean =>
    isHopeless(sweep, { seed, steps: 20, validations: [[1, 9] as const, [step, loss] as const] }, those);
  expect(at(10, 2.1)).toBe(true);
  expect(at(10, 1.9)).toBe(false);
  expect(at(5, 9)).toBe(false);
  expect(at(11, 9)).toBe(false);
  expect(at(10, 9, others.slice(1))).toBe(false);
  // Another seed sets other rows apart: neither are its runs compared with these, nor counted.
  expect(at(10, 9, others, 2)).toBe(false);
  const easier = [1, 2, 3].map((each) => line(each, each / 10, { seed: 2 }));
  expect([at(10, 1.9, [...others, ...easier]), at(10, 1.9, [...others, ...easier], 2)]).toEqual([false, true]);
  // Its lowest so far counts.
  expect(isHopeless(sweep, { seed: 1, steps: 20, validations: [[5, 1.5] as const, [10, 9] as const] }, others)).toBe(false);
  expect(isHopeless(of({}), { seed: 1, steps: 20, validations: [[10, 9]] }, others)).toBe(false);
});

test('lines come back, but for one that was cut off, and are those of one sweep', () => {
  const text = [line(2, 2), line(1, Number.NaN)].map((each) => `${sweepLineText(each)}\n`).join('');
  expect(readSweepLines('a', text, id)).toEqual([line(2, 2), line(1, Number.NaN)]);
  expect(readSweepLines('a', `${text}{"run": 3, "val`, id)).toHaveLength(2);
  expect(() => readSweepLines('a', `{"run": 3\n${text}`, id)).toThrow('a, line 1: expected JSON');
  expect(() => readSweepLines('a', '{"run": 3}\n', id)).toThrow('a, line 1: expected a run of a sweep');
  expect(() => readSweepLines('a', text, 'other')).toThrow('a, line 1: is of another sweep: give --out another file');
  expect(mergeSweepLines([[line(2, 2), line(1, 1)], [line(2, 3)]])).toEqual([line(1, 1), line(2, 3)]);
  expect(sweepId(of({ seeds: [4] }))).not.toBe(id);
});

test('the table has the best first, and means over seeds, without runs that were stopped', () => {
  const lines = [
    line(1, 3),
    line(2, 1),
    line(2, 2, { run: 3, seed: 2, status: 'early_stopping', validationAccuracy: 0.5 }),
    line(4, Number.NaN, { status: 'non_finite' }),
    line(5, 0.9),
    line(5, 7, { run: 6, seed: 2, status: 'hopeless', steps: 5 }),
    line(7, 0.1, { status: 'hopeless', steps: 5 }),
  ];
  expect(sweepRows(lines)).toEqual([
    ['learningRate', 'validation', '±', 'seeds', 'accuracy', 'steps', 'ended'],
    ['2', '1.5', '0.5', '2', '50.0 %', '20', '1 finished, 1 early stopping'],
    ['1', '3', '0', '1', '–', '20', 'finished'],
    ['5', '0.9', '0', '1', '–', '20', '1 finished, 1 hopeless'],
    ['7', '0.1', '0', '1', '–', '5', 'hopeless'],
    ['4', 'NaN', 'NaN', '1', '–', '20', 'non finite'],
  ]);
});
