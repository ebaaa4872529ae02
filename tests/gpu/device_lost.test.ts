// The device is taken away from under a trainer at every moment of its life: what it has at the end are the bits of a run that nobody disturbed. Each new device
// compiles all kernels again, so the networks are small, and ten losses in one run, and runs with everything, are for `npm run test:all`.
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import type { BatchSource } from '../../src/data/source.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DeviceError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { averageWeights } from '../../src/train/average.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, restore, save } from '../../src/train/files.ts';
import { keepCheckpoints } from '../../src/train/keep_checkpoints.ts';
import type { RunEvent } from '../../src/train/loop.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import { rollBack } from '../../src/train/roll_back.ts';
import { plateau } from '../../src/train/schedules/plateau.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { Trainer, TrainerOptions, TrainOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';
import { ALL } from '../support/quick.ts';

const train = blobs(50);
const small: TrainerOptions = {
  model: sequential([dense(4), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  data: { train },
  batchSize: 16,
  seed: 3,
  probes: null,
};
const large: TrainerOptions = {
  ...small,
  model: sequential([dense(6), batchNorm(), activation('tanh'), dropout(0.2), dense(3)]),
  optimizer: adam({ learningRate: 0.02 }),
  data: { train, validation: blobs(20, 5, 3, 6) },
};

/** Everything that a run has at its end. */
async function endOf(trainer: Trainer): Promise<unknown> {
  const { nonFinite, steps, validations } = trainer.history;
  const { loss, learningRate, gradientNorm, numbers } = steps;
  const columns = [numbers, loss, learningRate, gradientNorm].map((column) => Array.from(column));
  return { columns, validations, nonFinite, file: nonFinite ? [] : Array.from(await checkpoint(trainer)) };
}

interface Ended {
  events: RunEvent[];
  end: unknown;
  adapter: string;
}

/** A run on an engine of its own; `disturb` hears of each event, and may take the device away. */
async function run(
  options: TrainerOptions,
  given: TrainOptions,
  disturb: (engine: Engine, event: RunEvent, trainer: Trainer) => unknown = () => undefined,
  recovery: { every?: number; max?: number } = { every: 0 },
): Promise<Ended> {
  const engine = await createEngine({ recovery });
  try {
    const trainer = await engine.createTrainer(options);
    const events: RunEvent[] = [];
    for await (const event of trainer.run(given)) {
      events.push(event);
      await disturb(engine, event, trainer);
    }
    return { events, end: await endOf(trainer), adapter: engine.adapter.description };
  } finally {
    engine.destroy();
  }
}

const recovered = (events: RunEvent[]) => events.filter((event) => event.type === 'recovered');

/** Takes the device away once each of these steps is reached. */
function at(...steps: number[]): (engine: Engine, event: RunEvent) => void {
  const left = [...steps];
  return (engine, event) => {
    if (event.type !== 'steps' || !(event.records.at(-1)!.step >= left[0]!)) return;
    left.shift();
    engine.gpu.destroy();
  };
}

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );

describe('a run whose device is lost', () => {
  test('has the bits of one that nobody disturbed', async () => {
    const given = { steps: 30, stepsPerSubmit: 3 };
    const still = await run(small, given);
    const disturbed = await run(small, given, at(4, 15));
    expect(disturbed.end).toEqual(still.end);
    const [first, second, ...others] = recovered(disturbed.events);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ from: expect.any(Number), learningRate: Math.fround(0.1), device: { adapter: still.adapter, equal: true } });
    // From a copy, not from the beginning.
    expect(second!.to).toBeGreaterThan(3);
  });

  test.runIf(ALL)('has them after ten losses, also within its validations', async () => {
    const given = { steps: 60, validateEvery: 7, stepsPerSubmit: 3 };
    const still = await run(large, given);
    const disturbed = await run(large, given, at(1, 7, 9, 14, 20, 26, 33, 41, 50, 56));
    expect(recovered(disturbed.events)).toHaveLength(10);
    expect(disturbed.end).toEqual(still.end);
  });

  const ruin = { at: (step: number) => (step === 23 ? 1e42 : 1) };
  const kinds: [string, Partial<TrainerOptions>, () => TrainOptions][] = [
    ['an average, early stopping', { average: averageWeights({ decay: 0.9 }) }, () => ({ earlyStopping: earlyStopping({ patience: 3 }) })],
    [
      'a schedule that reacts, checkpoints',
      { optimizer: sgd({ learningRate: 0.1, momentum: 0.9, schedule: plateau({ patience: 1, factor: 0.5 }) }) },
      () => ({ checkpoints: keepCheckpoints({ every: 8, best: true }) }),
    ],
    ['a recovery from trouble', { optimizer: adam({ learningRate: 0.02, schedule: ruin }), onNonFinite: rollBack({ every: 8, max: 1 }) }, () => ({})],
    ['frozen layers, a stream', { freeze: ['dense_1'], data: { ...large.data!, stream: true } }, () => ({})],
  ];
  test.runIf(ALL).each(kinds)('with %s', async (_, more, given) => {
    const options = { ...large, ...more };
    const still = await run(options, { steps: 40, validateEvery: 6, stepsPerSubmit: 4, ...given() });
    const disturbed = await run(options, { steps: 40, validateEvery: 6, stepsPerSubmit: 4, ...given() }, at(4, 17, 21, 30));
    expect(recovered(disturbed.events).filter((event) => event.type === 'recovered' && event.device).length).toBeGreaterThanOrEqual(3);
    expect(disturbed.end).toEqual(still.end);
  });

  test('ends with a DeviceError where losses do not end, and where it may not go on', async () => {
    const engine = await createEngine({ recovery: { every: 0, max: 1 } });
    const trainer = await engine.createTrainer(small);
    const lost = await caught(
      (async () => {
        for await (const event of trainer.run({ steps: 30, stepsPerSubmit: 3 }))
          if (event.type === 'recovered' || (event.type === 'steps' && event.records[0]!.step < 4)) engine.gpu.destroy();
      })(),
    );
    expect(lost).toBeInstanceOf(DeviceError);
    expect((lost as Error).message).toContain('1 times without a finished step in between');
    engine.destroy();
    expect(await caught(trainer.step())).toMatchObject({ reason: 'lost' });
  });

  test('is refused where rows are others when they are taken again', async () => {
    let calls = 0;
    const source: BatchSource = {
      rows: 50,
      features: 5,
      targetSize: 1,
      classes: 3,
      read: async (indices) => {
        const shift = calls++ > 12 ? 1 : 0;
        return {
          x: Float32Array.from({ length: indices.length * 5 }, (_, i) => Math.sin(indices[Math.floor(i / 5)]! + i) + shift),
          y: Float32Array.from(indices, (i) => i % 3),
        };
      },
    };
    const error = await caught(run({ ...small, data: { train: source } }, { steps: 30, stepsPerSubmit: 3 }, at(6), {}));
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toMatch(/step \d+, taken again on another, has the loss .* does its source give other rows/);
  });
});

