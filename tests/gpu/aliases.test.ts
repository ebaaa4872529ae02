// Values that share memory, on the GPU: the numbers are those of the float64 reference, where every reshape is a copy.
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { ALIAS_CASES, buildAliasCase } from '../support/alias_cases.ts';
import { expectAsReference, expectClose } from '../support/gpu.ts';
import { blobs, PORTABLE, turned } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

test.each(ALIAS_CASES.map((of) => [of.name, of] as const))('%s', async (_name, of) => {
  for (const capabilities of [{}, PORTABLE]) {
    const { graph, outputs, gradientSlots } = buildAliasCase(of);
    const random = new Random(3);
    const inputs = new Map<string, Tensor64>(
      graph.values.filter(({ origin }) => origin !== 'node').map(({ name, type }) => [name, tensor64(type.shape, () => random.normal())]),
    );
    await expectAsReference(graph, inputs, outputs, 2e-6, { capabilities, gradientSlots });
  }
});

const straight: Layer = { ...turned, build: (_context, x) => x };

test('a training step with reshapes between its layers is that without them, bit for bit', async () => {
  const engine = await createEngine();
  const layers = [dense(8), activation('tanh'), dense(8), batchNorm(), activation('gelu'), dense(3)];
  const train = async (between: Layer): Promise<[unknown, Float32Array[]]> => {
    const options: TrainerOptions = {
      model: sequential(layers.flatMap((layer, i) => (i === 0 || i === layers.length - 1 ? [layer] : [between, layer]))),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      data: { train: blobs(30) },
      batchSize: 8,
      accumulate: accumulate(2),
      clip: { norm: 1 },
      seed: 4,
    };
    const trainer = await engine.createTrainer(options);
    try {
      const twin = new Twin(options, await trainer.parameters());
      const records = await trainer.step(6);
      for (const { loss, gradientNorm } of records) {
        const expected = twin.run();
        expectClose('loss and norm', [loss, gradientNorm], [expected.loss, expected.norm], 1e-5);
      }
      return [records.map(({ loss, gradientNorm }) => [loss, gradientNorm]), [...(await trainer.parameters()).values()].map(({ data }) => data)];
    } finally {
      trainer.destroy();
    }
  };
  expect(await train(turned)).toEqual(await train(straight));
  engine.destroy();
});
