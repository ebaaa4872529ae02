// Parameter groups on the GPU: against the float64 twin and against trainers that do without.
import { afterAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { trainerOptions } from '../../src/experiment/build.ts';
import { loadData } from '../../src/experiment/data.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { type StepRecord, TENSOR_KINDS } from '../../src/inspect/history.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { layer, ones, zeros } from '../../src/nn/custom.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { add, mul, stopGradient, sum } from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, groupsOf, load, restore } from '../../src/train/files.ts';
import type { ParameterGroup } from '../../src/train/groups.ts';
import { adam, adamw, sgd } from '../../src/train/optimizers.ts';
import type { HostTensor } from '../../src/train/parameters.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { slowDevice } from '../support/slow_device.ts';
import { Twin } from '../support/twin.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const random = new Random(5);
const train = dataset({
  x: Array.from({ length: 20 }, () => Array.from({ length: 4 }, () => random.normal())),
  y: Array.from({ length: 20 }, (_, i) => i % 3),
  classes: 3,
});
// A bias before batch norm has no gradient but rounding, which Adam makes large.
const unbiased = { units: 6, bias: false };
const net = sequential([dense(unbiased), batchNorm(), activation('relu'), dropout(0.2), dense(unbiased), batchNorm(), activation('tanh'), dense(3)]);
const options = { model: net, loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05, weightDecay: 0.1 }), data: { train }, batchSize: 8, seed: 3 };
const bits = (tensors: ReadonlyMap<string, HostTensor>): Record<string, string> =>
  Object.fromEntries([...tensors].map(([path, { data }]) => [path, data.join()]));

/** Trains next to its twin, which starts from the same numbers. */
async function withTwin(more: Partial<TrainerOptions>, steps: number) {
  const all = { ...options, ...more };
  const trainer = await engine.createTrainer(all);
  const start = await trainer.parameters();
  const twin = new Twin(all, start);
  for (let step = 1; step <= steps; step++) {
    const [record] = await trainer.step();
    const expected = twin.run();
    expect(record!.loss, `loss of step ${step}`).toBeCloseTo(expected.loss, 5);
    expect(record!.gradientNorm / expected.norm, `norm of step ${step}`).toBeCloseTo(1, 4);
  }
  const end = await trainer.parameters();
  for (const [path, { data }] of [...twin.parameters, ...twin.buffers]) expectClose(path, end.get(path)!.data, data, 1e-5, 1);
  return { trainer, twin, start: bits(start), end: bits(end) };
}

