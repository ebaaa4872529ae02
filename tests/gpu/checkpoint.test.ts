// A run that was written to a file and goes on in another trainer ends with the bits of one that never stopped; a file that does not fit changes nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { readDocument } from '../../src/io/checkpoint.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, flatten, residual } from '../../src/nn/layers.ts';
import { mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, load, restore, save } from '../../src/train/files.ts';
import { adagrad, adam, rmsprop, sgd } from '../../src/train/optimizers.ts';
import { exponential, plateau, warmup } from '../../src/train/schedules.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import old from '../fixtures/old_paths.json';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const train = blobs(50);
const modelOf = (drop: Layer, bent = activation('gelu')) =>
  sequential([dense(10), batchNorm(), bent, drop, dense({ units: 6, l2: 0.01 }), activation('relu'), dense(3)]);
const options: TrainerOptions = {
  model: modelOf(dropout(0.3)),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01, weightDecay: 0.01, schedule: exponential({ gamma: 0.97 }) }),
  data: { train },
  batchSize: 16,
  seed: 3,
  clip: { norm: 0.5 },
  probes: { every: 3 },
};

const lives: Trainer[] = [];
async function trainerOf(more: Partial<TrainerOptions> = {}, from?: Uint8Array): Promise<Trainer> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  lives.push(trainer);
  if (from) restore(trainer, from);
  return trainer;
}
afterAll(() => {
  for (const trainer of lives) trainer.destroy();
});

/** Every bit of model and optimizer, and the run state. */
async function everything(trainer: Trainer): Promise<{ tensors: [string, number[]][]; metadata: [string, string][] }> {
  const { tensors, metadata } = readSafetensors(await checkpoint(trainer));
  return { tensors: [...tensors].map(([path, { data }]) => [path, [...new Uint32Array(data.buffer)]]), metadata: [...metadata] };
}

