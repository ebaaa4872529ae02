// Metrics: the figures of scikit-learn (tests/fixtures/sklearn_metrics.py), and of plain loops where rows do not all count; in evaluations and in validations of a run.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataset, namedDataset } from '../../src/data/index.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { UsageError } from '../../src/errors.ts';
import { openModel, parseExperiment, runExperiment } from '../../src/experiment/index.ts';
import { dense } from '../../src/nn/layers.ts';
import { bceWithLogits, hinge, type Loss, loss, mse, softmaxCrossEntropy, weightedCrossEntropy } from '../../src/nn/losses.ts';
import { model } from '../../src/nn/model.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import type { LiveModel } from '../../src/train/live_model.ts';
import { losses } from '../../src/train/losses.ts';
import {
  accuracy,
  auc,
  confusionMatrix,
  f1,
  type Metric,
  type Metrics,
  meanAbsoluteError,
  metric,
  perplexity,
  precision,
  r2,
  recall,
  rmse,
  topK,
} from '../../src/train/metrics.ts';
import { sgd } from '../../src/train/optimizers.ts';
import recorded from '../fixtures/sklearn_metrics.json';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const ROWS = 300;
const CLASSES = 5;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const label = (i: number): number => (i * 7 + Math.floor(i / 3)) % 4;
const logits = range(ROWS).map((i) => range(CLASSES).map((c) => (((i * 37 + c * 101) % 257) - 128) / 32 + (c === label(i) ? 4.03125 : 0) - (c === 3 ? 9 : 0)));

/** A model that answers with what it is asked: the product with ones and zeros is exact. */
async function echo(features: number): Promise<LiveModel> {
  const live = await engine.createModel(sequential([dense({ units: features, bias: false })]), { features });
  const data = range(features * features).map((i) => Number(i % (features + 1) === 0));
  live.setParameters(new Map([['dense_1/weight', { shape: [features, features], data }]]));
  return live;
}

/** The same of sequences, by name. */
async function echoNamed(shape: readonly number[]): Promise<LiveModel<ReturnType<typeof model<'x', 'y'>>>> {
  const features = shape.at(-1)!;
  const live = await engine.createModel(model({ x: [...shape] }, ({ x }) => ({ y: dense({ units: features, bias: false })(x) })));
  const data = range(features * features).map((i) => Number(i % (features + 1) === 0));
  live.setParameters(new Map([['dense_1/weight', { shape: [features, features], data }]]));
  return live;
}

const averages = (of: typeof f1, names: readonly ('binary' | 'macro' | 'weighted' | 'micro')[]): Metric[] => names.map((average) => of({ average }));

function expectMetrics(got: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>, tolerance = 1e-9): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected))
    expect(Math.abs(got[name]! - value), `${name}: ${got[name]}, expected ${value}`).toBeLessThan(tolerance);
}

/** `{ f1: { macro: 1 } }` as `{ f1_macro: 1 }`. */
const flat = (of: Readonly<Record<string, unknown>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(of).flatMap(([name, value]): [string, number][] =>
      typeof value === 'number' ? [[name, value]] : Object.entries(value as Record<string, number>).map(([average, each]) => [`${name}_${average}`, each]),
    ),
  );

