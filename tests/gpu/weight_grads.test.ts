// Grouped weight gradients of layers with different numbers of rows, and the norms that come from their tiles.
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs, onHalfRows, onMean } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

const l2 = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0));

test.each([
  ['all grouped', [dense(40), activation('tanh'), onHalfRows([dense(20), activation('tanh'), dense(20)]), dense(40), onHalfRows([onHalfRows([dense(10)])])]],
  ['one not grouped', [dense(8), activation('tanh'), onMean([dense(8)]), onHalfRows([dense(4)]), dense(8)]],
])('%s', async (_name, layers) => {
  const engine = await createEngine();
  const options: TrainerOptions = {
    model: sequential([...layers, dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    data: { train: blobs(32) },
    batchSize: 8,
    clip: { norm: 0.5 },
    probes: { tensors: [], norms: norms({ every: 1 }) },
  };
  const trainer = await engine.createTrainer(options);
  const twin = new Twin(options, await trainer.parameters());
  for (let i = 0; i < 3; i++) {
    const [record] = await trainer.step();
    const expected = twin.run();
    expectClose('loss and norm', [record!.loss, record!.gradientNorm], [expected.loss, expected.norm], 1e-5);
    const gradients = await trainer.gradients();
    for (const [path, { data }] of twin.gradients()) expectClose(path, gradients.get(path)!.data, data, 1e-5);
    const { layers: points } = trainer.history;
    points.forEach(({ name }, at) => {
      const norm = l2(gradients.get(`${name}/weight`)!.data);
      expect(record!.layers![at]!.norms!.weight_gradient! / norm, name).toBeCloseTo(1, 5);
    });
    expect(record!.gradientNorm / l2([...gradients.values()].flatMap(({ data }) => [...data]))).toBeCloseTo(1, 5);
  }
  trainer.destroy();
  engine.destroy();
});