describe('20 steps are 10, a checkpoint, another trainer and 10 more', () => {
  const cases: [string, Partial<TrainerOptions>][] = [
    ['Adam, batch norm, dropout, clipping, a schedule', {}],
    ['momentum', { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) }],
    ['RMSprop', { optimizer: rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 }) }],
    ['no state at all', { optimizer: sgd({ learningRate: 0.05 }) }],
  ];
  test.each(cases)('%s', async (_name, more) => {
    const whole = await trainerOf(more);
    const expected = await whole.step(20);

    const first = await trainerOf(more);
    await first.step(10);
    const bytes = await checkpoint(first);
    // Another seed would give other initial values and keys: all come from the file.
    const second = await trainerOf({ ...more, seed: 99 }, bytes);
    expect(second.steps).toBe(10);
    const records = await second.step(10);
    expect(records).toEqual(expected.slice(10));
    expect(await everything(second)).toEqual(await everything(whole));
    expect(second.history.steps.map((record) => record.step)).toEqual(records.map((record) => record.step));
  });

  test('with a schedule that reacts to validations', async () => {
    const schedule = warmup({ steps: 4, then: plateau({ factor: 0.5, patience: 0, threshold: 0.9 }) });
    const more = { optimizer: sgd({ learningRate: 0.05, schedule }), data: { train, validation: train } };
    const whole = await trainerOf(more);
    await whole.fit({ steps: 18, validateEvery: 3 });
    const rates = whole.history.steps.map((record) => record.learningRate);
    // The first validation behind the warm-up is a gain, and none after it.
    expect(new Set(rates.slice(4, 9))).toEqual(new Set([Math.fround(0.05)]));
    expect([9, 12, 15].map((step) => rates[step])).toEqual([0.025, 0.0125, 0.00625].map(Math.fround));

    const first = await trainerOf(more);
    await first.fit({ steps: 12, validateEvery: 3 });
    const bytes = await checkpoint(first);
    const second = await trainerOf({ ...more, seed: 99 }, bytes);
    await second.fit({ steps: 6, validateEvery: 3 });
    expect(second.history.steps.map((record) => record.learningRate)).toEqual(rates.slice(12));
    expect(await everything(second)).toEqual(await everything(whole));
    // One schedule serves several trainers: what it remembers is theirs. A rate that is set by hand stays.
    second.setLearningRate(0.01);
    await second.fit({ steps: 6, validateEvery: 3 });
    expect(new Set(second.history.steps.map((record) => record.learningRate).slice(6))).toEqual(new Set([Math.fround(0.01)]));
    await expect(engine.createTrainer({ ...options, ...more, data: { train } })).rejects.toThrow(
      new UsageError('optimizer: its schedule reacts to validations: give data.validation'),
    );
  });

  test('with the rate that was set by hand', async () => {
    const drive = async (trainer: Trainer): Promise<void> => {
      await trainer.step(3);
      trainer.setLearningRate(0.003);
      await trainer.step(3);
    };
    const whole = await trainerOf();
    await drive(whole);
    const expected = await whole.step(6);
    const first = await trainerOf();
    await drive(first);
    const second = await trainerOf({}, await checkpoint(first));
    const records = await second.step(6);
    expect(records.map((record) => record.learningRate)).toEqual(new Array(6).fill(Math.fround(0.003)));
    expect(records).toEqual(expected);
  });

  test('with early stopping, which ends at the same step and goes back to the same best', async () => {
    const rate = { optimizer: adam({ learningRate: 0.05 }), data: { train, validation: blobs(30, 5, 3, 8) } };
    const run = async (trainer: Trainer, rule: ReturnType<typeof earlyStopping>, onValidation?: (step: number) => unknown): Promise<unknown> => {
      await trainer.fit({ steps: 400 - trainer.steps, validateEvery: 3, earlyStopping: rule, onValidation: ({ step }) => onValidation?.(step) });
      return [trainer.steps, rule.best, (await everything(trainer)).tensors];
    };
    const files: Uint8Array[] = [];
    const first = await trainerOf(rate);
    const rule = earlyStopping({ patience: 5 });
    const expected = await run(first, rule, async () => {
      files.push(await checkpoint(first, undefined, rule));
    });
    expect(files.length).toBeGreaterThan(7);
    // Before the best, behind it, and just before the end.
    for (const file of [files[1]!, files.at(-4)!, files.at(-2)!]) {
      const again = earlyStopping({ patience: 5 });
      const second = await trainerOf(rate);
      restore(second, file, again);
      expect(await run(second, again)).toEqual(expected);
    }
    // Its parameters are those of the last step, not of the best; and the best are no part of the model.
    const plain = await trainerOf(rate);
    load(plain, files.at(-2)!);
    restore(plain, files.at(-2)!);
  });

  test('on fed batches', async () => {
    const random = new Random(4);
    const batches = Array.from({ length: 6 }, (_, i) => {
      const rows = 1 + ((i * 5) % 16);
      return { x: Float32Array.from({ length: rows * 5 }, () => random.normal()), y: Float32Array.from({ length: rows }, () => random.integer(3)) };
    });
    const { data: _, ...fed } = options;
    const run = async (trainer: Trainer, list: typeof batches): Promise<unknown[]> => {
      lives.push(trainer);
      const records = [];
      for (const batch of list) records.push(await trainer.trainOnBatch(batch));
      return records;
    };
    const expected = await run(await engine.createTrainer({ ...fed, features: 5 }), batches);
    const first = await engine.createTrainer({ ...fed, features: 5 });
    const begun = await run(first, batches.slice(0, 3));
    const second = await engine.createTrainer({ ...fed, features: 5 });
    restore(second, await checkpoint(first));
    expect([...begun, ...(await run(second, batches.slice(3)))]).toEqual(expected);
  });
});