describe("scikit-learn's figures", () => {
  test('of several classes', async () => {
    const live = await echo(CLASSES);
    const data = dataset({ x: logits, y: range(ROWS).map(label), classes: CLASSES });
    const names = ['macro', 'weighted', 'micro'] as const;
    const metrics = [accuracy(), topK({ k: 2 }), auc(), ...[precision, recall, f1].flatMap((of) => averages(of, names)), f1()];
    const result = await live.evaluate(data, softmaxCrossEntropy(), { metrics });
    const { confusion, balanced_accuracy: _, perplexity: expectedPerplexity, ...expected } = recorded.classes;
    expectMetrics(result.metrics!, { ...flat(expected), f1: expected.f1.macro });
    expect(result.confusion).toEqual(confusion.None);
    expect(result.accuracy).toBe(result.metrics!.accuracy);
    // Label smoothing is the loss's own.
    const smoothed = await live.evaluate(data, softmaxCrossEntropy({ labelSmoothing: 0.1 }), { metrics: [perplexity()] });
    expect(smoothed.metrics!.perplexity! / expectedPerplexity).toBeCloseTo(1, 6);
    for (const normalize of ['true', 'pred', 'all'] as const) {
      const fractions = await live.evaluate(data, softmaxCrossEntropy(), { metrics: [confusionMatrix({ normalize })] });
      expect(fractions.metrics).toEqual({});
      fractions.confusion!.forEach((row, i) => row.forEach((fraction, j) => expect(fraction).toBeCloseTo(confusion[normalize][i]![j]!, 12)));
    }
    live.destroy();
  });

  test('of one logit', async () => {
    const live = await echo(1);
    const score = range(ROWS).map((i) => (((i * 37) % 101) - 50) / 16);
    const right = (i: number): number => Number(((i * 29) % 101) - 50 + score[i]! * 8 > 0);
    const metrics = [accuracy(), auc(), ...[precision, recall, f1].flatMap((of) => averages(of, ['binary', 'macro', 'weighted', 'micro'])), f1()];
    const expected = { ...flat(recorded.binary), f1: recorded.binary.f1.binary };
    const result = await live.evaluate(dataset({ x: score, y: range(ROWS).map(right) }), bceWithLogits(), { metrics });
    expectMetrics(result.metrics!, expected);
    const signs = dataset({ x: score, y: range(ROWS).map((i) => 2 * right(i) - 1) });
    expectMetrics((await live.evaluate(signs, hinge(), { metrics })).metrics!, expected);
    live.destroy();
  });

  test('of numbers in two columns', async () => {
    const live = await echo(2);
    const y = range(ROWS).map((i) => [(((i * 53) % 127) - 63) / 32, ((i * 11) % 61) / 64]);
    const x = y.map(([a, b], i) => [a! + (((i * 17) % 31) - 15) / 64, b! + (((i * 5) % 13) - 6) / 32]);
    const result = await live.evaluate(dataset({ x, y }), mse(), { metrics: [meanAbsoluteError(), rmse(), r2()] });
    // Sums of a pass are float32.
    expectMetrics(result.metrics!, recorded.numbers, 1e-6);
    expect(result.accuracy).toBeUndefined();
    live.destroy();
  });
});

describe('what does not count in the loss', () => {
  const TIME = 3;
  const rows = 260;
  const at = (i: number): number[] => logits[i % ROWS]!;

  test('positions of sequences that are ignored', async () => {
    const live = await echoNamed([TIME, CLASSES]);
    const right = range(rows * TIME).map((i) => (i % 7 === 2 || i % 11 === 0 ? -100 : label(i)));
    const data = namedDataset({
      x: { values: range(rows * TIME).flatMap(at), shape: [TIME, CLASSES] },
      y: { values: Int32Array.from(right), shape: [TIME, 1] },
    });
    const counted = range(rows * TIME).filter((i) => right[i] !== -100);
    const rank = (i: number): number => at(i).filter((value) => value > at(i)[right[i]!]!).length;
    const entropy = (i: number): number => Math.log(at(i).reduce((sum, value) => sum + Math.exp(value), 0)) - at(i)[right[i]!]!;
    const fraction = (is: (i: number) => boolean): number => counted.filter(is).length / counted.length;
    const metrics = [
      topK({ k: 2 }),
      topK({ k: 1 }),
      accuracy(),
      perplexity(),
      metric('rows', (outputs, targets, sizes) => sizes.rows + 0 * (outputs.length + targets.length)),
    ];
    const result = await live.evaluate(data, weightedCrossEntropy({ ignoreIndex: -100, classWeights: [1, 2, 3, 4, 5] }), { metrics });
    expectMetrics(
      result.metrics!,
      {
        top_2: fraction((i) => rank(i) < 2),
        top_1: fraction((i) => rank(i) < 1),
        accuracy: fraction((i) => rank(i) < 1),
        perplexity: Math.exp(counted.reduce((sum, i) => sum + entropy(i), 0) / counted.length),
        rows: counted.length,
      },
      1e-4,
    );
    expect(result.confusion!.flat().reduce((a, b) => a + b)).toBe(counted.length);
    live.destroy();
  });

  test('positions are rows, also where a loss is one number for each sample', async () => {
    const live = await echoNamed([TIME, CLASSES]);
    const perSample = loss('per_sample', (output, target) => ops.mean(ops.reshape(ops.crossEntropy(output, target), [output.type.shape[0]!, TIME]), -1), {
      task: 'classification',
    });
    const data = namedDataset({
      x: { values: range(rows * TIME).flatMap(at), shape: [TIME, CLASSES] },
      y: { values: Int32Array.from(range(rows * TIME), label), shape: [TIME, 1] },
    });
    const result = await live.evaluate(data, perSample, { metrics: [accuracy(), metric('rows', (_outputs, _targets, sizes) => sizes.rows)] });
    const right = range(rows * TIME).filter((i) => at(i).indexOf(Math.max(...at(i))) === label(i)).length;
    expect(result.metrics).toEqual({ accuracy: right / (rows * TIME), rows: rows * TIME });
    live.destroy();
  });

  test('rows of weight 0, whatever their outputs are', async () => {
    const live = await echoNamed([2]);
    const weights = range(rows).map((i) => (i % 3 === 1 ? 0 : 1 + (i % 2)));
    const values = range(rows).map((i) => [weights[i] ? ((i * 7) % 13) / 8 : 3e38, ((i * 5) % 11) / 8]);
    const targets = range(rows).map((i) => [((i * 3) % 17) / 8, ((i * 5) % 7) / 8]);
    const counted = range(rows).filter((i) => weights[i]! > 0);
    const column = (c: number, of: (error: number) => number): number =>
      counted.reduce((sum, i) => sum + of(values[i]![c]! - targets[i]![c]!), 0) / counted.length;
    const data = namedDataset({ x: { values, shape: [2] }, y: { values: targets, shape: [2] }, w: weights });
    const result = await live.evaluate(data, losses({ y: { loss: mse(), weights: 'w' } }), { metrics: { y: [meanAbsoluteError(), rmse()] } });
    expectMetrics(
      result.metrics!,
      { mae: (column(0, Math.abs) + column(1, Math.abs)) / 2, rmse: (Math.sqrt(column(0, (e) => e * e)) + Math.sqrt(column(1, (e) => e * e))) / 2 },
      1e-6,
    );
    live.destroy();
  });

  test('where nothing counts they are 0, and NaN where nothing can be compared', async () => {
    const live = await echo(3);
    const data = dataset({ x: logits.slice(0, 4).map((row) => row.slice(0, 3)), y: Int32Array.of(-1, -1, -1, -1) });
    const metrics = [accuracy(), f1(), perplexity(), auc()];
    const result = await live.evaluate(data, weightedCrossEntropy({ ignoreIndex: -1 }), { metrics });
    expect(result.metrics).toEqual({ accuracy: 0, f1: 0, perplexity: 1, auc: Number.NaN });
    live.destroy();
  });
});

