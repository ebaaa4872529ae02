// Gradient accumulation: several batches are one step, whose gradient is the mean over all their rows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import { profile } from '../../src/train/profile.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

/** 50 rows in batches of 8: the last of an epoch holds 2. */
const train = blobs(50);
const options: TrainerOptions = {
  model: sequential([dense({ units: 12, l2: 0.01 }), activation('tanh'), dense(8), activation('gelu'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  data: { train },
  batchSize: 8,
  accumulate: accumulate(4),
  clip: { norm: 0.3 },
  seed: 5,
  probes: { tensors: ['weight_gradient', 'weight', 'update'], norms: norms({ every: 1, tensors: ['weight_gradient'] }) },
};

async function withTrainer<Result>(more: Partial<TrainerOptions>, body: (trainer: Trainer) => Promise<Result>): Promise<Result> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  try {
    return await body(trainer);
  } finally {
    trainer.destroy();
  }
}
const bitsOf = async (trainer: Trainer): Promise<unknown> =>
  [...(await trainer.parameters())].map(([path, { data }]) => [path, [...new Uint32Array(data.buffer, data.byteOffset, data.length)]]);

test('batches of 8 in fours are batches of 32, within rounding', async () => {
  await withTrainer({}, (small) =>
    withTrainer({ batchSize: 32, accumulate: accumulate(1) }, async (large) => {
      // The seven batches of an epoch are no multiple of four: only the first step sees the rows of one large batch.
      const [a] = await small.step();
      const [b] = await large.step();
      expectClose(
        'loss, regularization loss, norm',
        [a!.loss, a!.regularizationLoss, a!.gradientNorm, a!.learningRate],
        [b!.loss, b!.regularizationLoss, b!.gradientNorm, b!.learningRate],
        1e-6,
      );
      a!.layers!.forEach((layer, i) => {
        const other = b!.layers![i]!;
        expectClose(
          `weight gradient of layer ${i}`,
          [layer.tensors.weight_gradient!.l2, layer.norms!.weight_gradient!],
          [other.tensors.weight_gradient!.l2, other.norms!.weight_gradient!],
          1e-6,
        );
        expect(layer.tensors.update!.l2).toBeGreaterThan(0);
      });
      const gradients = await large.gradients();
      for (const [path, { data }] of await small.gradients()) expectClose(`gradient of ${path}`, data, gradients.get(path)!.data, 2e-6);
    }),
  );
});

test('an epoch of 48 rows is the same run as with large batches', async () => {
  const data = { train: blobs(48) };
  await withTrainer({ data, batchSize: 8, accumulate: accumulate(3), optimizer: sgd({ learningRate: 0.3, momentum: 0.9 }) }, (small) =>
    withTrainer({ data, batchSize: 24, accumulate: accumulate(1), optimizer: sgd({ learningRate: 0.3, momentum: 0.9 }) }, async (large) => {
      const [a, b] = [await small.step(20), await large.step(20)];
      expectClose(
        'losses',
        a.map((record) => record.loss),
        b.map((record) => record.loss),
        1e-5,
      );
      expect(a.map((record) => record.epoch)).toEqual(b.map((record) => record.epoch));
    }),
  );
});

describe('as the reference has it', () => {
  const models = {
    plain: options.model,
    'with batch norm and dropout': sequential([dense(9), batchNorm(), activation('relu'), dropout(0.3), dense(3)]),
    'a single layer': sequential([dense(3)]),
  };
  test.each(Object.entries(models))('%s, over partial batches and epochs', async (_name, model) => {
    // A bias before batch norm has no gradient but rounding, of which Adam would make whole steps.
    const more = { model, optimizer: sgd({ learningRate: 0.2, momentum: 0.9 }), probes: null };
    await withTrainer(more, async (trainer) => {
      const twin = new Twin({ ...options, ...more }, await trainer.parameters());
      for (const { step, loss, regularizationLoss, gradientNorm, learningRate: rate } of await trainer.step(8)) {
        const expected = twin.run();
        expectClose(
          `step ${step}`,
          [loss, regularizationLoss, gradientNorm, rate],
          [expected.loss, expected.regularizationLoss, expected.norm, expected.learningRate],
          1e-5,
        );
      }
      const parameters = await trainer.parameters();
      for (const [path, tensor] of [...twin.parameters, ...twin.buffers]) expectClose(path, parameters.get(path)!.data, tensor.data, 1e-5, 0.1);
    });
  });
});

test('a step is a step: numbers, epochs, dispatches', async () => {
  await withTrainer({}, async (trainer) => {
    expect(trainer.stepsPerEpoch).toBe(2);
    const plain = await withTrainer({ accumulate: accumulate(1) }, async (other) => other.counts.dispatches);
    expect(trainer.counts.dispatches).toBeGreaterThan(2 * plain);
    expect(trainer.counts.dispatches).toBeLessThanOrEqual(4 * plain);
    // Fourteen batches in fours.
    const history = await trainer.fit({ epochs: 2 });
    expect(history.steps.map((record) => record.step)).toEqual([1, 2, 3, 4]);
    expect(history.steps.map((record) => record.epoch)).toEqual([4 / 7, 8 / 7, 12 / 7, 16 / 7]);
  });
});

test('the bits depend on neither the grouping of steps, nor streaming, nor a checkpoint between', async () => {
  const model = sequential([dense(9), batchNorm(), activation('relu'), dropout(0.3), dense(3)]);
  const expected = await withTrainer({ model }, async (trainer) => {
    await trainer.step(11);
    return bitsOf(trainer);
  });
  await withTrainer({ model, data: { train, stream: true } }, async (trainer) => {
    for (let i = 0; i < 5; i++) await trainer.step();
    const resume = await checkpoint(trainer);
    await trainer.step(6);
    expect(await bitsOf(trainer)).toEqual(expected);
    await withTrainer({ model, seed: 1 }, async (second) => {
      restore(second, resume);
      await second.enqueueStep();
      second.enqueueStep({ readback: false });
      await second.step(4);
      expect(await bitsOf(second)).toEqual(expected);
    });
    await withTrainer({ model, accumulate: accumulate(2) }, async (other) => {
      expect(() => restore(other, resume)).toThrow('checkpoint: it is of a run with 4 batches in a step, this trainer has 2');
    });
  });
});

test('a batch that is not finite leaves its whole step out, or ends the run', async () => {
  const fill = async (trainer: Trainer): Promise<void> => {
    const { shape, data } = (await trainer.parameters()).get('dense_1/weight')!;
    trainer.setParameters(new Map([['dense_1/weight', { shape, data: data.map(() => 3e38) }]]));
  };
  await withTrainer({}, async (trainer) => {
    await trainer.step(2);
    await fill(trainer);
    await trainer.step(3);
    expect(trainer.history.nonFinite).toMatchObject({ step: 3, layer: 'dense_1', tensor: 'z' });
  });
  await withTrainer({ onNonFinite: 'skip' }, async (trainer) => {
    await trainer.step(2);
    const good = await trainer.parameters();
    await fill(trainer);
    await trainer.step(2);
    trainer.setParameters(good);
    const records = await trainer.step(2);
    expect(records.every((record) => Number.isFinite(record.loss))).toBe(true);
  });
  // The batches before the last move the running statistics before the step is known to be lost.
  await withTrainer({ model: sequential([dense(9), batchNorm(), activation('relu'), dense(3)]), onNonFinite: 'skip' }, async (trainer) => {
    await trainer.step(2);
    await fill(trainer);
    await trainer.step(2);
    for (const { data } of (await trainer.parameters()).values()) expect(data.every(Number.isFinite)).toBe(true);
  });
});

test('what makes no sense is refused', async () => {
  const { data: _, ...fed } = options;
  await expect(engine.createTrainer({ ...fed, features: 5 })).rejects.toThrow('accumulate: batches that are given one by one are steps of their own');
  expect(() => accumulate(0)).toThrow('accumulate: expected a positive integer, got 0');
  await expect(engine.createTrainer({ ...options, accumulate: 4 as never })).rejects.toThrow('accumulate: expected accumulate(batches), got 4');
  await withTrainer({}, async (trainer) => expect(profile(trainer)).rejects.toThrow('profile: a step of several batches'));
});