test('a checkpoint may be taken while steps are under way', async () => {
  const trainer = await trainerOf();
  let taken: Promise<Uint8Array> | undefined;
  const steps = trainer.fit({
    steps: 60,
    onSteps: () => {
      taken ??= checkpoint(trainer);
    },
  });
  await steps;
  const expected = trainer.history.steps.at(-1)!;
  const second = await trainerOf({}, await taken!);
  expect(second.steps).toBeLessThan(60);
  expect((await second.step(60 - second.steps)).at(-1)).toEqual(expected);
});

test('restore takes a run back, also one that turned non-finite', async () => {
  const trainer = await trainerOf();
  await trainer.step(4);
  const bytes = await checkpoint(trainer);
  const expected = await trainer.step(4);
  trainer.setLearningRate(1e30);
  await trainer.step(20);
  expect(trainer.history.nonFinite).toBeDefined();
  await expect(checkpoint(trainer)).rejects.toThrow(/this run turned non-finite at step \d+, there is nothing to go on with/);
  restore(trainer, bytes);
  expect(trainer.history.nonFinite).toBeUndefined();
  expect(trainer.history.steps.map((record) => record.step)).toEqual([1, 2, 3, 4]);
  expect(await trainer.step(4)).toEqual(expected);
});

describe('save and load', () => {
  test('a saved model predicts the same in another trainer, and its document is inside', async () => {
    const trainer = await trainerOf();
    await trainer.step(12);
    const document = { seed: 3, name: 'blobs' };
    const bytes = await save(trainer, document);
    expect(readDocument(bytes)).toEqual(document);
    expect([...readSafetensors(bytes).tensors.keys()]).toContain('batch_norm_1/running_variance');
    const other = await trainerOf({ seed: 8, optimizer: sgd({ learningRate: 0.1 }) });
    load(other, bytes);
    expect([...(await other.predict(train.x))]).toEqual([...(await trainer.predict(train.x))]);
    // The weights of a checkpoint load as well.
    const third = await trainerOf({ seed: 9 });
    load(third, await checkpoint(trainer));
    expect([...(await third.predict(train.x))]).toEqual([...(await trainer.predict(train.x))]);
  });

  test('a file that does not fit changes nothing', async () => {
    const trainer = await trainerOf();
    await trainer.step(3);
    const good = await checkpoint(trainer);
    await trainer.step(1);
    const before = await everything(trainer);
    const foreign = async (more: Partial<TrainerOptions>): Promise<Uint8Array> => checkpoint(await trainerOf(more));
    const cases: [Uint8Array, RegExp][] = [
      [good.subarray(0, good.length - 1), /truncated/],
      [good.map((byte, i) => (i === 3 ? byte ^ 1 : byte)), /a header of \d+ bytes is not in a file/],
      [await foreign({ model: sequential([dense(3)]) }), /the file has no dense_1\/weight|this model has|which this model has/],
      [
        await foreign({ optimizer: sgd({ learningRate: 0.1 }) }),
        /is of a run with the update rule sgd without momentum, this trainer has adam|the file has no optimizer/,
      ],
      [await foreign({ batchSize: 20 }), /is of a run with 20 rows in a batch, this trainer has 16/],
      [await foreign({ data: { train: blobs(51) } }), /is of a run with 51 rows of data, this trainer has 50/],
      [await foreign({ data: { train: blobs(50, 5, 3, 2) } }), /data: x: its run had other rows than this trainer/],
      // Of equal shapes, and another model.
      [await foreign({ model: modelOf(dropout(0.3), activation('tanh')) }), /layer 3: its run has the name "tanh", this trainer "gelu"/],
      [await foreign({ model: modelOf(dropout(0.2)) }), /layer 4: its run has the rate 0.2, this trainer 0.3/],
      [await save(trainer), /holds a model, but no run to go on with/],
    ];
    for (const [bytes, message] of cases) {
      expect(() => restore(trainer, bytes)).toThrow(DataError);
      expect(() => restore(trainer, bytes)).toThrow(message);
    }
    for (const [bytes] of cases.slice(0, 3)) expect(() => load(trainer, bytes)).toThrow(DataError);
    expect(await everything(trainer)).toEqual(before);
  });

  test('states of one optimizer are not given to another that has as many', async () => {
    const momentum = await trainerOf({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), loss: mse(), model: sequential([dense(1)]) });
    const bytes = await checkpoint(momentum);
    const other = await trainerOf({ optimizer: adagrad({ learningRate: 0.1 }), loss: mse(), model: sequential([dense(1)]) });
    expect(() => restore(other, bytes)).toThrow('checkpoint: it is of a run with the update rule sgd, this trainer has adagrad');
  });

  test('restore waits for no one, and a destroyed trainer says so', async () => {
    const trainer = await trainerOf();
    const bytes = await checkpoint(trainer);
    const running = trainer.step(5);
    expect(() => restore(trainer, bytes)).toThrow(UsageError);
    await running;
    trainer.destroy();
    await expect(save(trainer)).rejects.toThrow('this trainer was destroyed');
    await expect(checkpoint(trainer)).rejects.toThrow('this trainer was destroyed');
    expect(() => load(trainer, bytes)).toThrow('this trainer was destroyed');
    expect(() => restore(trainer, bytes)).toThrow('this trainer was destroyed');
  });
});

