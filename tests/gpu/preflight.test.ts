// The checks before training that take plans of their own, on programs and documents.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PreflightCheck, type PreflightCheckName, parseExperiment, preflight } from '../../src/experiment/index.ts';
import {
  augment,
  batchNorm,
  createEngine,
  dataset,
  dense,
  dropout,
  type Engine,
  type Layer,
  layer,
  mse,
  relu,
  sequential,
  sgd,
  softmaxCrossEntropy,
} from '../../src/index.ts';
import { mean, mul, sub } from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const train = blobs(64, 4);
const program = (layers: Layer[], more: Partial<TrainerOptions> = {}): TrainerOptions => ({
  model: sequential([...layers, dense(16), relu(), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  data: { train },
  batchSize: 16,
  ...more,
});

/** Whether a point lies in a circle. */
function circle(rows: number) {
  const random = new Random(7);
  const x = Array.from({ length: rows }, () => [2 * random.uniform() - 1, 2 * random.uniform() - 1]);
  return dataset({ x, y: x.map(([a, b]) => (a! ** 2 + b! ** 2 < 0.5 ? 1 : 0)), classes: 2 });
}

test('plain SGD at a usual rate is given the time that it needs, and too small a one is not', async () => {
  const asked = (learningRate: number): Parameters<typeof preflight>[1] => ({
    model: sequential([dense(8), relu(), dense(2)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate }),
    data: { train: circle(200) },
    batchSize: 16,
    seed: 1,
  });
  const usual = await checksOf(asked(0.03));
  expect(Object.values(usual).filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect(usual.one_batch.sentence).toMatch(/^16 rows are being learned by heart: in 1000 steps .* in about \d+00\.$/);
  const { first_update, one_batch } = await checksOf(asked(1e-9));
  expect(first_update).toMatchObject({ outcome: 'fail', remedies: ['learning_rate'] });
  expect(one_batch).toMatchObject({ outcome: 'fail', remedies: ['learning_rate', 'optimizer'] });
  expect(one_batch.sentence).toMatch(/; Adam at a rate of 0\.003 takes (about )?\d+: look at the optimizer and its learning rate\.$/);
});

test('what failed before is the likelier cause', async () => {
  const { x, y } = circle(200);
  const train = dataset({ x: x.map((value) => 1e6 * value), shape: [2], y, classes: 2 });
  const { inputs, one_batch } = await checksOf({
    ...{ model: sequential([dense(8), relu(), dense(2)]), loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.05 }), data: { train }, batchSize: 16 },
  });
  expect(inputs.outcome).toBe('fail');
  expect(one_batch).toMatchObject({ outcome: 'fail', sentence: expect.stringMatching(/: look first at what failed above \(Inputs.*\)\.$/) });
});

async function checksOf(given: Parameters<typeof preflight>[1]): Promise<Record<PreflightCheckName, PreflightCheck>> {
  const { checks } = await preflight(engine, given, { seconds: 60 });
  return Object.fromEntries(checks.map((check) => [check.name, check])) as never;
}

test('a program that is well passes all of them, and its trainer is not trained', async () => {
  const trainer = await engine.createTrainer(program([]));
  const before = [...(await trainer.parameters()).values()].map(({ data }) => [...data]);
  const told: string[] = [];
  const { checks, seconds } = await preflight(engine, trainer, { onCheck: ({ name }) => told.push(name) });
  expect(checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect(told).toEqual(checks.map(({ name }) => name));
  expect(told).toEqual([
    ...['inputs', 'targets', 'output', 'layers', 'penalties', 'initial_weights', 'first_loss', 'depth', 'units', 'rank', 'first_update'],
    ...['rows_apart', 'modes_agree', 'one_batch'],
  ]);
  expect(checks.at(-1)!.evidence).toMatchObject({ rows: 16, steps: expect.any(Number) });
  expect(seconds).toBeGreaterThan(0);
  expect(trainer.steps).toBe(0);
  expect([...(await trainer.parameters()).values()].map(({ data }) => [...data])).toEqual(before);
  trainer.destroy();
});

test('a layer that takes the mean of the batch off joins its rows, and one that is louder in inference is told', async () => {
  const centre = layer('centre', (x) => sub(x, mean(x, 0)));
  const { rows_apart: joined } = await checksOf(program([dense(4), centre], { optimizer: sgd({ learningRate: 1 }) }));
  expect(joined).toMatchObject({ outcome: 'fail', evidence: { layer: 'dense_2' } });
  const loud = layer('loud', (x, { training }) => (training ? x : mul(x, 2)));
  const { modes_agree: modes, rows_apart: apart } = await checksOf(program([loud]));
  expect(apart!.outcome).toBe('pass');
  expect(modes!.outcome).toBe('fail');
});

test('batch norm and dropout are named, and what they do on purpose is no fault', async () => {
  const checks = await checksOf(program([batchNorm(), dropout({ rate: 0.3 })]));
  expect(checks.rows_apart).toMatchObject({ outcome: 'pass', evidence: { mode: 'infer', batchNorm: expect.stringContaining('batch_norm_1') } });
  expect(checks.modes_agree).toMatchObject({ outcome: 'pass' });
  expect(checks.modes_agree.sentence).toContain('dropout left out');
  expect(checks.one_batch.outcome).toBe('pass');
});

test('augmentation is of training alone on purpose, and blamed where it leaves nothing of the images', async () => {
  const noisy = (std: number): TrainerOptions => program([], { augment: augment([{ type: 'noise', std }], { image: [2, 2] }) });
  const { modes_agree: modes, one_batch: learned } = await checksOf(noisy(0.5));
  expect(modes).toMatchObject({ outcome: 'pass', sentence: expect.stringContaining('augmentation left out') });
  expect(learned.outcome).toBe('pass');
  const { one_batch: lost } = await checksOf(noisy(1000));
  expect(lost).toMatchObject({ outcome: 'fail', sentence: expect.stringMatching(/without augmentation it takes \d+: look at the augmentation\.$/) });
});

test('what cannot learn sixteen rows is told, and whether another optimizer could', async () => {
  const { one_batch: slow } = await checksOf(program([], { optimizer: sgd({ learningRate: 1e-6 }) }));
  expect(slow).toMatchObject({ outcome: 'fail', evidence: { stepsWithAdam: expect.any(Number) } });
  expect(slow.sentence).toContain('look at the optimizer');
  // A line through numbers that are on no line.
  const document = parseExperiment({
    data: { source: 'arrays', x: Array.from({ length: 40 }, (_, i) => [Math.sin(i)]), y: Array.from({ length: 40 }, (_, i) => Math.cos(7 * i)) },
    model: { layers: [{ type: 'dense', units: 1 }] },
    loss: 'mse',
    optimizer: { name: 'adam', learningRate: 0.02 },
    training: { steps: 10, batchSize: 8 },
  });
  const { one_batch: line } = await checksOf(document);
  expect(line).toMatchObject({ outcome: 'fail' });
  expect(line.sentence).toContain('look at inputs, targets, network and loss');
});

test('without rows most cannot be told', async () => {
  const { data: _, ...rest } = program([]);
  const { checks } = await preflight(engine, { ...rest, features: 4, loss: mse() } as TrainerOptions);
  expect(checks.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  expect(checks.find(({ name }) => name === 'one_batch')).toMatchObject({ outcome: 'unknown' });
});
