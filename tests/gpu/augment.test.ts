// Augmented training: steps as the float64 twin takes them, the same bits however steps are grouped and rows get there, and images as they are where nothing is trained.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from '../../src/data/generators/index.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { UsageError } from '../../src/errors.ts';
import { activation, avgPool2d, conv2d, dense, flatten, reshape } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { augment } from '../../src/train/augment.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const train = generate('drawn_digits', { rows: 30, size: 8 }, 3);
const options: TrainerOptions = {
  model: sequential([
    reshape({ shape: [8, 8, 1] }),
    conv2d({ filters: 4, kernelSize: 3 }),
    activation('tanh'),
    avgPool2d({ kernelSize: 2 }),
    flatten(),
    dense(10),
  ]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  data: { train },
  batchSize: 8,
  probes: null,
  seed: 5,
};
const augmented = augment([
  { type: 'shift', pixels: 1 },
  { type: 'rotate', degrees: 25 },
  { type: 'crop', scale: 0.8 },
  { type: 'flip' },
  { type: 'cut_out', size: 3 },
  { type: 'noise', std: 0.1 },
]);

/** Losses of eight steps: two epochs, the last batch of each a smaller one. */
async function losses(more: Partial<TrainerOptions>, stepsPerSubmit = 8): Promise<number[]> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  const { steps } = await trainer.fit({ steps: 8, stepsPerSubmit });
  trainer.destroy();
  return [...steps.loss];
}

test.each<[string, Partial<TrainerOptions>]>([
  ['each batch a step', {}],
  ['two batches a step', { accumulate: accumulate(2) }],
])('steps are those of the twin: %s', async (_name, more) => {
  const own = { ...options, ...more, augment: augmented };
  const trainer = await engine.createTrainer(own);
  const twin = new Twin(own, await trainer.parameters());
  const { steps } = await trainer.fit({ steps: 5 });
  for (const loss of steps.loss) {
    const expected = twin.run().loss;
    expect(Math.abs(loss - expected) / expected).toBeLessThan(1e-5);
  }
  trainer.destroy();
});

test('the same seed gives the same bits, however steps are grouped and rows get there; another seed and no change give others', async () => {
  const first = await losses({ augment: augmented });
  expect(await losses({ augment: augmented }, 1)).toEqual(first);
  expect(await losses({ augment: augmented, data: { train, stream: true } })).toEqual(first);
  expect(await losses({ augment: augmented, seed: 6 })).not.toEqual(first);
  expect(await losses({})).not.toEqual(first);
});

test('what is evaluated is not changed, and a run goes on from a checkpoint to the same bits', async () => {
  const own = { ...options, augment: augmented };
  const [plain, trainer] = [await engine.createTrainer(options), await engine.createTrainer(own)];
  expect(await trainer.evaluate(train)).toEqual(await plain.evaluate(train));
  await trainer.step(3);
  const file = await checkpoint(trainer);
  const expected = (await trainer.step(3)).map(({ loss }) => loss);
  const again = await engine.createTrainer(own);
  await restore(again, file);
  expect((await again.step(3)).map(({ loss }) => loss)).toEqual(expected);
  for (const each of [plain, trainer, again]) each.destroy();
});

test('rows that are no images are refused before anything is made', async () => {
  const wrong = engine.createTrainer({ ...options, model: sequential([dense(3)]), data: { train: blobs(8) }, augment: augmented });
  await expect(wrong).rejects.toThrow(UsageError);
  await expect(wrong).rejects.toThrow('augment: expected images, [height, width]');
  await expect(engine.createTrainer({ ...options, augment: [{ type: 'flip' }] } as never)).rejects.toThrow('createTrainer: augment: expected augment(');
});