describe('frozen layers', () => {
  const CASES: [groups: ParameterGroup[], still: string[], moves: string[]][] = [
    [
      [{ match: ['dense_1', 'batch_norm_1'], frozen: true }],
      ['dense_1/weight', 'batch_norm_1/gamma', 'batch_norm_1/running_mean'],
      ['batch_norm_2/running_mean', 'dense_2/weight'],
    ],
    [
      [{ match: 'batch_norm_2', frozen: true }],
      ['batch_norm_2/beta', 'batch_norm_2/running_variance'],
      ['dense_1/weight', 'dense_2/weight', 'batch_norm_1/running_mean'],
    ],
    [[{ match: 'batch_norm_1', frozen: true, statistics: 'batch' }], ['batch_norm_1/gamma'], ['batch_norm_1/running_mean', 'dense_1/weight']],
    [[{ match: '*/bias', frozen: true }], ['dense_3/bias'], ['dense_1/weight']],
  ];
  test.each(CASES)('%j', async (groups, still, moves) => {
    const { trainer, start, end } = await withTwin({ groups }, 4);
    for (const path of still) expect(end[path], path).toBe(start[path]);
    for (const path of moves) expect(end[path], path).not.toBe(start[path]);
    trainer.destroy();
  });

  test('what is seen of them: z, h and weight; delta where a layer below needs it', async () => {
    const probes = { tensors: TENSOR_KINDS, activity: activity(), histograms: histograms({ every: 1 }) };
    const { trainer, twin } = await withTwin({ groups: [{ match: ['dense_1', 'batch_norm_1'], frozen: true }], probes }, 2);
    const [record] = await trainer.step();
    twin.run();
    const kinds = record!.layers!.map(({ tensors }) => Object.keys(tensors).sort());
    expect(trainer.history.layers.map(({ frozen }) => !!frozen)).toEqual([true, false, false]);
    expect(kinds).toEqual([['h', 'weight', 'z'], [...TENSOR_KINDS].sort(), [...TENSOR_KINDS].sort()]);
    const seen = record!.layers!.flatMap(({ tensors }) => TENSOR_KINDS.flatMap((kind) => tensors[kind] ?? []));
    twin
      .stats()
      .slice(0, seen.length)
      .forEach((expected, i) => expectClose(`statistics ${i}`, [seen[i]!.l2, seen[i]!.mean], [expected.l2, expected.mean], 2e-5, expected.l2));
    trainer.destroy();
  });

  test('a layer of its own keeps its buffers, and is told to use them', async () => {
    const told: boolean[] = [];
    const counting = layer('counting', (x, { parameter, buffer, assign, keepsStatistics }) => {
      const seen = buffer('seen', [1]);
      if (!keepsStatistics) assign(seen, add(seen, 1));
      else assign(seen, mul(seen, 0));
      told.push(keepsStatistics);
      return mul(x, add(parameter('gain', [6], ones()), mul(0, stopGradient(sum(parameter('shift', [6], zeros()))))));
    });
    const own = { ...options, model: sequential([dense(6), counting, dense(3)]), optimizer: sgd({ learningRate: 0.1 }) };
    const [free, frozen] = [await engine.createTrainer({ ...own, freeze: ['*/shift'] }), await engine.createTrainer({ ...own, freeze: ['counting_1'] })];
    expect(told).toContain(false);
    expect(told).toContain(true);
    for (const trainer of [free, frozen]) await trainer.step(3);
    expect((await free.parameters()).get('counting_1/seen')!.data[0]).toBe(3);
    expect((await frozen.parameters()).get('counting_1/seen')!.data[0]).toBe(0);
    for (const trainer of [free, frozen]) trainer.destroy();
  });
});

describe('factors', () => {
  const groups: ParameterGroup[] = [
    { match: 'dense_1', learningRateFactor: 0.1, weightDecayFactor: 3 },
    { match: ['batch_norm_*', 'dense_2'], learningRateFactor: 2 },
    { match: 'dense_2', weightDecayFactor: 0 },
    { match: 'dense_3', learningRateFactor: 0 },
  ];
  test.each([
    adam({ learningRate: 0.05, weightDecay: 0.1 }),
    adamw({ learningRate: 0.05, weightDecay: 0.1 }),
    sgd({ learningRate: 0.2, momentum: 0.9, weightDecay: 0.1 }),
  ])('$name', async (optimizer) => {
    const { trainer, start, end } = await withTwin({ groups, optimizer, clip: { norm: 0.5 } }, 4);
    for (const path of ['dense_3/weight', 'dense_3/bias']) expect(end[path]).toBe(start[path]);
    trainer.destroy();
  });

  test('of one are those of no groups, to the bits', async () => {
    const [plain, grouped] = [
      await engine.createTrainer(options),
      await engine.createTrainer({ ...options, groups: [{ match: '*', learningRateFactor: 1, weightDecayFactor: 1 }] }),
    ];
    for (const trainer of [plain, grouped]) await trainer.step(5);
    expect(bits(await grouped.parameters())).toEqual(bits(await plain.parameters()));
    for (const trainer of [plain, grouped]) trainer.destroy();
  });
});