describe('in a run', () => {
  const blobs = dataset({ x: range(40).map((i) => [i % 2 ? 1 : -1, (i % 5) / 5]), y: range(40).map((i) => i % 2), classes: 2 });

  test('validations have them, and so does evaluate, which takes others', async () => {
    const metrics = [f1(), confusionMatrix({ normalize: 'all' })];
    const trainer = await engine.createTrainer({
      model: sequential([dense(2)]),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 0.5 }),
      data: { train: blobs, validation: blobs },
      metrics,
    });
    metrics.length = 0;
    const { validations: checks } = await trainer.fit({ epochs: 3 });
    expect(checks.map(({ validationMetrics }) => Object.keys(validationMetrics!))).toEqual([['f1'], ['f1'], ['f1']]);
    expect(checks.at(-1)!.validationMetrics!.f1).toBeGreaterThan(0.9);
    expect(checks.at(-1)!.validationAccuracy).toBeGreaterThan(0.9);
    const result = await trainer.evaluate(blobs);
    expect(result.metrics).toEqual({ f1: checks.at(-1)!.validationMetrics!.f1 });
    expect((await trainer.evaluate(blobs, { metrics: [auc()] })).metrics).toEqual({ auc: 1 });
    trainer.destroy();
  });

  test('of several outputs each has its own', async () => {
    const both = namedDataset({
      x: { values: blobs.x, shape: [2] },
      kind: { values: blobs.y, classes: 2 },
      size: { values: blobs.y, shape: [1] },
    });
    const net = model({ x: [2] }, ({ x }) => ({ kind: dense(2)(x), size: dense(1)(x) }));
    const options = {
      model: net,
      loss: losses({ kind: softmaxCrossEntropy(), size: mse() }),
      optimizer: sgd({ learningRate: 0.2 }),
      data: { train: both, validation: both },
    };
    const trainer = await engine.createTrainer({ ...options, metrics: { kind: [f1()], size: [rmse(), r2()] } });
    const { validations: checks } = await trainer.fit({ steps: 2 });
    expect(Object.keys(checks.at(-1)!.validationMetrics!)).toEqual(['kind/f1', 'size/rmse', 'size/r2']);
    const { outputs, metrics } = await trainer.evaluate(both);
    expect(metrics).toBeUndefined();
    expect(outputs!.size!.metrics!.rmse! ** 2).toBeCloseTo(outputs!.size!.loss, 6);
    await expect(engine.createTrainer({ ...options, metrics: [f1()] })).rejects.toThrow(
      'metrics: losses are of the outputs kind, size: say which metrics are of which, { kind: [...] }',
    );
    await expect(engine.createTrainer({ ...options, metrics: { other: [f1()] } })).rejects.toThrow(
      'metrics: no loss is of an output "other"; losses are of kind, size',
    );
    trainer.destroy();
  });
});

