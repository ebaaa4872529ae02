// Histories that somebody else made, by hand or with JSON.parse: right ones are read as they are meant, others are refused with the place.
import { expect, test } from 'vitest';
import { beforehand, diagnose, factsOf, historyLines, summaryOf } from '../../src/experiment/index.ts';
import type { RunFacts } from '../../src/inspect/facts.ts';
import type { HistoryData } from '../../src/inspect/history.ts';
import { readHistory } from '../../src/inspect/read_history.ts';
import { Steps } from '../../src/inspect/steps.ts';
import { stats } from '../support/synthetic_history.ts';
import { faultsOf } from '../support/wrong.ts';

const column = { value: 1, column: 0 };
const facts: RunFacts = {
  inputs: [{ name: 'x', rows: 40, columns: 2, meanSquare: 1, min: -1, max: 1, constantColumns: 0, offCentre: column, smallestStd: column, largestStd: column }],
  outputs: [
    {
      name: 'y',
      loss: 'mse',
      task: 'regression',
      units: 1,
      activation: 'linear',
      range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      targets: { kind: 'values', rows: 40, columns: 1, min: 0, max: 1, mean: 0.5, variance: 0.25 },
    },
  ],
  training: { optimizer: 'sgd', learningRate: 0.1, weightDecay: 0, decoupled: false, batchSize: 8 },
  layers: [{ name: 'dense_1', l1: 0, l2: 0, dropout: 0 }],
};
/** Of a log with L2 norms alone: what it does not have is NaN. */
const l2Only = stats({ absMean: Number.NaN, rms: Number.NaN, std: Number.NaN });
const history = (steps = 8): HistoryData => ({
  layers: ['dense_1', 'dense_2', 'dense_3', 'dense_4'].map((name, i) => ({
    name,
    role: i < 3 ? 'hidden' : 'output',
    activation: i < 3 ? 'tanh' : 'linear',
    fanIn: 4,
    width: 4,
    batchNorm: false,
    residual: false,
  })),
  joins: [{ name: 'add_1', role: 'hidden', activation: 'linear', width: 4, after: 1 }],
  steps: Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    epoch: i / 10,
    loss: i === steps - 1 ? Number.NaN : 1 / (i + 1),
    regularizationLoss: 0,
    gradientNorm: 1,
    learningRate: 0.1,
    layers: Array.from({ length: 4 }, () => ({
      tensors: { z: stats({ histogram: [1, 2] }), delta: l2Only, weight_gradient: l2Only, weight: stats(), update: stats() },
      norms: { delta: 1 },
      updateToWeight: { l2: 1e-3, absMean: Number.NaN },
      deadFraction: 0,
    })),
    joins: [{ tensors: { z: stats() } }],
  })),
  validations: [{ step: 5, epoch: 2, trainLoss: 0.1, validationLoss: Number.NaN, validationMetrics: { r2: Number.NaN }, predictedClasses: [20, 20] }],
  nonFinite: { step: 8, tensor: 'loss', nanCount: 1, infCount: 0 },
  recoveries: [{ from: 4, to: 2, learningRate: 0.05, device: { lost: 'x', adapter: 'y', equal: true } }],
  histogramEdges: [1, 2],
  task: { kind: 'regression', baselineLoss: 0.25 },
  facts,
});
const throughJson = (given: object) => JSON.parse(JSON.stringify(given));

/** The paths to all values in it; of lists the first entry, of tensors z: all are alike. */
function paths(value: unknown, before: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value);
  return entries
    .filter(([key]) => !(before.at(-1) === 'tensors' && key !== 'z'))
    .flatMap(([key, each]) => [[...before, key], ...paths(each, [...before, key])]);
}
function changed(given: object, path: readonly string[], value: unknown): never {
  const copy = structuredClone(given);
  const holder = path.slice(0, -1).reduce((at, key) => (at as Record<string, object>)[key]!, copy);
  (holder as Record<string, unknown>)[path.at(-1)!] = value;
  return copy as never;
}

const DOORS = { diagnose, beforehand, factsOf, historyLines, summaryOf: (given: never) => summaryOf({ history: given, train: { loss: 1 } } as never) };

test.each(Object.entries(DOORS))('%s: whatever stands in any place of it', async (name, door) => {
  const right = history(1);
  // One reader stands behind all doors: the rules read the most of it.
  for (const path of paths(right).filter(({ length }) => name === 'diagnose' || length < 3))
    expect(await faultsOf(`${name}: ${path.join('.')}`, (given) => door(changed(right, path, given)), [1])).toEqual([]);
});

test.each([
  ['steps[3]', ['steps', '3'], null, 'a record, got null'],
  ['steps[3].loss', ['steps', '3', 'loss'], '1', 'a number, got "1"'],
  ['steps[3].layers', ['steps', '3', 'layers'], 3, 'a list, got 3'],
  ['steps[3].layers[1].tensors', ['steps', '3', 'layers', '1', 'tensors'], null, 'a record, got null'],
  ['steps[3].layers[1].tensors.z.rms', ['steps', '3', 'layers', '1', 'tensors', 'z', 'rms'], 1n, 'a number, got 1'],
  ['steps[3].joins[0].norms', ['steps', '3', 'joins', '0', 'norms'], 'abc', 'a record, got "abc"'],
  ['layers[1].name', ['layers', '1', 'name'], undefined, 'a string, got undefined'],
  ['validations[0].validationLoss', ['validations', '0', 'validationLoss'], undefined, 'a number, got undefined'],
  ['validations[0].validationMetrics.r2', ['validations', '0', 'validationMetrics', 'r2'], 'x', 'a number, got "x"'],
  ['nonFinite', ['nonFinite'], 3, 'a record, got 3'],
  ['facts.outputs[0].range', ['facts', 'outputs', '0', 'range'], [1], 'two numbers, got [1]'],
] as const)('names %s', (place, path, value, expected) => {
  expect(() => diagnose(changed(history(), path, value))).toThrow(`diagnose: ${place}: expected ${expected}`);
});

test('what JSON wrote null for is NaN again, not 0: the findings are the same', () => {
  const right = history();
  expect(diagnose(throughJson(right))).toEqual(diagnose(right));
  expect(historyLines(throughJson(right))).toEqual(historyLines(right as never));
  expect(factsOf(throughJson(right))).toEqual(facts);
});

test('what fits is not copied, and steps may be any list of records', () => {
  const right = history();
  const read = readHistory('test', right);
  expect(read.facts).toBe(facts);
  expect(read.layers).toBe(right.layers);
  const steps = new Steps(right.steps);
  expect(readHistory('test', { ...right, steps }).steps).toBe(steps);
  const records = [...right.steps];
  expect(diagnose({ ...right, steps: new Set(records) })).toEqual(diagnose(right));
});