test('a flatten more, in front and in the middle, changes no bit, and files of either load in the other', async () => {
  const scale = layer('scale', (x, { parameter }) => ops.mul(x, parameter('gain', [ops.last(x)], ones())));
  const modelOf = (...more: ReturnType<typeof flatten>[]) =>
    sequential([...more, dense(10), batchNorm(), ...more, activation('gelu'), dropout(0.3), residual([...more, dense(10), ...more]), scale, ...more, dense(3)]);
  const [few, many] = [{ model: modelOf() }, { model: modelOf(flatten()) }];
  const [a, b] = [await trainerOf(few), await trainerOf(many)];
  expect(await everything(b)).toEqual(await everything(a));
  for (const trainer of [a, b]) await trainer.step(5);
  expect(await everything(b)).toEqual(await everything(a));
  const [c, d] = [await trainerOf(few, await checkpoint(b)), await trainerOf(many, await checkpoint(a))];
  for (const trainer of [a, c, d]) await trainer.step(5);
  for (const trainer of [c, d]) expect(await everything(trainer)).toEqual(await everything(a));
  load(d, await save(b));
  expect(await d.parameters()).toEqual(await b.parameters());
});

test('a file of a version in which paths were index and kind predicts and goes on as it did there', async () => {
  const block = () => residual([activation('tanh'), dense(4)]);
  const model = sequential([
    ...[flatten(), dense(4), activation('relu'), residual([activation('tanh')]), block(), dropout(0)],
    ...[
      concat([
        [dense(3), activation('gelu')],
        [residual([dense(4)]), dense(2)],
      ]),
      add([[dense(5)], [batchNorm(), dense(5)]]),
      block(),
      dense(3),
    ],
  ]);
  const x = Float32Array.from({ length: 8 * 3 }, (_, i) => ((i * 7) % 11) / 5 - 1);
  const y = Float32Array.from({ length: 8 }, (_, i) => i % 3);
  const file = Uint8Array.from(atob(old.checkpoint), (char) => char.charCodeAt(0));
  const fed = { model, loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }), features: 3, batchSize: 8 };
  const [read, resumed] = [await engine.createTrainer(fed), await engine.createTrainer(fed)];
  lives.push(read, resumed);
  load(read, file);
  expectClose('outputs', await read.predict(x), old.outputs, 2e-6);
  restore(resumed, file);
  const losses: number[] = [];
  for (const _ of old.losses) losses.push((await resumed.trainOnBatch({ x, y }))!.loss);
  expectClose('losses', losses, old.losses, 1e-5);
});
