// Recorded runs of PyTorch in float64: ten losses, all gradients of the first step, the parameters at the end; batch norm under accumulation; layer norm.
import { expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { activation, batchNorm, dense, layerNorm } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { accumulation, layer_norm, training } from '../fixtures/torch_run.json';
import { expectClose } from '../support/gpu.ts';

test('ten steps as PyTorch takes them', async () => {
  const [features, first, second, classes] = training.widths as [number, number, number, number];
  const engine = await createEngine();
  const trainer = await engine.createTrainer({
    model: sequential([dense(first), activation('tanh'), dense(second), activation('gelu'), dense(classes)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    features,
    batchSize: training.y.length,
  });
  const shapes = await trainer.parameters();
  expect([...shapes.keys()].sort()).toEqual(Object.keys(training.initial).sort());
  trainer.setParameters(
    new Map(Object.entries(training.initial).map(([path, values]) => [path, { shape: shapes.get(path)!.shape, data: Float32Array.from(values) }])),
  );

  const batch = { x: Float32Array.from(training.x), y: Float32Array.from(training.y) };
  for (const [step, expected] of training.losses.entries()) {
    const record = await trainer.trainOnBatch(batch);
    expect(Math.abs(record!.loss - expected) / expected, `loss of step ${step + 1}: ${record!.loss}, PyTorch ${expected}`).toBeLessThan(3e-6);
    if (step > 0) continue;
    const gradients = await trainer.gradients();
    for (const [path, values] of Object.entries(training.gradients)) expectClose(`gradient of ${path}`, gradients.get(path)!.data, values, 3e-6);
  }
  const final = await trainer.parameters();
  for (const [path, values] of Object.entries(training.final)) expectClose(path, final.get(path)!.data, values, 1e-5);
  engine.destroy();
});

test('layer norm', async () => {
  const engine = await createEngine();
  const { x, y, initial, losses, gradients, final } = layer_norm;
  const trainer = await engine.createTrainer({
    model: sequential([dense(16), layerNorm({ eps: 1e-3 }), activation('tanh'), dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.2, momentum: 0.9 }),
    features: 5,
    batchSize: 12,
  });
  const shapes = await trainer.parameters();
  expect([...shapes.keys()].sort()).toEqual(Object.keys(initial).sort());
  trainer.setParameters(new Map(Object.entries(initial).map(([path, values]) => [path, { shape: shapes.get(path)!.shape, data: Float32Array.from(values) }])));
  const batch = { x: Float32Array.from(x), y: Float32Array.from(y) };
  for (const [step, expected] of losses.entries()) {
    const record = await trainer.trainOnBatch(batch);
    expect(Math.abs(record!.loss - expected) / expected, `loss of step ${step + 1}: ${record!.loss}, PyTorch ${expected}`).toBeLessThan(3e-6);
    if (step > 0) continue;
    const found = await trainer.gradients();
    for (const [path, values] of Object.entries(gradients)) expectClose(`gradient of ${path}`, found.get(path)!.data, values, 3e-6);
  }
  const got = await trainer.parameters();
  for (const [path, values] of Object.entries(final)) expectClose(path, got.get(path)!.data, values, 1e-5);
  engine.destroy();
});

test('several batches in a step, each of which moves the running statistics', async () => {
  const engine = await createEngine();
  const { x, y, initial, losses, final } = accumulation;
  const trainer = await engine.createTrainer({
    model: sequential([dense(6), batchNorm(), activation('tanh'), dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.2 }),
    data: { train: dataset({ x, y, shape: [3], classes: 3 }) },
    batchSize: 4,
    accumulate: accumulate(2),
    shuffle: false,
  });
  const shapes = await trainer.parameters();
  trainer.setParameters(new Map(Object.entries(initial).map(([path, values]) => [path, { shape: shapes.get(path)!.shape, data: Float32Array.from(values) }])));
  const records = await trainer.step(losses.length);
  expectClose(
    'losses',
    records.map((record) => record.loss),
    losses,
    3e-6,
  );
  const got = await trainer.parameters();
  expect([...got.keys()].sort()).toEqual(Object.keys(final).sort());
  // A bias before batch norm has no gradient but rounding: it is measured against 1.
  for (const [path, values] of Object.entries(final)) expectClose(path, got.get(path)!.data, values, 1e-5, path === 'dense_1/bias' ? 1 : undefined);
  engine.destroy();
});