test('a document has them, and so has the saved model', async () => {
  const document = parseExperiment({
    data: { source: 'generator', name: 'moons', params: { rows: 60 }, split: { validation: 0.2, test: 0.2 } },
    model: { layers: [{ type: 'dense', units: 2 }] },
    loss: 'softmax_cross_entropy',
    metrics: ['auc', { name: 'f1', average: 'macro' }],
    optimizer: { name: 'sgd', learningRate: 0.5 },
    training: { steps: 4, validateEvery: 2, batchSize: 12 },
  });
  let file: Uint8Array | undefined;
  const save = (saved: Uint8Array): void => {
    file = saved;
  };
  const result = await runExperiment(engine, document, { save });
  expect(result.history.validations.map(({ validationMetrics }) => Object.keys(validationMetrics!))).toEqual([
    ['auc', 'f1_macro'],
    ['auc', 'f1_macro'],
  ]);
  expect(result.validation!.metrics).toEqual(result.history.validations.at(-1)!.validationMetrics);
  const saved = await openModel(engine, file!);
  const parts = await saved.evaluateParts();
  expect(parts.map(({ evaluation }) => evaluation.metrics)).toEqual([result.train.metrics, result.validation!.metrics, result.test!.metrics]);
  saved.destroy();
});

describe('what makes no sense is refused before the first step', () => {
  const own = loss('own', (output) => ops.mean(ops.square(output), -1), { task: 'classification' });
  const squared = loss('squared', (output) => ops.mean(ops.square(output), -1), { targetSize: 1 });
  test.each<[string, Loss, number, Metrics, string]>([
    ['accuracy of a regression', mse(), 3, [accuracy()], 'metrics: accuracy: it is of classes, and the loss mse is of a regression: measure'],
    ['AUC of a regression', mse(), 3, [auc()], 'metrics: auc: it is of classes, and the loss mse is of a regression'],
    ['R² of a classification', softmaxCrossEntropy(), 3, [r2()], 'metrics: r2: it is of numbers, and the loss softmax_cross_entropy is of a classification'],
    ['k of all classes', softmaxCrossEntropy(), 3, [topK({ k: 3 })], 'metrics: top_3: the model has 3 outputs: expected more than k, 3'],
    [
      'binary of three classes',
      softmaxCrossEntropy(),
      3,
      [f1({ average: 'binary' })],
      "metrics: f1_binary: average: 'binary' is of two classes and the model has 3 outputs",
    ],
    ['perplexity without softmax', bceWithLogits(), 3, [perplexity()], 'metrics: perplexity: it is of probabilities of classes that exclude each other'],
    ['one output of a custom loss', own, 1, [f1()], 'metrics: f1: the model has one output, and own does not say which numbers are the second of two classes'],
    ['other targets than outputs', squared, 3, [rmse()], 'metrics: rmse: it compares each output with its target, and squared takes 1 targets for 3 outputs'],
    ['one twice', softmaxCrossEntropy(), 3, [accuracy(), accuracy()], 'metrics: accuracy: it is there twice'],
    ['none', mse(), 3, [], 'metrics: expected metrics, [accuracy()], or lists of them by output, got []'],
    ['a metric that is in no list', mse(), 3, rmse() as never, 'metrics: expected metrics, [accuracy()], or lists of them by output'],
    ['text', mse(), 3, { y: 'rmse' } as never, 'metrics: expected metrics, [accuracy()], or lists of them by output'],
    ['a number', mse(), 3, 3 as never, 'createTrainer: metrics: expected a list of metrics, got 3'],
    ['a function', mse(), 3, [accuracy as never], 'metrics: expected metrics, [accuracy()], or lists of them by output'],
  ])('%s', async (_name, given, units, metrics, message) => {
    const options = { model: sequential([dense(units)]), loss: given, optimizer: sgd({ learningRate: 0.1 }), features: 2 };
    const refused = await engine.createTrainer({ ...options, metrics }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as Error).message).toContain(message);
  });

  test('in evaluate too', async () => {
    const live = await echo(2);
    const data = dataset({ x: [[1, 2]], y: [[1, 2]] });
    await expect(live.evaluate(data, mse(), { metrics: [accuracy()] })).rejects.toThrow('metrics: accuracy: it is of classes');
    await expect(live.evaluate(data, mse(), { metric: [rmse()] } as never)).rejects.toThrow('evaluate: unknown option metric');
    await expect(live.evaluate(data, mse(), { metrics: [metric('text', () => '1' as never)] })).rejects.toThrow(
      'metric text: expected it to return a number, got "1"',
    );
    live.destroy();
  });
});
