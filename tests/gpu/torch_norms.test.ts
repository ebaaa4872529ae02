// Recorded runs of PyTorch in float64 on [batch, time, features] with norms of every kind: eight losses, all gradients of the first step, what is kept at the end.
import { afterAll, expect, test } from 'vitest';
import { namedDataset } from '../../src/data/named_dataset.ts';
import { createEngine } from '../../src/engine.ts';
import type { Value } from '../../src/graph/graph.ts';
import type { CallableLayer } from '../../src/nn/layer.ts';
import { activation, batchNorm, dense, flatten, groupNorm, instanceNorm, layerNorm, rmsNorm } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { model } from '../../src/nn/model.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { runs } from '../fixtures/torch_norms.json';
import { expectClose } from '../support/gpu.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const NORMS: Record<keyof typeof runs, () => CallableLayer> = {
  group_norm: () => groupNorm({ groups: 3 }),
  instance_norm: () => instanceNorm({ affine: true }),
  batch_norm: () => batchNorm(),
  rms_norm: () => rmsNorm(),
  layer_norm: () => layerNorm(),
};

const chain = (layers: readonly CallableLayer[], x: Value): Value => layers.reduce((at, layer) => layer(at), x);

test.each(Object.entries(NORMS))('%s', async (kind, norm) => {
  const { x, y, initial, losses, gradients, final } = runs[kind as keyof typeof runs];
  const trainer = await engine.createTrainer({
    model: model({ x: [5, 4] }, (inputs) => ({
      y: chain([dense(6), norm(), activation('tanh'), dense(6), norm(), activation('tanh'), flatten(), dense(3)], inputs.x),
    })),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    data: { train: namedDataset({ x: { values: x, shape: [5, 4] }, y: { values: y, classes: 3 } }) },
    batchSize: 8,
    shuffle: false,
  });
  const shapes = await trainer.parameters();
  expect([...shapes.keys()].sort()).toEqual(Object.keys(initial).sort());
  trainer.setParameters(new Map(Object.entries(initial).map(([path, values]) => [path, { shape: shapes.get(path)!.shape, data: Float32Array.from(values) }])));
  for (const [step, expected] of losses.entries()) {
    const [record] = await trainer.step();
    expect(Math.abs(record!.loss - expected) / expected, `loss of step ${step + 1}: ${record!.loss}, PyTorch ${expected}`).toBeLessThan(3e-6);
    if (step > 0) continue;
    const found = await trainer.gradients();
    for (const [path, values] of Object.entries(gradients)) {
      // A bias before a norm over positions has none but rounding: measured beside that of the weight.
      const weight = (gradients as Record<string, number[]>)[path.replace('bias', 'weight')]!;
      expectClose(`gradient of ${path}`, found.get(path)!.data, values, 3e-6, Math.max(...weight.map(Math.abs)));
    }
  }
  const got = await trainer.parameters();
  for (const [path, values] of Object.entries(final)) expectClose(path, got.get(path)!.data, values, 1e-5);
});
