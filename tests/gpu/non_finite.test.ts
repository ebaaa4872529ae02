// A run that turns non-finite stops at the right step and says where it began; or goes on, if asked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError } from '../../src/errors.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { HostTensor } from '../../src/train/parameters.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const train = blobs(48);
const options: TrainerOptions = {
  model: sequential([dense(8), activation('relu'), dense(8), activation('relu'), dropout(0.1), dense(8), activation('relu'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.05 }),
  data: { train },
  batchSize: 16,
  seed: 2,
  probes: null,
};

async function fill(trainer: Trainer, path: string, value: number): Promise<void> {
  const { shape, data } = (await trainer.parameters()).get(path)!;
  trainer.setParameters(new Map([[path, { shape, data: new Float32Array(data.length).fill(value) }]]));
}
const plain = (tensors: Map<string, HostTensor>): Record<string, number[]> => Object.fromEntries([...tensors].map(([path, { data }]) => [path, [...data]]));

describe('the layer and the tensor are named', () => {
  test.each([
    ['dense_1/weight', 3e38, { layer: 'dense_1', tensor: 'z' }],
    ['dense_2/weight', 3e38, { layer: 'dense_2', tensor: 'z' }],
    ['dense_3/weight', 1e38, { layer: 'dense_3', tensor: 'z' }],
    ['dense_4/weight', 3e38, { layer: 'dense_4', tensor: 'z' }],
    ['dense_2/weight', Number.NaN, { layer: 'dense_2', tensor: 'weight' }],
    ['dense_3/bias', Number.POSITIVE_INFINITY, { layer: 'dense_3', tensor: 'z' }],
  ] as const)('%s filled with %f', async (path, value, expected) => {
    const trainer = await engine.createTrainer(options);
    await trainer.step(4);
    await fill(trainer, path, value);
    const before = plain(await trainer.parameters());
    const history = await trainer.fit({ steps: 30 });
    expect(history.nonFinite).toMatchObject({ step: 5, ...expected });
    expect(history.nonFinite!.nanCount + history.nonFinite!.infCount).toBeGreaterThan(0);
    // The bad step is the last one told, and it changed nothing.
    expect(history.steps.at(-1)!.step).toBe(5);
    expect(plain(await trainer.parameters())).toEqual(before);
    await expect(trainer.step()).rejects.toThrow('this run turned non-finite at step 5: create a new trainer with other settings');
    trainer.destroy();
  });

  test('a loss that overflows while all outputs are finite', async () => {
    const trainer = await engine.createTrainer({
      ...options,
      model: sequential([dense(1)]),
      loss: mse(),
      data: { train: dataset({ x: [[1], [2]], y: [1e30, 1e30] }) },
    });
    expect((await trainer.fit({ steps: 3 })).nonFinite).toMatchObject({ step: 1, tensor: 'loss', infCount: 1 });
    trainer.destroy();
  });

  test('a gradient that overflows on its way back while the loss is finite', async () => {
    const tiny = dataset({ x: blobs(16).x.map((v) => v * 1e-30), shape: [5], y: blobs(16).y, classes: 3 });
    const layer = (value: number) => dense({ units: 3, bias: false, initializer: { scheme: 'constant', value } });
    const model = sequential([
      layer(1),
      dense({ units: 3, initializer: { scheme: 'he_normal', gain: 1e25 } }),
      dense({ units: 3, initializer: { scheme: 'he_normal', gain: 1e20 } }),
    ]);
    const trainer = await engine.createTrainer({ ...options, model, data: { train: tiny } });
    const { nonFinite, steps } = await trainer.fit({ steps: 3 });
    expect(Number.isFinite(steps.at(0)!.loss)).toBe(true);
    expect(nonFinite).toMatchObject({ step: 1, layer: 'dense_1', tensor: 'delta' });
    trainer.destroy();
  });
});

test.each([1, 7, 40])('however steps are grouped, the run stops at the same one (asked for %i at a time)', async (group) => {
  // The rate explodes at step 13: the update of step 13 ruins the weights, step 14 shows it.
  const rate = { at: (step: number) => (step === 12 ? 1e38 : 0.01) };
  const trainer = await engine.createTrainer({ ...options, optimizer: sgd({ learningRate: 1, schedule: rate }) });
  for (let taken = 0; taken < 40 && !trainer.history.nonFinite; taken += group) await trainer.step(group);
  expect(trainer.history.nonFinite!.step).toBe(14);
  expect(trainer.history.steps.map((record) => record.step)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  expect(trainer.steps).toBe(14);
  trainer.destroy();
});

test('a tolerant run skips the bad step and goes on as if it had not been', async () => {
  const fed: TrainerOptions = {
    ...options,
    model: sequential([dense(6), batchNorm(), activation('relu'), dense(3)]),
    optimizer: adam({ learningRate: 0.01 }),
    onNonFinite: 'skip',
    features: 5,
  };
  delete fed.data;
  const batch = (seed: number, scale = 1) => ({ x: blobs(16, 5, 3, seed).x.map((v) => v * scale), y: blobs(16).y });
  const run = async (bad: boolean): Promise<{ losses: number[]; parameters: Record<string, number[]> }> => {
    const trainer = await engine.createTrainer(fed);
    const losses: number[] = [];
    for (let i = 0; i < 6; i++) {
      if (bad && i === 3) {
        const record = await trainer.trainOnBatch(batch(9, 1e38));
        expect(Number.isFinite(record!.loss) && Number.isFinite(record!.gradientNorm)).toBe(false);
      }
      losses.push((await trainer.trainOnBatch(batch(i)))!.loss);
    }
    expect(trainer.history.nonFinite).toBeUndefined();
    const parameters = plain(await trainer.parameters());
    trainer.destroy();
    return { losses, parameters };
  };
  expect(await run(true)).toEqual(await run(false));
});

test('a fed batch is replayed, padding and all', async () => {
  const fed: TrainerOptions = { ...options, features: 5 };
  delete fed.data;
  const trainer = await engine.createTrainer(fed);
  const good = { x: blobs(16).x, y: blobs(16).y };
  expect((await trainer.trainOnBatch(good))!.step).toBe(1);
  const x = blobs(6).x;
  x[7] = Number.NaN;
  await trainer.trainOnBatch({ x, y: blobs(6).y });
  expect(trainer.history.nonFinite).toMatchObject({ step: 2, layer: 'dense_1', tensor: 'z', nanCount: 8, infCount: 0 });
  trainer.destroy();
});

test('NaN in a data set is refused before anything runs', () => {
  expect(() => dataset({ x: [[1, Number.NaN]], y: [1] })).toThrow(DataError);
});
