// Weights of classes and of positive targets, and an index that does not count, against figures of PyTorch in float64 (tests/fixtures/torch_weights.py): value
// and gradient, batch by batch, over the batches that make a step, and over a whole set.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError, ShapeError, UsageError } from '../../src/errors.ts';
import { dense } from '../../src/nn/layers.ts';
import { type BceWithLogitsOptions, bceWithLogits, type Loss, mse, type WeightedCrossEntropyOptions, weightedCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import recorded from '../fixtures/torch_weights.json';
import { expectClose } from '../support/gpu.ts';
import { Twin } from '../support/twin.ts';

const { x, weight, batch, rate, features, outputs, cases } = recorded;
const rows = x.length / features;

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const lossOf = (options: object): Loss =>
  'posWeight' in options ? bceWithLogits(options as BceWithLogitsOptions) : weightedCrossEntropy(options as WeightedCrossEntropyOptions);

function optionsOf(loss: Loss, y: readonly number[], more: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    model: sequential([dense({ units: outputs, bias: false })]),
    loss,
    optimizer: sgd({ learningRate: rate }),
    data: { train: dataset({ x, shape: [features], y, targetSize: y.length / rows }) },
    batchSize: batch,
    shuffle: false,
    ...more,
  };
}

async function trainerOf(options: TrainerOptions): Promise<Trainer> {
  const trainer = await engine.createTrainer(options);
  trainer.setParameters(new Map([['dense_1/weight', { shape: [features, outputs], data: weight }]]));
  return trainer;
}

describe.each(cases)('$name', ({ options, targets, perBatch, perSet }) => {
  test.each([
    ['a batch a step', perBatch, {}],
    ['the whole set a step', perSet, { batchSize: rows }],
    ['three batches a step, as the whole set at once', perSet, { accumulate: accumulate(3) }],
    ['fed by a stream', perBatch, { streamed: true }],
  ] as const)('%s', async (_name, expected, { streamed, ...more }: Partial<TrainerOptions> & { streamed?: boolean }) => {
    const given = optionsOf(lossOf(options), targets, more);
    const trainer = await trainerOf(streamed ? { ...given, data: { ...given.data!, stream: true } } : given);
    const records = await trainer.step(expected.records.length);
    const column = (name: 'loss' | 'norm', of: readonly { loss: number; norm: number }[]): number[] => of.map((record) => record[name]);
    expectClose(
      'losses',
      column(
        'loss',
        records.map(({ loss, gradientNorm: norm }) => ({ loss, norm })),
      ),
      column('loss', expected.records),
      1e-5,
    );
    expectClose(
      'norms',
      column(
        'norm',
        records.map(({ loss, gradientNorm: norm }) => ({ loss, norm })),
      ),
      column('norm', expected.records),
      1e-5,
    );
    expectClose('weight', (await trainer.parameters()).get('dense_1/weight')!.data, expected.weight, 1e-5);
    expect((await trainer.evaluate(given.data!.train as never)).loss / expected.evaluated).toBeCloseTo(1, 5);
    trainer.destroy();
  });

  test('float64 says the same', async () => {
    const given = optionsOf(lossOf(options), targets, { accumulate: accumulate(3) });
    const trainer = await trainerOf(given);
    const twin = new Twin(given, await trainer.parameters());
    perSet.records.forEach(({ loss, norm }) => {
      const got = twin.run();
      expect(got.loss).toBeCloseTo(loss, 7);
      expect(got.norm).toBeCloseTo(norm, 7);
    });
    trainer.destroy();
  });
});

test('where nothing counts, loss and gradients are 0; accuracy is that of what counts', async () => {
  const loss = weightedCrossEntropy({ ignoreIndex: -100 });
  for (const more of [{}, { accumulate: accumulate(3) }]) {
    const none = new Array<number>(rows).fill(-100);
    const trainer = await trainerOf(optionsOf(loss, none, more));
    expect((await trainer.step(3)).map((record) => [record.loss, record.gradientNorm])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(await trainer.evaluate(dataset({ x, shape: [features], y: none }))).toMatchObject({ loss: 0, accuracy: 0 });
    const answers = await trainer.predict(x);
    const right = Array.from({ length: rows }, (_, row) => {
      const own = answers.subarray(row * outputs, (row + 1) * outputs);
      return own.indexOf(Math.max(...own));
    });
    const wrong = right.map((label) => (label + 1) % outputs);
    // Two right, one wrong.
    const y = none.with(0, right[0]!).with(3, right[3]!).with(9, wrong[9]!);
    const seen = await trainer.evaluate(dataset({ x, shape: [features], y }));
    expect(seen.accuracy).toBe(2 / 3);
    expect(seen.confusion!.flat().reduce((a, b) => a + b)).toBe(3);
    trainer.destroy();
  }
});

test('what is refused', async () => {
  expect(() => weightedCrossEntropy({ classWeights: 3 as never })).toThrow(
    new UsageError('weightedCrossEntropy: classWeights: expected a list of numbers, at least one, got 3'),
  );
  expect(() => weightedCrossEntropy({ classWeights: [1, -1] })).toThrow('weightedCrossEntropy: classWeights[1]: expected a number of at least 0, got -1');
  expect(() => weightedCrossEntropy({ ignoreIndex: 0.5 })).toThrow('weightedCrossEntropy: ignoreIndex: expected an integer');
  expect(() => weightedCrossEntropy({ ignoreIndex: 0, targets: 'probability' })).toThrow(
    'weightedCrossEntropy: ignoreIndex: expected class indices as targets',
  );
  expect(() => mse({ posWeight: 2 } as never)).toThrow(new UsageError('mse: unknown option posWeight; it has none'));
  expect(() => bceWithLogits({ posWeight: [1, Number.NaN] })).toThrow('bceWithLogits: posWeight[1]: expected a number of at least 0, got NaN');
  const y = new Array<number>(rows).fill(0);
  await expect(engine.createTrainer(optionsOf(weightedCrossEntropy({ classWeights: [1, 2] }), y))).rejects.toThrow(
    new ShapeError("weightedCrossEntropy: classWeights: expected one for each of the model's 3 outputs, got 2"),
  );
  await expect(engine.createTrainer(optionsOf(bceWithLogits({ posWeight: [1, 2] }), new Array<number>(3 * rows).fill(0)))).rejects.toThrow(
    new ShapeError('bce_with_logits: posWeight: expected one number, or one for each of 3 outputs, got 2'),
  );
  await expect(engine.createTrainer(optionsOf(weightedCrossEntropy({ ignoreIndex: -100 }), y.with(4, -1)))).rejects.toThrow(DataError);
  await expect(engine.createTrainer(optionsOf(weightedCrossEntropy({ ignoreIndex: -100 }), y.with(4, -1)))).rejects.toThrow(
    'row 4: expected a class index from 0 to 2, or -100, as softmax_cross_entropy takes it for 3 outputs, got -1',
  );
});
