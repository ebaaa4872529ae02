// What a trainer knows of its run, and that validations count which classes are answered.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose, factsOf, parseExperiment, runExperiment } from '../../src/experiment/index.ts';
import { bceWithLogits, createEngine, dataset, dense, dropout, type Engine, losses, mse, relu, sequential, sgd } from '../../src/index.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const x = Array.from({ length: 12 }, (_, i) => [i, i % 3, 5]);

test('a program’s trainer: data, loss, yardstick, penalties and dropout', async () => {
  const train = dataset({ x, y: x.map((_, i) => (i < 3 ? 1 : 0)) });
  const model = sequential([dense({ units: 4, l2: 0.01 }), relu(), dropout({ rate: 0.25 }), dense(1), relu()]);
  const trainer = await engine.createTrainer({
    model,
    loss: losses({ y: { loss: bceWithLogits({ posWeight: 2 }), weight: 0.5 } }),
    optimizer: sgd({ learningRate: 0.1, weightDecay: 0.001 }),
    data: { train },
    batchSize: 4,
    clip: { norm: 1 },
  });
  const facts = factsOf(trainer.history)!;
  // The best constant p minimises -(2 · 3/12 ln p + 9/12 ln(1 - p)).
  const [a, b] = [6 / 12, 9 / 12];
  const least = -(a * Math.log(a / (a + b)) + b * Math.log(b / (a + b)));
  expect(facts.inputs).toMatchObject([{ name: 'input', rows: 12, columns: 3, constantColumns: 1 }]);
  expect(facts.outputs).toMatchObject([
    { name: 'output', loss: 'bce_with_logits', units: 1, activation: 'relu', range: [0, Number.POSITIVE_INFINITY], baselineAccuracy: 0.75 },
  ]);
  expect(facts.outputs![0]!.baselineLoss).toBeCloseTo(least / 2, 9);
  expect(facts.outputs![0]!.targets).toMatchObject({ kind: 'values', values: [0, 1], counts: [9, 3] });
  expect(facts.training).toEqual({
    optimizer: 'sgd',
    learningRate: 0.1,
    weightDecay: 0.001,
    decoupled: false,
    batchSize: 4,
    rows: 12,
    clip: { norm: 1 },
  });
  expect(facts.layers).toEqual([{ name: 'dense_1', l1: 0, l2: 0.01, dropout: 0.25 }]);
  const noted = diagnose(trainer.history).findings.map(({ rule, severity }) => [rule, severity]);
  expect(noted).toEqual([
    ['constant_columns', 'note'],
    ['output_cannot_answer', 'note'],
  ]);
  trainer.destroy();
});

test('batches given one by one: what is known without the data', async () => {
  const model = sequential([dropout({ rate: 0.5 }), dense(1)]);
  const optimizer = sgd({ learningRate: 0.1, schedule: { at: (step) => 0.9 ** step } });
  const trainer = await engine.createTrainer({ model, loss: mse(), optimizer, features: 3, batchSize: 4 });
  const { inputs, outputs, training, layers } = factsOf(trainer.history)!;
  expect(inputs).toBeUndefined();
  // Of the inputs it counts for the first weights.
  expect(layers).toEqual([{ name: 'dense_1', l1: 0, l2: 0, dropout: 0.5 }]);
  expect(outputs).toEqual([{ name: 'output', loss: 'mse', task: 'regression', units: 1, activation: 'linear', range: [-Infinity, Infinity] }]);
  expect(training!.rows).toBeUndefined();
  expect(training!.schedule).toBe('custom');
  trainer.destroy();
});

test('a document: facts in the start and the history, the classes answered in validations or at the end', async () => {
  const document = (validation: number) =>
    parseExperiment({
      data: { source: 'generator', name: 'moons', params: { rows: 40 }, split: { validation } },
      model: { layers: [{ type: 'dense', units: 2 }] },
      loss: 'softmax_cross_entropy',
      optimizer: { name: 'sgd', learningRate: 0.1, schedule: { name: 'cosine', tMax: 10 } },
      training: { steps: 2, batchSize: 30, validateEvery: 2 },
    });
  const watched = await runExperiment(engine, document(0.25));
  expect(watched.start.facts).toEqual(watched.history.facts);
  expect(watched.history.facts).toMatchObject({ training: { schedule: 'cosine', batchSize: 30 }, outputs: [{ targets: { kind: 'classes' } }] });
  expect(watched.history.task!.baselineLoss).toBe(watched.history.facts!.outputs![0]!.baselineLoss);
  expect(watched.history.validations[0]!.predictedClasses!.reduce((a, b) => a + b)).toBe(10);
  expect(watched.history.predictedClasses).toBeUndefined();
  const alone = await runExperiment(engine, document(0));
  expect(alone.history.predictedClasses!.reduce((a, b) => a + b)).toBe(40);
});
