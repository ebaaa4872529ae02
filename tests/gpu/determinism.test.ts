// The same seed gives the same bits, whatever is watched and however steps are grouped.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { ProbeOptions } from '../../src/inspect/probes.ts';
import { activation, batchNorm, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const STEPS = 12;
const train = blobs(50);
const options: TrainerOptions = {
  model: sequential([repeat(3, [dense(10), batchNorm(), activation('gelu'), dropout(0.2)]), residual([dense(10), activation('relu')]), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train },
  batchSize: 16,
  seed: 11,
  clip: { norm: 0.5 },
  probes: null,
};

/** All bits that a run leaves: parameters, running statistics, and losses where there are records. */
async function bits(
  more: Partial<TrainerOptions>,
  drive: (trainer: Trainer) => Promise<unknown> = (trainer) => trainer.step(STEPS),
): Promise<{ parameters: Record<string, number[]>; losses: number[] }> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  try {
    await drive(trainer);
    const parameters = Object.fromEntries(
      [...(await trainer.parameters())].map(([path, { data }]) => [path, [...new Uint32Array(data.buffer, data.byteOffset, data.length)]]),
    );
    return { parameters, losses: trainer.history.steps.map((record) => record.loss) };
  } finally {
    trainer.destroy();
  }
}

let expected: Awaited<ReturnType<typeof bits>>;
beforeAll(async () => {
  expected = await bits({});
  expect(expected.losses).toHaveLength(STEPS);
});

test('the same seed', async () => {
  expect(await bits({})).toEqual(expected);
});

test('another seed gives other bits', async () => {
  expect((await bits({ seed: 12 })).losses).not.toEqual(expected.losses);
});

const all = ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] as const;
const probes: [string, ProbeOptions][] = [
  ['the default probes', {}],
  ['everything at every step', { activity: activity(), tensors: all, histograms: histograms({ every: 1 }), norms: norms({ every: 1 }) }],
  ['everything now and then', { activity: activity(), every: 5, tensors: all, histograms: histograms({ every: 3 }), norms: norms({ every: 2 }) }],
  ['one tensor of one layer', { tensors: ['h'], layers: ['dense_2'] }],
  ['norms alone', { tensors: [], norms: norms({ every: 1 }) }],
];
test.each(probes)('probing changes no bit: %s', async (_name, watched) => {
  expect(await bits({ probes: watched })).toEqual(expected);
});

const drives: [string, (trainer: Trainer) => Promise<unknown>][] = [
  [
    'one by one',
    async (trainer) => {
      for (let i = 0; i < STEPS; i++) await trainer.step();
    },
  ],
  [
    'in groups of 5, 1 and 6',
    async (trainer) => {
      for (const count of [5, 1, 6]) await trainer.step(count);
    },
  ],
  ['by fit', (trainer) => trainer.fit({ steps: STEPS })],
  [
    'by fit, in two parts, with an evaluation between',
    async (trainer) => {
      await trainer.fit({ steps: 7 });
      await trainer.evaluate(train);
      await trainer.predict(train.x.slice(0, 10));
      await trainer.fit({ steps: 5 });
    },
  ],
  ['with validation every 4 steps', (trainer) => trainer.fit({ steps: STEPS, validateEvery: 4 })],
];
test.each(drives)('grouping changes no bit: %s', async (_name, drive) => {
  expect(await bits({ data: { train, validation: blobs(20, 5, 3, 8) } }, drive)).toEqual(expected);
});

test('trainers that take turns on one device leave the bits of solo runs', async () => {
  const other: Partial<TrainerOptions> = { seed: 12, batchSize: 8, optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), probes: { every: 2 } };
  const solo = await bits(other);
  for (const turns of ['one by one', 'at once'] as const) {
    const together = await bits({}, async (first) => {
      const second = await bits(other, async (trainer) => {
        if (turns === 'at once') await Promise.all([first.step(STEPS), trainer.step(STEPS), first.evaluate(train)]);
        else
          for (let i = 0; i < STEPS; i++) {
            await first.step();
            await trainer.step();
            await trainer.predict(train.x.slice(0, 5));
          }
      });
      expect(second).toEqual(solo);
    });
    expect(together).toEqual(expected);
  }
});

test('enqueued steps leave the same bits', async () => {
  const got = await bits({}, async (trainer) => {
    const records = [];
    for (let i = 0; i < STEPS; i++) records.push(await trainer.enqueueStep());
    expect(records.map((record) => record!.loss)).toEqual(expected.losses);
  });
  expect(got.parameters).toEqual(expected.parameters);
});

test('steps that nobody reads leave the same bits', async () => {
  const got = await bits({}, async (trainer) => {
    for (let i = 0; i < STEPS; i++) trainer.enqueueStep({ readback: false });
  });
  expect(got.parameters).toEqual(expected.parameters);
});

test('batch norm and dropout are off in evaluation, which is the same twice', async () => {
  const trainer = await engine.createTrainer(options);
  await trainer.step(STEPS);
  const [first, second] = [await trainer.evaluate(train), await trainer.evaluate(train)];
  expect(first).toEqual(second);
  trainer.destroy();
});