describe('setGroups', () => {
  const slow: ParameterGroup = { match: 'dense_1', learningRateFactor: 0.1, weightDecayFactor: 0 };
  const still: ParameterGroup = { match: ['dense_1', 'batch_norm_1'], frozen: true };
  const steps = async (trainer: Trainer, count: number): Promise<Record<string, string>> => {
    await trainer.step(count);
    return bits(await trainer.parameters());
  };

  test.each([[[slow]], [[still]], [[still, { match: 'batch_norm_1', statistics: 'batch' as const }]], [[]]])(
    'before the first step: the bits of a trainer that was made with %j',
    async (groups) => {
      const made = await engine.createTrainer({ ...options, groups });
      const set = await engine.createTrainer({ ...options, freeze: groups.includes(still) ? [] : ['dense_2'] });
      await setGroups(set, groups);
      expect(await steps(set, 4)).toEqual(await steps(made, 4));
      expect(set.counts.dispatches).toBe(made.counts.dispatches);
      expect(set.history.layers).toEqual(made.history.layers);
      for (const trainer of [made, set]) trainer.destroy();
    },
  );

  test('of factors alone plans nothing anew; of others it says from which step on', async () => {
    const trainer = await engine.createTrainer({ ...options, probes: { tensors: ['weight_gradient', 'z'] } });
    const { plan } = trainer;
    await trainer.step(2);
    await setGroups(trainer, [slow]);
    expect(trainer.plan).toBe(plan);
    await setGroups(trainer, [still]);
    expect(trainer.plan).not.toBe(plan);
    expect(trainer.history.layers[0]!.frozen).toBe(true);
    await trainer.step(2);
    expect(trainer.history.steps.map(({ layers }) => Object.keys(layers![0]!.tensors))).toEqual([
      ['z', 'weight_gradient'],
      ['z', 'weight_gradient'],
      ['z'],
      ['z'],
    ]);
    trainer.destroy();
  });

  test('during a run, in a callback that is waited for and in one that is not', async () => {
    const validation = train;
    const trainer = await engine.createTrainer({ ...options, data: { train, validation } });
    const rule = earlyStopping({ patience: 50 });
    const seen: Promise<void>[] = [];
    const onValidation = ({ step }: { step: number }): Promise<void> | undefined =>
      step === 3 ? setGroups(trainer, [still]) : step === 9 ? setGroups(trainer, []) : undefined;
    const onSteps = ([record]: StepRecord[]): void => {
      if (record!.step === 13) seen.push(setGroups(trainer, [{ match: 'dense_2', frozen: true }]));
    };
    await trainer.fit({ steps: 30, earlyStopping: rule, onValidation, onSteps, stepsPerSubmit: 1 });
    await Promise.all(seen);
    expect(trainer.history.steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    const frozen = trainer.history.steps.map(({ layers }) => layers!.map(({ tensors }) => (tensors.weight_gradient ? '-' : 'f')).join(''));
    expect(frozen.slice(0, 12)).toEqual([...Array(3).fill('---'), ...Array(6).fill('f--'), ...Array(3).fill('---')]);
    expect(frozen.at(-1)).toBe('-f-');
    // The best weights are those of the best check, wherever its layers lie by now.
    expect((await trainer.evaluate(validation)).loss).toBe(rule.best!.validationLoss);
    trainer.destroy();
  });

  test('enqueued steps arrive, their batch stays, and the model sees what is learnt', async () => {
    const { data: _, ...fed } = options;
    const [one, other] = [await engine.createTrainer({ ...fed, features: 4 }), await engine.createTrainer({ ...fed, features: 4, groups: [slow] })];
    const batch = { x: train.x.subarray(0, 32), y: train.y.subarray(0, 8) };
    await setGroups(other, [still]);
    await setGroups(other, []);
    const first = (trainer: Trainer) => Promise.all([trainer.enqueueStep({ batch }), trainer.enqueueStep()]);
    expect(await first(other)).toEqual(await first(one));
    const flying = [other.enqueueStep(), other.enqueueStep()];
    const change = setGroups(other, [still]);
    expect((await Promise.all(flying)).map((record) => record!.step)).toEqual([3, 4]);
    await change;
    await Promise.all([one.enqueueStep(), one.enqueueStep()]);
    await setGroups(one, [still]);
    expect(await other.enqueueStep()).toEqual(await one.enqueueStep({ batch }));
    const after = await other.parameters();
    expect(await other.model.parameters()).toEqual(after);
    for (const trainer of [one, other]) trainer.destroy();
  });

  test('goes on from a checkpoint, with factors and counts that were set', async () => {
    const first = await engine.createTrainer({ ...options, groups: [still] });
    await first.step(3);
    await setGroups(first, [slow]);
    await first.step(2);
    const file = await checkpoint(first);
    const end = await steps(first, 3);
    const second = await engine.createTrainer({ ...options, seed: 8 });
    expect(() => restore(second, file)).toThrow('checkpoint: other groups were set in its run: call `await setGroups(trainer, groupsOf(file))` before');
    await setGroups(second, groupsOf(file));
    restore(second, file);
    expect(await steps(second, 3)).toEqual(end);
    // A run of which all was unfrozen again, and a trainer without groups.
    await setGroups(first, []);
    await first.step(2);
    const free = await checkpoint(first);
    const third = await engine.createTrainer({ ...options, seed: 9 });
    restore(third, free);
    expect(await steps(third, 3)).toEqual(await steps(first, 3));
    for (const trainer of [first, second, third]) trainer.destroy();
  });

  test('streams, accumulates and shares as before', async () => {
    const more = { data: { train, stream: true }, accumulate: accumulate(2), batchSize: 4 };
    const [one, other] = [await engine.createTrainer({ ...options, ...more, groups: [still] }), await engine.createTrainer({ ...options, ...more })];
    await setGroups(other, [still]);
    expect(await steps(other, 4)).toEqual(await steps(one, 4));
    for (const trainer of [one, other]) trainer.destroy();
  });

  test('refuses what is no group, and leaves those that there are', async () => {
    const trainer = await engine.createTrainer({ ...options, groups: [still] });
    const { plan } = trainer;
    await expect(setGroups(trainer, 3 as never)).rejects.toThrow('setGroups: expected a list of groups, got 3');
    await expect(setGroups(trainer, [{ match: 'dense_9' }])).rejects.toThrow('groups[0]: dense_9 is no path of the model; did you mean "dense_1"?');
    await expect(setGroups(trainer, [{ match: '*', frozen: true }])).rejects.toThrow('everything is frozen: nothing is left to train');
    expect(trainer.plan).toBe(plan);
    const changing = setGroups(trainer, []);
    trainer.destroy();
    await expect(changing).rejects.toThrow('this trainer was destroyed');
    await expect(setGroups(trainer, [])).rejects.toThrow('this trainer was destroyed');
  });

  test('while a long work is submitted in parts: the states stay', async () => {
    const [one, other] = [await engine.createTrainer(options), await engine.createTrainer(options)];
    for (const trainer of [one, other]) {
      await trainer.step(3);
      await trainer.predict(train.x);
    }
    const usual = slowDevice(engine.device.work, 1e6);
    const long = Promise.all(Array.from({ length: 3 }, () => other.predict(train.x)));
    await setGroups(other, [still]);
    await long;
    usual();
    await setGroups(one, [still]);
    expect(await steps(other, 3)).toEqual(await steps(one, 3));
    for (const trainer of [one, other]) trainer.destroy();
  });

  test('does not wait without an end where steps are enqueued all the while', async () => {
    const trainer = await engine.createTrainer(options);
    const { plan } = trainer;
    let over = false;
    const change = setGroups(trainer, [still]).finally(() => {
      over = true;
    });
    change.catch(() => undefined);
    const flying: Promise<unknown>[] = [];
    while (!over && trainer.steps < 5000) {
      flying.push(trainer.enqueueStep());
      if (flying.length > 2) await flying.shift();
    }
    await expect(change).rejects.toThrow('setGroups: steps were enqueued all the while: await it before you enqueue further ones');
    await Promise.all(flying);
    expect(trainer.plan).toBe(plan);
    await setGroups(trainer, [still]);
    expect(trainer.plan).not.toBe(plan);
    trainer.destroy();
  });

  test('leaves no buffers behind', async () => {
    const trainer = await engine.createTrainer({ ...options, groups: [still] });
    const { bytes } = trainer.counts;
    for (let i = 0; i < 3; i++) {
      await setGroups(trainer, []);
      await setGroups(trainer, [still]);
    }
    expect(trainer.counts.bytes).toBe(bytes);
    trainer.destroy();
  });
});

test('a document with groups: the run of a program with the same', async () => {
  const document = parseExperiment({
    seed: 4,
    data: { source: 'generator', name: 'two_spirals', params: { rows: 40 }, split: { validation: 0.2 } },
    model: {
      layers: [
        { type: 'dense', units: 6 },
        { type: 'activation', name: 'tanh' },
        { type: 'dense', units: 4 },
        { type: 'activation', name: 'tanh' },
        { type: 'dense', units: 2 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: {
      name: 'adamw',
      learningRate: 0.05,
      groups: [
        { match: ['dense_1'], frozen: true },
        { match: 'dense_2', learningRateFactor: 0.1, weightDecayFactor: 0 },
      ],
    },
    training: { steps: 6, batchSize: 8 },
  });
  const data = await loadData(document);
  const trainer = await engine.createTrainer(trainerOptions(document, data));
  const start = bits(await trainer.parameters());
  await trainer.step(6);
  const end = bits(await trainer.parameters());
  expect(Object.keys(start).filter((path) => start[path] === end[path])).toEqual(['dense_1/weight', 'dense_1/bias']);
  let file: Uint8Array | undefined;
  const result = await runExperiment(engine, document, { save: (saved) => (file = saved) });
  expect(result.history.layers.map(({ frozen }) => !!frozen)).toEqual([true, false, false]);
  load(trainer, file!);
  expect(bits(await trainer.parameters())).toEqual(end);
  trainer.destroy();
  // Fine-tuning: the trunk of a saved model, frozen, below a new head.
  const head = { type: 'dense', units: 2, name: 'head' } as const;
  const tuned = parseExperiment({
    ...document,
    model: { layers: [...document.model.layers.slice(0, -1), head] },
    optimizer: { name: 'adam', learningRate: 0.05, groups: [{ match: 'dense_*', frozen: true }] },
  });
  let next: Uint8Array | undefined;
  await runExperiment(engine, tuned, { weights: file!, save: (saved) => (next = saved) });
  const [before, after] = [file!, next!].map((bytes) => readSafetensors(bytes).tensors);
  for (const path of ['dense_1/weight', 'dense_2/bias']) expect(after!.get(path)!.data.join()).toBe(before!.get(path)!.data.join());
  expect(after!.has('head/weight')).toBe(true);
  const other = { ...document, model: { layers: [{ type: 'dense', units: 3 } as const, ...document.model.layers.slice(1)] } };
  await expect(runExperiment(engine, other, { weights: file! })).rejects.toThrow(
    'dense_1/weight: this model has [2, 3], the file [2, 6]: give the layer another name',
  );
  const strange = { ...document, model: { layers: [head] }, optimizer: { name: 'sgd' as const, learningRate: 1 } };
  await expect(runExperiment(engine, strange, { weights: file! })).rejects.toThrow('the file has no tensor of this model');
  const wrong = { ...document, optimizer: { ...document.optimizer, groups: [{ match: 'dense_7' }] } };
  await expect(runExperiment(engine, wrong)).rejects.toThrow('optimizer.groups[0].match: dense_7 is no path of the model; did you mean "dense_1"?');
});