describe('a trainer whose device is lost', () => {
  test('goes on between two of its runs, and in its answers', async () => {
    const [one, other] = [await createEngine(), await createEngine()];
    const [still, trainer] = [await one.createTrainer(small), await other.createTrainer(small)];
    for (const each of [still, trainer]) {
      const lose = async (): Promise<void> => {
        if (each !== trainer) return;
        const { lost } = other;
        other.gpu.destroy();
        await lost;
      };
      await each.fit({ steps: 9 });
      each.setLearningRate(0.05);
      await lose();
      await each.step(3);
      each.setLearningRate(0.01);
      await lose();
      // Each of them finds another device for all.
      await Promise.all([each.predict(train.x), each.parameters()]);
      await each.fit({ steps: 9 });
    }
    expect(await trainer.model.predict(train.x)).toEqual(await still.model.predict(train.x));
    expect(await endOf(trainer)).toEqual(await endOf(still));
    expect((await save(trainer)).length).toBe((await save(still)).length);
    one.destroy();
    other.destroy();
  });

  test('is told of what cannot be had again', async () => {
    const engine = await createEngine();
    const { data: _, ...rest } = small;
    const fed = await engine.createTrainer({ ...rest, features: 5 });
    await fed.trainOnBatch({ x: [[1, 2, 3, 4, 5]], y: [1] });
    const set = await engine.createTrainer(small);
    await set.step(2);
    set.setParameters(await set.parameters());
    engine.gpu.destroy();
    await engine.lost;
    await expect(fed.predict([[1, 2, 3, 4, 5]])).rejects.toThrow('batches that were given one by one cannot be had again');
    await expect(set.step()).rejects.toThrow('its state was set just before, and had not been copied yet');
    engine.destroy();
  });

  test.runIf(ALL)('has the state of a checkpoint and the groups that were set', async () => {
    const [one, other] = [await createEngine({ recovery: { every: 0 } }), await createEngine({ recovery: { every: 0 } })];
    const [still, trainer] = [await one.createTrainer(large), await other.createTrainer(large)];
    const earlier = await one.createTrainer(large);
    await earlier.fit({ steps: 5 });
    const file = await checkpoint(earlier);
    for (const each of [still, trainer]) {
      restore(each, file);
      await each.fit({ steps: 6 });
      await setGroups(each, [{ match: 'dense_1', frozen: true }]);
      let left = each === trainer ? 2 : 0;
      await each.fit({ steps: 20, stepsPerSubmit: 2, onSteps: ([{ step } = { step: 0 }]) => step > 16 && left-- > 0 && other.gpu.destroy() });
    }
    expect(await endOf(trainer)).toEqual(await endOf(still));
    one.destroy();
    other.destroy();
  });
});

