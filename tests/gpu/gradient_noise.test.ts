// The noise of a gradient against float64, on a line whose gradients are known.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gradientNoise, noiseOverRun, parseExperiment } from '../../src/experiment/index.ts';
import { createEngine, dataset, dense, type Engine, mse, sequential, sgd } from '../../src/index.ts';
import { Random } from '../../src/random.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const random = new Random(3);
const ROWS = 41;
const x = Array.from({ length: ROWS }, () => [random.normal(), random.normal()] as [number, number]);
const y = x.map(([a, b]) => a - 2 * b + random.normal());

test('gradients of eight batches, their mean and spread', async () => {
  const trainer = await engine.createTrainer({
    model: sequential([dense({ units: 1, bias: false })]),
    loss: mse(),
    optimizer: sgd({ learningRate: 0.1 }),
    data: { train: dataset({ x, y }) },
    batchSize: 5,
    shuffle: false,
  });
  await trainer.step(3);
  const w = [...(await trainer.parameters()).values()][0]!.data;
  const gradients = Array.from({ length: 8 }, (_, batch) => {
    const rows = [0, 1, 2, 3, 4].map((i) => 5 * batch + i);
    return [0, 1].map((column) => rows.reduce((sum, row) => sum + (2 * (w[0]! * x[row]![0] + w[1]! * x[row]![1] - y[row]!) * x[row]![column]!) / 5, 0));
  });
  const mean = [0, 1].map((column) => gradients.reduce((sum, gradient) => sum + gradient[column]! / 8, 0));
  const spread = gradients.reduce((sum, gradient) => sum + ((gradient[0]! - mean[0]!) ** 2 + (gradient[1]! - mean[1]!) ** 2) / 7, 0);
  const square = mean[0]! ** 2 + mean[1]! ** 2 - spread / 8;
  const found = await gradientNoise(engine, trainer, { batches: 8 });
  expect(found).toMatchObject({ batchSize: 5, batches: 8 });
  expect(found.noise).toBeCloseTo(Math.sqrt(spread), 4);
  expect(found.gradientNorm).toBeCloseTo(Math.sqrt(square), 4);
  expect(found.noiseScale / ((5 * spread) / square)).toBeCloseTo(1, 3);
  expect(found.signalToNoise).toBeCloseTo(Math.sqrt(square / spread), 3);
  expect(trainer.steps).toBe(3);
  // The ninth batch has one row alone: it is passed over, and the next epoch has the same batches.
  expect((await gradientNoise(engine, trainer, { batches: 16 })).noise).toBeCloseTo(Math.sqrt((spread * 14) / 15), 4);
  await expect(gradientNoise(engine, { ...trainer.options, batchSize: 30 } as never)).rejects.toThrow('two batches of 30 rows are needed');
});

test('along the run of a document, which ends where training does', async () => {
  const document = parseExperiment({
    data: { source: 'arrays', x: x.slice(0, 40), y: y.slice(0, 40) },
    model: { layers: [{ type: 'dense', units: 1 }] },
    loss: 'mse',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { epochs: 5, batchSize: 8 },
  });
  const told: number[] = [];
  const { measured, rowsPerStep, message } = await noiseOverRun(engine, document, { batches: 8, onLook: ({ step }) => told.push(step) });
  expect(told).toEqual([0, 3, 8, 25]);
  expect(measured.map(({ step }) => step)).toEqual(told);
  expect(rowsPerStep).toBe(8);
  // The gradient falls as the line is found, and its noise stays.
  expect(measured.at(-1)!.noiseScale).toBeGreaterThan(5 * measured[0]!.noiseScale);
  expect(message).toMatch(/\.$/);
  const ended = await noiseOverRun(engine, document, { signal: AbortSignal.abort() });
  expect(ended.measured).toEqual([]);
});