describe('a model whose device is lost', () => {
  const description = sequential([dense(6), batchNorm(), activation('tanh'), dense(3)]);
  const loss = softmaxCrossEntropy();
  const lose = async (engine: Engine): Promise<void> => {
    const { lost } = engine;
    engine.gpu.destroy();
    await lost;
  };

  test('answers with the same bits on another: as it was made, as it was set, as a trainer that is gone left it', async () => {
    const engine = await createEngine();
    const model = await engine.createModel(description, { features: 5, seed: 4 });
    const same = async (): Promise<void> => {
      const before = [await model.predict(train.x), (await model.evaluate(train, loss)).loss, await model.parameters()];
      // The copy to memory.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await lose(engine);
      expect(await Promise.all([model.predict(train.x), model.evaluate(train, loss).then((each) => each.loss), model.parameters()])).toEqual(before);
    };
    const initial = await model.parameters();
    await same();
    model.setParameters(new Map([...initial].map(([path, { shape, data }]) => [path, { shape, data: data.map((x) => 2 * x + 0.1) }])));
    await same();
    const trainer = await engine.createTrainer({ ...small, model });
    await trainer.step(3);
    trainer.destroy();
    expect(await model.parameters()).not.toEqual(initial);
    await same();
    model.destroy();
    await expect(model.predict(train.x)).rejects.toThrow('this model was destroyed');
    engine.destroy();
  });

  test('answers while it is lost, and goes with its trainer', async () => {
    const engine = await createEngine();
    const model = await engine.createModel(description, { features: 5, seed: 4 });
    const expected = await model.predict(train.x);
    const [answer, parameters] = [model.predict(train.x), model.parameters()];
    engine.gpu.destroy();
    expect(await answer).toEqual(expected);
    expect((await parameters).size).toBe(8);
    const trainer = await engine.createTrainer(small);
    await trainer.step(2);
    const trained = await trainer.predict(train.x);
    await lose(engine);
    expect(await trainer.model.predict(train.x)).toEqual(trained);
    engine.destroy();
    await expect(model.predict(train.x)).rejects.toThrow('this engine was destroyed');
  });

  test('is told what to do where there is no copy of it, and where it may not go on', async () => {
    const engine = await createEngine();
    const model = await engine.createModel(description, { features: 5 });
    const whole = await engine.createModel(sequential([description, dense(2)]), { features: 5, share: [model] });
    const loaded = await engine.createModel(description, { features: 5 });
    loaded.setParameters(await loaded.parameters());
    await lose(engine);
    for (const each of [model, whole])
      await expect(each.predict(train.x)).rejects.toThrow('the GPU device was destroyed: this model shares weights: make it and the others anew');
    await expect(loaded.predict(train.x)).rejects.toThrow('there is no copy of this model: its weights were set or trained just before');
    expect(() => loaded.setParameters(new Map())).toThrow('the GPU device was destroyed: await another answer');
    engine.destroy();
    const fixed = await createEngine({ recovery: false });
    const other = await fixed.createModel(description, { features: 5 });
    await lose(fixed);
    await expect(other.predict(train.x)).rejects.toThrow('the GPU device was destroyed: create a new engine and load the last checkpoint');
  });
});

test('a program whose device is lost says that it must be compiled anew, and then it runs', async () => {
  const engine = await createEngine();
  const graph = new Graph();
  const x = graph.input('x', [1, 4]);
  const y = ops.add(x, 1);
  const program = await compile(engine, graph, { outputs: [y], carry: [{ from: y, to: x }] });
  program.write(x, [1, 2, 3, 4]);
  program.run();
  const reading = caught(program.read(y));
  engine.gpu.destroy();
  await engine.lost;
  const again = { reason: 'lost', message: expect.stringContaining('compile programs anew') };
  expect([await reading, await caught(program.read(y))]).toEqual([expect.objectContaining(again), expect.objectContaining(again)]);
  for (const call of [() => program.run(), () => program.write(x, [1, 2, 3, 4])]) expect(call).toThrow('compile programs anew');
  program.destroy();
  for (const make of [() => compile(engine, program.plan), () => compile(engine, graph, { outputs: [y] })]) {
    const anew = await make();
    anew.write(x, [1, 2, 3, 4]);
    anew.run();
    expect([...(await anew.read(y))[0]!]).toEqual([2, 3, 4, 5]);
  }
  engine.destroy();
});

test('an engine whose device is lost makes trainers and models on another, also while they are made', async () => {
  const engine = await createEngine();
  const making = engine.createTrainer(small);
  engine.gpu.destroy();
  const trainer = await making;
  await trainer.step();
  engine.gpu.destroy();
  const model = await engine.createModel(sequential([dense(2)]), { features: 3 });
  expect((await model.predict([[1, 2, 3]])).length).toBe(2);
  engine.destroy();
  await expect(engine.createTrainer(small)).rejects.toThrow('this engine was destroyed');
});
