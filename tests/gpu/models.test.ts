// Models as functions of named tensors: what they compute is what the float64 reference computes, however many inputs and outputs they have.
import { describe, expect, test } from 'vitest';
import { type NamedDataset, namedDataset } from '../../src/data/index.ts';
import type { NamedSource } from '../../src/data/source.ts';
import { createEngine } from '../../src/engine.ts';
import type { Value } from '../../src/graph/graph.ts';
import type { StepRecord } from '../../src/inspect/history.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { bceWithLogits, type Loss, loss, mse, softmaxCrossEntropy, weightedCrossEntropy } from '../../src/nn/losses.ts';
import { type Model, model } from '../../src/nn/model.ts';
import { named } from '../../src/nn/named.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import type { HostTensor } from '../../src/shape.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { losses, type OutputLoss } from '../../src/train/losses.ts';
import { measure } from '../../src/train/measure.ts';
import { adam, adamw, sgd } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { Twin } from '../support/twin.ts';

const engine = await createEngine();
const random = new Random([3, 4]);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const ROWS = 21;
const data = namedDataset({
  image: { values: numbers(ROWS * 12), shape: [3, 4] },
  meta: { values: numbers(ROWS * 2), shape: [2] },
  kind: { values: Array.from({ length: ROWS }, (_, i) => i % 3), classes: 3 },
  size: { values: numbers(ROWS), shape: [1] },
});
const twoByTwo = model({ image: [3, 4], meta: [2] }, ({ image, meta }) => {
  const flat = ops.reshape(image, [image.type.shape[0]!, 12]);
  const hidden = ops.concat([activation('tanh')(dense(7)(flat)), dense(3)(meta)], -1);
  const trunk = batchNorm()(dense(6)(hidden));
  return { kind: dense(3)(trunk), size: dense(1)(trunk) };
});
const both = losses({ kind: softmaxCrossEntropy(), size: { loss: mse(), weight: 0.3 } });

describe('two inputs and two outputs', () => {
  const options = {
    model: twoByTwo,
    loss: both,
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    data: { train: data, validation: data },
    batchSize: 8,
    seed: 5,
  };

  test.each([false, true])('steps are those of float64, streamed: %s', async (stream) => {
    const trainer = await engine.createTrainer({ ...options, data: { ...options.data, stream } });
    const twin = new Twin(options, await trainer.parameters());
    for (let step = 0; step < 7; step++) {
      const [record] = await trainer.step();
      expect(record!.loss).toBeCloseTo(twin.run().loss, 5);
    }
    const parameters = await trainer.parameters();
    for (const [path, { data: values }] of twin.parameters) {
      const got = parameters.get(path)!.data;
      for (let i = 0; i < values.length; i++) expect(Math.abs(got[i]! - values[i]!)).toBeLessThan(1e-5);
    }
    trainer.destroy();
  });

  test('evaluates each output, and the weighted sum that is trained', async () => {
    const trainer = await engine.createTrainer(options);
    const before = await trainer.evaluate(data);
    await trainer.fit({ epochs: 30 });
    const { loss, outputs } = await trainer.evaluate(data);
    expect(loss).toBeCloseTo(outputs!.kind!.loss + 0.3 * outputs!.size!.loss, 6);
    expect(loss).toBeLessThan(before.loss);
    expect(outputs!.kind!.accuracy).toBeGreaterThan(0.5);
    expect(outputs!.size!.accuracy).toBeUndefined();
    const answer = await trainer.predict({ image: data.tensors.image!.values, meta: data.tensors.meta!.values });
    expect([answer.kind.length, answer.size.length]).toEqual([ROWS * 3, ROWS]);
    expect((await trainer.predict(data)).size).toEqual(answer.size);
    trainer.destroy();
  });

  test('metrics of one output', async () => {
    const trainer = await engine.createTrainer(options);
    const largest = (outputs: Float32Array, targets: Float32Array): number => Math.max(...outputs.map((value, i) => Math.abs(value - targets[i]!)));
    const { size } = await trainer.predict(data);
    const expected = largest(size, data.tensors.size!.values as Float32Array);
    expect(await measure(trainer, data, { largest }, { output: 'size' })).toEqual({ largest: expected });
    expect(await measure(trainer.model, data, { largest }, { output: 'size', target: 'size' })).toEqual({ largest: expected });
    await expect(measure(trainer, data, { largest })).rejects.toThrow("measure: the model has the outputs kind, size: say which, { output: 'kind' }");
    await expect(measure(trainer, data, { largest }, { output: 'age' })).rejects.toThrow('measure: the model has no output "age"; it has kind, size');
    await expect(measure(trainer, data, { largest }, { output: 'size', target: 'age' })).rejects.toThrow('measure: the data set has no tensor age');
    trainer.destroy();
  });

  test('takes batches by name', async () => {
    const { data: _, ...fed } = options;
    const trainer = await engine.createTrainer(fed);
    const batch = { image: numbers(60), meta: numbers(10), kind: [0, 1, 2, 0, 1], size: numbers(5) };
    const twin = new Twin(fed, await trainer.parameters());
    const record = await trainer.trainOnBatch(batch);
    expect(record!.loss).toBeCloseTo(twin.run({ ...batch, kind: Float32Array.from(batch.kind) }).loss, 5);
    await expect(trainer.trainOnBatch({ image: numbers(60), meta: numbers(10), kind: [0, 1, 2, 0, 3], size: numbers(5) })).rejects.toThrow(
      'trainOnBatch: kind, row 4: expected a class index from 0 to 2',
    );
    await expect(trainer.trainOnBatch({ image: numbers(60), kind: [0], size: [1] })).rejects.toThrow('trainOnBatch: meta: expected numbers');
    trainer.destroy();
  });

  test('the trunk is what both outputs share', async () => {
    const trainer = await engine.createTrainer(options);
    expect(trainer.history.layers.map(({ name, trunk, role }) => `${name} ${trunk ? 'trunk' : 'branch'} ${role}`)).toMatchInlineSnapshot(`
      [
        "dense_1 trunk hidden",
        "dense_2 trunk hidden",
        "dense_3 trunk hidden",
        "dense_4 branch output",
        "dense_5 branch output",
      ]
    `);
    trainer.destroy();
  });
});

describe('shared layers', () => {
  test('a layer that is called twice has one weight; in a list it has one for each place', async () => {
    const block = dense(4);
    const shared = await engine.createModel(model({ x: [4] }, ({ x }) => ({ y: block(block(x)) })));
    const apart = await engine.createModel(sequential([block, block]), { features: 4 });
    expect([...(await shared.parameters()).keys()].length).toBe(2);
    expect([...(await apart.parameters()).keys()].length).toBe(4);
  });

  test('their gradients add up: those of float64', async () => {
    const block = sequential([dense(4), batchNorm(), activation('tanh'), dropout(0.2)]);
    const net = model({ a: [4], b: [4] }, ({ a, b }) => ({ y: dense(1)(ops.sub(block(a), block(b))) }));
    const train = namedDataset({ a: { values: numbers(44), shape: [4] }, b: { values: numbers(44), shape: [4] }, y: numbers(11) });
    const options = { model: net, loss: mse(), optimizer: sgd({ learningRate: 0.05 }), data: { train }, batchSize: 4 };
    const trainer = await engine.createTrainer(options);
    const twin = new Twin(options, await trainer.parameters());
    for (let step = 0; step < 6; step++) expect((await trainer.step())[0]!.loss).toBeCloseTo(twin.run().loss, 5);
    const tensors = await trainer.parameters();
    for (const [path, { data: values }] of twin.buffers) {
      const got = tensors.get(path)!.data;
      for (let i = 0; i < values.length; i++) expect(Math.abs(got[i]! - values[i]!)).toBeLessThan(1e-5);
    }
    trainer.destroy();
  });
});

const names = async (net: Model): Promise<string> => {
  const live = await engine.createModel(net);
  const paths = [...(await live.parameters()).keys()].filter((path) => path.endsWith('/weight'));
  live.destroy();
  return paths.join(' ');
};

describe('layers that functions within functions call', () => {
  const train = namedDataset({ a: { values: numbers(44), shape: [4] }, b: { values: numbers(44), shape: [4] }, y: numbers(11) });
  const shared = dense(4);
  const own = layer('own', (x) => dense(4)(ops.tanh(shared(ops.tanh(shared(x))))));
  const inner = (): Model<'x', 'h'> => model({ x: [4] }, ({ x }) => ({ h: ops.tanh(dropout(0.2)(shared(dense(4)(shared(x))))) }));
  const [one, other] = [inner(), inner()];

  test.each([
    ['a custom layer, called twice', 'own_1/dense_1/weight own_1/dense_2/weight', (a: Value, b: Value) => ops.add(own(a), own(b))],
    ['inside and outside', 'dense_1/weight own_1/dense_1/weight', (a: Value, b: Value) => ops.add(shared(a), own(b))],
    ['outside and inside', 'own_1/dense_1/weight own_1/dense_2/weight', (a: Value, b: Value) => ops.add(own(a), shared(b))],
    [
      'two models, called again',
      'model_1/dense_1/weight model_1/dense_2/weight model_2/dense_1/weight',
      (a: Value, b: Value) => {
        const { h } = one({ x: other({ x: one({ x: a }).h }).h });
        return ops.add(h, other({ x: b }).h);
      },
    ],
  ])('%s: one weight', async (_name, paths, body) => {
    const net = model({ a: [4], b: [4] }, ({ a, b }) => ({ y: ops.mean(body(a, b), [-1], { keepDims: true }) }));
    expect(await names(net)).toBe(paths);
    const options = { model: net, loss: mse(), optimizer: sgd({ learningRate: 0.01 }), data: { train }, batchSize: 4 };
    const trainer = await engine.createTrainer(options);
    const twin = new Twin(options, await trainer.parameters());
    for (let step = 0; step < 4; step++) expect((await trainer.step())[0]!.loss).toBeCloseTo(twin.run().loss, 5);
    trainer.destroy();
  });

  test('a live model whose layer is called outside of it, too', async () => {
    const live = await engine.createModel(one);
    const after = model({ x: [4] }, ({ x }) => ({ y: shared(one({ x }).h) }));
    const both = await engine.createModel(after, { share: [live], seed: 3 });
    const [a, b] = [await live.parameters(), await both.parameters()];
    for (const path of a.keys()) expect(bits(b, `model_1/${path}`)).toEqual(bits(a, path));
    const before = model({ x: [4] }, ({ x }) => ({ y: one({ x: shared(x) }).h }));
    await expect(engine.createModel(before, { share: [live] })).rejects.toThrow('share: the model has no tensor model_1/dense_2/weight');
    both.destroy();
    live.destroy();
  });

  test('in a list every place has its own', async () => {
    const block = layer('block', (x) => ops.tanh(shared(x)));
    expect(await names(model({ x: [4] }, ({ x }) => ({ y: sequential([block, block])(shared(x)) })))).toBe(
      'dense_1/weight sequential_1/block_1/dense_1/weight sequential_1/block_2/dense_1/weight',
    );
  });
});

const bits = (tensors: ReadonlyMap<string, { data: Float32Array }>, path: string): number[] => [...tensors.get(path)!.data];

describe('weights of rows', () => {
  const x = Array.from({ length: 8 }, () => [...numbers(4)]);
  const y = x.map((_, i) => i % 3);
  const w = [2, 1, 0, 3, 1, 0, 1, 2];
  const repeated = w.flatMap((times, i) => new Array<number>(times).fill(i));
  const net = sequential([dense(5), activation('tanh'), dense(3)]);
  const common = { model: net, optimizer: sgd({ learningRate: 0.3 }), seed: 4, shuffle: false };
  const weighted = namedDataset({ x, y: { values: y, classes: 3 }, w });
  const written = namedDataset({ x: repeated.map((i) => x[i]!), y: { values: repeated.map((i) => y[i]!), classes: 3 } });

  test.each([
    ['at once', { batchSize: 8 }],
    ['streamed, in two batches', { batchSize: 4, accumulate: accumulate(2), data: { train: weighted, stream: true } }],
  ])('rows that count twice are rows that are there twice, %s', async (_name, more) => {
    const loss = losses({ y: { loss: softmaxCrossEntropy(), weights: 'w' } });
    const one = await engine.createTrainer({ ...common, loss, data: { train: weighted }, ...more });
    const other = await engine.createTrainer({ ...common, loss: softmaxCrossEntropy(), data: { train: written }, batchSize: repeated.length });
    for (let step = 0; step < 6; step++) expect((await one.step())[0]!.loss).toBeCloseTo((await other.step())[0]!.loss, 5);
    const [a, b] = [await one.parameters(), await other.parameters()];
    for (const [path, { data: values }] of a) for (let i = 0; i < values.length; i++) expect(values[i]!).toBeCloseTo(b.get(path)!.data[i]!, 5);
    expect((await one.evaluate(weighted)).loss).toBeCloseTo((await other.evaluate(written)).loss, 5);
    one.destroy();
    other.destroy();
  });

  test('of two outputs each has its own, and class weights beside them', async () => {
    const two = model({ x: [4] }, ({ x }) => {
      const hidden = activation('tanh')(dense(5)(x));
      return { y: dense(3)(hidden), z: dense(1)(hidden) };
    });
    const z = numbers(8);
    const train = namedDataset({ x, y: { values: y, classes: 3 }, z, w });
    const both = losses({
      y: weightedCrossEntropy({ classWeights: [1, 2, 3] }),
      z: { loss: mse(), weight: 0.5, weights: 'w' },
    });
    const options = { ...common, model: two, loss: both, data: { train }, batchSize: 8 };
    const trainer = await engine.createTrainer(options);
    const twin = new Twin(options, await trainer.parameters());
    const { outputs } = await trainer.evaluate(train);
    const first = twin.run().loss;
    expect(outputs!.y!.loss + 0.5 * outputs!.z!.loss).toBeCloseTo(first, 5);
    expect((await trainer.step())[0]!.loss).toBeCloseTo(first, 5);
    for (let step = 0; step < 4; step++) expect((await trainer.step())[0]!.loss).toBeCloseTo(twin.run().loss, 5);
    trainer.destroy();
    await expect(engine.createTrainer({ ...options, batchSize: 4, accumulate: accumulate(2) })).rejects.toThrow(
      'accumulate: of several losses one weighs its targets',
    );
  });

  test('a mask leaves positions out of loss, gradient and accuracy', async () => {
    const net = model({ x: [4, 3] }, ({ x }) => ({ y: dense(3)(x) }));
    const [words, classes, mask] = [
      numbers(6 * 12),
      Array.from({ length: 24 }, (_, i) => (i * 7) % 3),
      Array.from({ length: 24 }, (_, i) => Number(i % 4 < 1 + (i % 3))),
    ];
    const of = (labels: number[]) =>
      namedDataset({ x: { values: words, shape: [4, 3] }, y: { values: labels, shape: [4], classes: 3 }, mask: { values: mask, shape: [4] } });
    const other = of(classes.map((label, i) => (mask[i] === 0 ? (label + 1) % 3 : label)));
    const loss = losses({ y: { loss: softmaxCrossEntropy(), weights: 'mask' } });
    const runs = [];
    for (const train of [of(classes), other]) {
      const trainer = await engine.createTrainer({ model: net, loss, optimizer: sgd({ learningRate: 0.5 }), data: { train }, batchSize: 5, seed: 1 });
      await trainer.step(6);
      const { loss: value, accuracy, confusion } = await trainer.evaluate(train);
      expect(confusion!.flat().reduce((a, b) => a + b)).toBe(mask.reduce((a, b) => a + b));
      runs.push({ value, accuracy, tensors: [...(await trainer.parameters()).values()].map(({ data: values }) => [...values]) });
      trainer.destroy();
    }
    // What the masked labels are changes no bit.
    expect(runs[0]).toEqual(runs[1]);
  });

  test('nothing that counts costs nothing; what is no weight is refused', async () => {
    const loss = losses({ y: { loss: softmaxCrossEntropy(), weights: 'w' } });
    const nothing = namedDataset({ x, y: { values: y, classes: 3 }, w: new Float32Array(8) });
    const trainer = await engine.createTrainer({ ...common, loss, data: { train: nothing }, batchSize: 8 });
    const before = await trainer.parameters();
    expect((await trainer.step())[0]!.loss).toBe(0);
    const after = await trainer.parameters();
    for (const path of before.keys()) expect(bits(after, path)).toEqual(bits(before, path));
    expect((await trainer.evaluate(nothing)).loss).toBe(0);
    trainer.destroy();
    const negative = namedDataset({ x, y: { values: y, classes: 3 }, w: w.map((value) => -value) });
    await expect(engine.createTrainer({ ...common, loss, data: { train: negative } })).rejects.toThrow('data.train: w, row 0: expected a weight of at least 0');
    await expect(engine.createTrainer({ ...common, loss, data: { train: written } })).rejects.toThrow('data.train: the tensor w is missing');
    expect(() => losses({ y: { loss: softmaxCrossEntropy(), weigths: 'w' } as never })).toThrow('losses: y: unknown option weigths');
    expect(() => losses({ y: { loss: weightedCrossEntropy({ ignoreIndex: 1 }), weights: 'w' } })).toThrow('the loss already weighs its targets');
  });
});

describe('tied weights', () => {
  test('a decoder with the transposed weight of its encoder: steps are those of float64', async () => {
    const code = dense(3);
    const tied = model({ x: [5] }, ({ x }) => ({ x: dense({ units: 5, weight: code, transpose: true })(activation('tanh')(code(x))) }));
    const train = namedDataset({ x: { values: numbers(60), shape: [5] } });
    const options = { model: tied, loss: mse(), optimizer: sgd({ learningRate: 0.1 }), data: { train }, batchSize: 6 };
    const trainer = await engine.createTrainer(options);
    const start = await trainer.parameters();
    expect([...start].map(([path, { shape }]) => [path, shape])).toEqual([
      ['dense_1/weight', [5, 3]],
      ['dense_1/bias', [3]],
      ['dense_2/bias', [5]],
    ]);
    const twin = new Twin(options, start);
    for (let step = 0; step < 5; step++) expect((await trainer.step())[0]!.loss).toBeCloseTo(twin.run().loss, 5);
    trainer.destroy();
    const late = dense(3);
    const wrong = model({ x: [5] }, ({ x }) => ({ y: dense({ units: 5, weight: late })(x) }));
    await expect(engine.createModel(wrong)).rejects.toThrow('dense_1: the dense layer whose weight it takes does not stand before it in the model');
    const wide = model({ x: [5] }, ({ x }) => ({ y: dense({ units: 5, weight: late })(late(x)) }));
    await expect(engine.createModel(wide)).rejects.toThrow('dense_2: expected a weight of [3, 5] for 3 inputs and 5 units, and dense_1/weight is [5, 3]');
    expect(() => dense({ units: 3, transpose: true })).toThrow('dense: transpose: only the weight of another layer');
    expect(() => dense({ units: 3, weight: 3 as never })).toThrow('dense: weight: expected a layer that stands before, got 3');
  });
});

describe('frozen parts', () => {
  const trunk = sequential([dense(6), batchNorm(), activation('tanh')]);
  const train = namedDataset({ x: { values: numbers(80), shape: [4] }, y: { values: Array.from({ length: 20 }, (_, i) => i % 2), classes: 2 } });

  test('a new head on a trunk that was trained: the trunk stays, and its batch norm uses what it has kept', async () => {
    const live = await engine.createModel(trunk, { features: 4, seed: 3 });
    const net = model({ x: [4] }, ({ x }) => ({ y: dense(2)(trunk(x)) }));
    const trainer = await engine.createTrainer({
      model: net,
      share: [live],
      freeze: [live],
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 0.5 }),
      data: { train },
      batchSize: 20,
    });
    const before = await live.parameters();
    const start = (await trainer.evaluate(train)).loss;
    // No statistics of the batch: the loss of a step is that of an evaluation.
    const [first] = await trainer.step();
    expect(first!.loss).toBeCloseTo(start, 5);
    await trainer.fit({ epochs: 20 });
    const after = await live.parameters();
    for (const path of before.keys()) expect(bits(after, path)).toEqual(bits(before, path));
    expect((await trainer.evaluate(train)).loss).toBeLessThan(start);
    const whole = await trainer.model.parameters();
    for (const path of before.keys()) expect([...whole.values()].some(({ data: values }) => values.join() === before.get(path)!.data.join())).toBe(true);
    trainer.destroy();
    expect([...(await live.parameters()).keys()]).toEqual([...before.keys()]);
    live.destroy();
  });

  test('paths with a star; what is not of the model is refused', async () => {
    const options = { model: sequential([dense(3), dense(3), dense(2)]), loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.5 }), data: { train } };
    const trainer = await engine.createTrainer({ ...options, freeze: ['*/bias'] });
    const before = await trainer.parameters();
    await trainer.step(3);
    const after = await trainer.parameters();
    for (const path of before.keys()) {
      if (path.endsWith('/bias')) expect(bits(after, path)).toEqual(bits(before, path));
      else expect(bits(after, path)).not.toEqual(bits(before, path));
    }
    await expect(engine.createTrainer({ ...options, freeze: ['dense_9'] })).rejects.toThrow(
      'freeze: dense_9 is no path of the model; did you mean "dense_1"? there are dense_1/weight, ',
    );
    await expect(engine.createTrainer({ ...options, freeze: ['*'] })).rejects.toThrow('everything is frozen: nothing is left to train');
    await expect(engine.createTrainer({ ...options, freeze: [3 as never] })).rejects.toThrow(
      'createTrainer: freeze[0]: expected a live model, as engine.createModel makes it, or a path, got 3',
    );
    const stranger = await engine.createModel(trunk, { features: 4 });
    const over = model({ x: [4] }, ({ x }) => ({ y: dense(2)(trunk(x)) }));
    // Not the weights of the live model, but new ones would be frozen.
    await expect(engine.createTrainer({ ...options, model: over, freeze: [stranger] })).rejects.toThrow(
      'freeze: the model has not the weights of the live model at sequential_1: give it in share, too',
    );
    const elsewhere = await createEngine();
    await expect(elsewhere.createTrainer({ ...options, model: stranger })).rejects.toThrow('model: the live model is on another device');
    elsewhere.destroy();
    await expect(engine.createTrainer({ ...options, share: [stranger] })).rejects.toThrow('share: the model does not call the description of a live model');
    trainer.destroy();
  });
});

describe('live models', () => {
  const train = namedDataset({ x: { values: numbers(80), shape: [4] }, y: { values: Array.from({ length: 20 }, (_, i) => i % 2), classes: 2 } });
  const net = sequential([dense(5), activation('relu'), dense(2)]);
  const options = { loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.2 }), data: { train }, batchSize: 8 };

  test('a trainer on a live model takes the steps of one that makes its own', async () => {
    const live = await engine.createModel(net, { features: 4, seed: 9 });
    const [one, other] = [await engine.createTrainer({ ...options, model: live, seed: 9 }), await engine.createTrainer({ ...options, model: net, seed: 9 })];
    await one.step(10);
    await other.step(10);
    const [a, b] = [await live.parameters(), await other.model.parameters()];
    for (const path of b.keys()) expect(bits(a, path)).toEqual(bits(b, path));
    one.destroy();
    expect((await live.predict([[1, 2, 3, 4]])).length).toBe(2);
    expect(await live.evaluate(train, options.loss)).toEqual(await other.evaluate(train));
    // Another trainer goes on with what was learnt.
    const next = await engine.createTrainer({ ...options, model: live });
    await next.step(2);
    next.destroy();
    live.destroy();
    await expect(live.predict([[1, 2, 3, 4]])).rejects.toThrow('this model was destroyed');
    await expect(engine.createTrainer({ ...options, model: live })).rejects.toThrow('this model was destroyed');
    other.destroy();
  });

  test('two trainers in turn: each sees what the other has learnt', async () => {
    const [g, d] = [sequential([dense(4), activation('tanh'), dense(2)]), sequential([dense(4), activation('relu'), dense(1)])];
    const [maker, judge] = [await engine.createModel(g, { features: 3, seed: 1 }), await engine.createModel(d, { features: 2, seed: 2 })];
    const bce = bceWithLogits();
    const judging = await engine.createTrainer({ model: judge, loss: bce, optimizer: sgd({ learningRate: 0.1 }), batchSize: 8 });
    const chain = model({ z: [3] }, ({ z }) => ({ y: d(g(z)) }));
    const making = await engine.createTrainer({
      model: chain,
      share: [maker, judge],
      freeze: [judge],
      loss: bce,
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: 8,
    });
    for (let turn = 0; turn < 3; turn++) {
      const fixed = await maker.parameters();
      await judging.trainOnBatch({ x: numbers(16), y: new Float32Array(8).fill(turn % 2) });
      expect(await maker.parameters()).toEqual(fixed);
      const judged = await judge.parameters();
      const z = numbers(24);
      const expected = await judge.predict(await maker.predict(z));
      const got = await making.predict({ z });
      for (let i = 0; i < 8; i++) expect(got.y[i]!).toBeCloseTo(expected[i]!, 5);
      await making.trainOnBatch({ z, y: new Float32Array(8).fill(1) });
      expect(await judge.parameters()).toEqual(judged);
      expect(await maker.parameters()).not.toEqual(fixed);
    }
    for (const each of [making, judging, maker, judge]) each.destroy();
  });

  test('answers one row at a time with the same as many', async () => {
    const live = await engine.createModel(net, { features: 4 });
    const rows = numbers(4 * 300);
    const all = await live.predict(rows);
    for (const row of [0, 255, 256, 299]) {
      const one = await live.predict(rows.subarray(row * 4, row * 4 + 4));
      for (let i = 0; i < 2; i++) expect(one[i]!).toBeCloseTo(all[row * 2 + i]!, 6);
    }
    live.destroy();
  });
});

describe('a trainer that keeps weights of its own', () => {
  const samples = (): NamedDataset =>
    namedDataset({ x: { values: numbers(80), shape: [4] }, y: { values: Array.from({ length: 20 }, (_, i) => i % 2), classes: 2 } });
  const [train, validation] = [samples(), samples()];
  const net = sequential([dense(5), batchNorm(), activation('tanh'), dense(2)]);
  const options = { loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), data: { train }, batchSize: 8, freeze: ['dense_1'] };

  test('goes on from a checkpoint with what was frozen there', async () => {
    const one = await engine.createTrainer({ ...options, model: net, seed: 1 });
    await one.step(3);
    const file = await checkpoint(one);
    await one.step(3);
    const other = await engine.createTrainer({ ...options, model: net, seed: 2 });
    restore(other, file);
    await other.step(3);
    const [a, b] = [await one.parameters(), await other.parameters()];
    for (const path of a.keys()) expect(bits(b, path)).toEqual(bits(a, path));
    one.destroy();
    other.destroy();
  });

  test('has the best weights back where early stopping is asked by hand', async () => {
    const rule = earlyStopping({ patience: 100 });
    const stop = new AbortController();
    let checks = 0;
    const trainer = await engine.createTrainer({ ...options, model: net, optimizer: sgd({ learningRate: 1 }), data: { train, validation } });
    const onValidation = (): void => {
      checks++;
      if (checks === 12) stop.abort();
    };
    await trainer.fit({ epochs: 40, earlyStopping: rule, signal: stop.signal, onValidation });
    rule.restore();
    expect(rule.best!.step).toBeLessThan(36);
    expect((await trainer.evaluate(validation)).loss).toBe(rule.best!.validationLoss);
    trainer.destroy();
  });

  test('and the model that it trains: each sees during a run what the other does', async () => {
    const live = await engine.createModel(net, { features: 4 });
    const trainer = await engine.createTrainer({ ...options, model: live, optimizer: sgd({ learningRate: 0.01 }) });
    const start = await live.parameters();
    const seen: Promise<Map<string, HostTensor>>[] = [];
    const onSteps = ([record]: StepRecord[]): void => {
      if (record!.step === 5) seen.push(live.parameters());
      if (record!.step === 8) live.setParameters(new Map([['dense_2/bias', { data: [5, -5] }]]));
    };
    await trainer.fit({ steps: 12, stepsPerSubmit: 1, onSteps });
    expect(bits((await seen[0])!, 'dense_2/bias')).not.toEqual(bits(start, 'dense_2/bias'));
    expect(bits(await live.parameters(), 'dense_2/bias')[0]).toBeGreaterThan(4);
    expect(await trainer.parameters()).toEqual(await live.parameters());
    // Another trainer, at the same time.
    const other = await engine.createTrainer({ ...options, model: live, freeze: ['dense_2', 'batch_norm_1'] });
    const before = await live.parameters();
    await Promise.all([trainer.fit({ steps: 6, stepsPerSubmit: 1 }), other.fit({ steps: 3, stepsPerSubmit: 1 })]);
    const after = await live.parameters();
    for (const path of ['dense_1/weight', 'dense_2/weight']) expect(bits(after, path)).not.toEqual(bits(before, path));
    trainer.destroy();
    other.destroy();
    live.destroy();
  });

  test.each([[[]], [['dense_1']]])('ends with the model that it trains, and the engine goes on (freeze: %j)', async (freeze) => {
    const live = await engine.createModel(net, { features: 4 });
    const trainer = await engine.createTrainer({ ...options, model: live, freeze });
    await trainer.step();
    live.destroy();
    await expect(trainer.step()).rejects.toThrow('this trainer was destroyed');
    await expect(trainer.predict(train)).rejects.toThrow('this trainer was destroyed');
    expect(() => trainer.enqueueStep({ readback: false })).toThrow('this trainer was destroyed');
    trainer.destroy();
    const next = await engine.createModel(net, { features: 4 });
    const running = await engine.createTrainer({ ...options, model: next, freeze });
    const run = running.fit({ steps: 50, stepsPerSubmit: 1, onSteps: () => next.destroy() });
    await expect(run).rejects.toThrow('destroyed');
    expect((await (await engine.createModel(net, { features: 4 })).predict([1, 2, 3, 4])).length).toBe(2);
  });

  test('goes on where a model goes whose weights it shares', async () => {
    const part = await engine.createModel(net, { features: 4 });
    const whole = model({ x: [4] }, ({ x }) => ({ y: net(x) }));
    const trainer = await engine.createTrainer({ ...options, model: whole, share: [part], freeze: ['*/dense_1'] });
    await trainer.step();
    const kept = await part.parameters();
    part.destroy();
    expect(bits(await trainer.parameters(), 'sequential_1/dense_2/weight')).toEqual(bits(kept, 'dense_2/weight'));
    expect((await trainer.step())[0]!.step).toBe(2);
    trainer.destroy();
  });
});

describe('what a data set brings', () => {
  const common = { optimizer: sgd({ learningRate: 0.1 }), batchSize: 4, shuffle: false };
  const pixels = Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 256);

  test.each([false, true])('targets in bytes are what they stand for, streamed: %s', async (stream) => {
    const net = model({ x: [6] }, ({ x }) => ({ x: dense(6)(dense(3)(x)) }));
    const train = namedDataset({ x: { values: pixels, shape: [6], divisor: 255 } });
    const options = { ...common, model: net, loss: bceWithLogits(), data: { train, stream } };
    const trainer = await engine.createTrainer(options);
    const twin = new Twin(options, await trainer.parameters());
    for (let step = 0; step < 3; step++) expect((await trainer.step())[0]!.loss).toBeCloseTo(twin.run().loss, 5);
    trainer.destroy();
    const labels = namedDataset({ x: { values: pixels, shape: [6] }, y: { values: new Uint8Array(10).fill(1), divisor: 2 } });
    const classes = { ...common, model: model({ x: [6] }, ({ x }) => ({ y: dense(3)(x) })), loss: softmaxCrossEntropy() };
    // Halves are no classes; the kernel would cut them off.
    const refused = async (): Promise<unknown> => (await engine.createTrainer({ ...classes, data: { train: labels, stream } })).step();
    await expect(refused()).rejects.toThrow('y, row 0: expected a class index from 0 to 2');
    expect(() => namedDataset({ y: { values: pixels, classes: 256, divisor: 2 } })).toThrow('divisor: class indices are not divided');
  });

  const table = layer('table', (x, { parameter }) => ops.reshape(ops.gather(parameter('rows', [7, 4], ones()), x, 0), [x.type.shape[0]!, 12]));
  const words = model({ words: { shape: [3], dtype: 'i32' } }, (given) => ({ y: dense(2)(table(given.words)) }));

  test('indices that are no whole numbers are refused at each door', async () => {
    const rows = { words: { values: [0, 1, 2, 0, 1.5, 2], shape: [3] }, y: [0, 1] };
    const live = await engine.createModel(words);
    await expect(live.predict(namedDataset(rows))).rejects.toThrow('predict: words, row 1: expected a whole number, got 1.5');
    await expect(live.evaluate(namedDataset(rows), softmaxCrossEntropy())).rejects.toThrow('evaluate: words, row 1: expected a whole number, got 1.5');
    const options = { ...common, model: words, loss: softmaxCrossEntropy() };
    await expect(engine.createTrainer({ ...options, data: { train: namedDataset(rows) } })).rejects.toThrow('data.train: words, row 1: expected a whole');
    const source: NamedSource = { rows: 2, tensors: { words: { shape: [3] }, y: { shape: [1] } }, read: () => ({ words: rows.words.values, y: rows.y }) };
    const trainer = await engine.createTrainer({ ...options, data: { train: source } });
    await expect(trainer.step()).rejects.toThrow('data source: words, row 1: expected a whole number, got 1.5');
    trainer.destroy();
    await expect(live.predict(namedDataset({ y: [0, 1] }))).rejects.toThrow('predict: the tensor words is missing; there are y');
    live.destroy();
  });

  test('integers that no 32-bit float holds stay what they are, or are refused, at each door', async () => {
    const big = 2 ** 24 + 1;
    // The share of rows that have just this number.
    const net = model({ x: [1], n: { shape: [1], dtype: 'i32' } }, ({ x, n }) => ({ y: ops.add(ops.mul(dense(1)(x), 0), ops.where(ops.equal(n, big), 1, 0)) }));
    const [x, n, y] = [
      [0, 0, 0, 0],
      [big, big - 1, -big, big],
      [0, 0, 0, 0],
    ];
    const options = { ...common, model: net, loss: mse() };
    const exact = namedDataset({ x, n: { values: n, dtype: 'i32' }, y });
    const rounded = namedDataset({ x, n, y });
    const expected = [1, 0, 0, 1];
    const live = await engine.createModel(net);
    expect([...(await live.predict({ x, n })).y]).toEqual(expected);
    expect([...(await live.predict(exact)).y]).toEqual(expected);
    expect((await live.evaluate(exact, options.loss)).loss).toBe(0.5);
    const message = "n, row 0: expected a whole number below 2^24, as 32-bit floats hold them: give an Int32Array, or dtype 'i32', got 16777216";
    await expect(live.predict(rounded)).rejects.toThrow(`predict: ${message}`);
    await expect(live.evaluate(rounded, options.loss)).rejects.toThrow(`evaluate: ${message}`);
    live.destroy();
    const tensors = { x: { shape: [1] }, n: { shape: [1] }, y: { shape: [1] } };
    const source = (values: readonly number[] | Int32Array): NamedSource => ({ rows: 4, tensors, read: () => ({ x, n: values, y }) });
    for (const data of [{ train: exact }, { train: exact, stream: true }, { train: source(Int32Array.from(n)) }]) {
      const trainer = await engine.createTrainer({ ...options, data });
      expect((await trainer.step())[0]!.loss).toBe(0.5);
      trainer.destroy();
    }
    await expect(engine.createTrainer({ ...options, data: { train: rounded } })).rejects.toThrow(`data.train: ${message}`);
    const plain = await engine.createTrainer({ ...options, data: { train: source(n) } });
    await expect(plain.step()).rejects.toThrow(`data source: ${message}`);
    plain.destroy();
    const fed = await engine.createTrainer(options);
    for (const values of [n, Int32Array.from(n)]) expect((await fed.trainOnBatch({ x, n: values, y }))!.loss).toBe(0.5);
    fed.destroy();
  });

  test('targets may be an input, whose shape has no axis for them', async () => {
    const words = { values: [0, 1, 2, 0, 6, 2, 5, 1, 1, 3, 4, 4], shape: [3], dtype: 'i32' } as const;
    const net = model({ words: { shape: [3], dtype: 'i32' } }, (given) => ({
      y: dense(7)(ops.reshape(table(given.words), [given.words.type.shape[0]!, 3, 4])),
    }));
    const run = async (loss: TrainerOptions['loss'], stream: boolean): Promise<unknown> => {
      const train = namedDataset({ words, y: words });
      const trainer = await engine.createTrainer({ ...common, model: net, loss, seed: 2, data: { train, stream } });
      const records = await trainer.step(2);
      const result = [records.map((record) => record.loss), await trainer.evaluate(train)];
      trainer.destroy();
      return result;
    };
    for (const loss of [softmaxCrossEntropy(), weightedCrossEntropy({ ignoreIndex: 4 })]) {
      const own = losses({ y: { loss, target: 'words' } });
      expect(await run(own, false)).toEqual(await run(losses({ y: loss }), false));
      expect(await run(own, true)).toEqual(await run(own, false));
    }
    const values = losses({ y: { loss: mse(), target: 'words' } });
    await expect(run(values, false)).rejects.toThrow('loss: words is wanted as i32 [4, 3] and, as the targets of y, as f32 [4, 3, 7]');
  });

  test('a custom loss per position is weighed like ours; one per sample says so', async () => {
    const net = model({ x: [3, 2] }, ({ x }) => ({ y: dense(2)(x) }));
    const [x, y, w] = [numbers(24), numbers(24), [1, 0, 2, 0, 0, 0.5, 1, 1, 1, 0, 3, 0]];
    const train = namedDataset({ x: { values: x, shape: [3, 2] }, y: { values: y, shape: [3, 2] }, w: { values: w, shape: [3] } });
    const run = async (loss: Loss): Promise<unknown> => {
      const trainer = await engine.createTrainer({ ...common, model: net, loss: losses({ y: { loss, weights: 'w' } }), seed: 2, data: { train } });
      const [record] = await trainer.step();
      const result = { step: record!.loss, norm: record!.gradientNorm, ...(await trainer.evaluate(train)) };
      trainer.destroy();
      return result;
    };
    const perPosition = loss('own', (output, target) => ops.mean(ops.square(ops.sub(output, target)), -1));
    const perSample = loss('own', (output, target) => ops.mean(ops.square(ops.sub(output, target)), [1, 2]));
    const [own, ours] = (await Promise.all([run(perPosition), run(mse())])) as Record<string, number>[];
    for (const [key, value] of Object.entries(ours!)) expect(own![key]! / value).toBeCloseTo(1, 5);
    await expect(run(perSample)).rejects.toThrow(
      'losses: y: weights: expected a loss for each position, as the weights [4, 3] have them, and own gives one for each sample',
    );
  });

  test('one target of two losses must fit both', async () => {
    const net = model({ x: [6] }, ({ x }) => ({ a: dense(2)(x), b: dense(3)(x) }));
    const train = namedDataset({ x: { values: pixels, shape: [6], divisor: 255 }, y: [0, 1, 2, 0, 1, 2, 0, 1, 2, 0] });
    const on = (target: string): OutputLoss => ({ loss: softmaxCrossEntropy(), target });
    const options = { ...common, model: net, loss: losses({ a: on('y'), b: on('y') }) };
    await expect(engine.createTrainer({ ...options, data: { train } })).rejects.toThrow('data.train: y, row 2: expected a class index from 0 to 1');
  });

  test('a target per position is named by sample and position', async () => {
    const net = model({ x: [3, 2] }, ({ x }) => ({ y: dense(2)(x) }));
    const train = namedDataset({ x: { values: numbers(24), shape: [3, 2] }, y: { values: [0, 1, 1, 0, 1, 0, 1, 0, 7, 0, 0, 0], shape: [3] } });
    const options = { ...common, model: net, loss: softmaxCrossEntropy() };
    await expect(engine.createTrainer({ ...options, data: { train } })).rejects.toThrow('data.train: y, row 2, position 2: expected a class index from 0 to 1');
    const { x, y } = train.tensors;
    const source: NamedSource = { rows: 4, tensors: { x: { shape: [3, 2] }, y: { shape: [3] } }, read: () => ({ x: x!.values, y: y!.values }) };
    const trainer = await engine.createTrainer({ ...options, shuffle: true, data: { train: source } });
    await expect(trainer.step()).rejects.toThrow(/data source: y, row \d, position 2: expected a class index/);
    trainer.destroy();
  });

  test('a name that every object has is refused, and no tensor', async () => {
    const named =
      (name: string): (() => unknown) =>
      () =>
        model(Object.fromEntries([[name, [2]]]), () => ({}));
    expect(named('constructor')).toThrow('model: inputs: constructor is a name that every object of JavaScript has: take another');
    expect(named('__proto__')).toThrow('__proto__ is a name that every object');
    const net = model({ x: [2] }, ({ x }) => ({ toString: dense(1)(x) }) as unknown as { y: Value });
    await expect(engine.createModel(net)).rejects.toThrow('model: outputs: toString is a name');
    expect(() => losses({ y: { loss: mse(), target: 'valueOf' } })).toThrow('losses: y: target: valueOf is a name');
  });
});

describe('what a model answers', () => {
  test('whole numbers are whole numbers; what is of no sample is refused', async () => {
    const net = model({ x: [2], n: { shape: [2], dtype: 'i32' } }, ({ x, n }) => ({ y: dense(1)(x), n }));
    const live = await engine.createModel(net);
    expect([...(await live.predict({ x: [1, 2, 3, 4], n: [1, -2, 3, 70_000] })).n]).toEqual([1, -2, 3, 70_000]);
    live.destroy();
    const mean = model({ x: [2] }, ({ x }) => ({ y: ops.mean(dense(2)(x)) }));
    await expect(engine.createModel(mean)).rejects.toThrow('createModel: the output y is [] and of no sample: expected [batch, ...]');
  });

  test('a function that builds other layers the second time is refused', async () => {
    let times = 0;
    const net = model({ x: [3] }, ({ x }) => {
      times++;
      return { y: dense(1)(times === 1 ? dense(4)(x) : x) };
    });
    const live = await engine.createModel(net);
    await expect(live.predict({ x: [1, 2, 3] })).rejects.toThrow(
      'model: its function built no more layers where it built dense_2 (dense) the first time: it must build the same layers each time',
    );
    live.destroy();
  });
});

test.each<[string, (second: boolean, x: Value) => Value, string]>([
  ['another kind', (second, x) => activation(second ? 'tanh' : 'relu')(x), 'built tanh_1 (tanh) where it built relu_1 (relu) the first time'],
  ['one more', (second, x) => (second ? dropout(0.5)(x) : x), 'built dropout_1 (dropout) where it built dense_1 (dense) the first time'],
  ['one less', (second, x) => (second ? x : dropout(0.5)(x)), 'built dense_1 (dense) where it built dropout_1 (dropout) the first time'],
  ['another name', (second, x) => named(second ? 'b' : 'a', dropout(0.5))(x), 'built b (dropout) where it built a (dropout) the first time'],
  [
    'another block',
    (second, x) => sequential([dropout(0.1), ...(second ? [activation('tanh')] : [])])(x),
    'built sequential_1/tanh_1 (tanh) where it built dense_1 (dense) the first time',
  ],
])('a function that builds layers of the same shapes the second time is refused: %s', async (_name, build, message) => {
  let times = 0;
  const net = model({ x: [3] }, ({ x }) => ({ y: dense(3)(build(++times > 1, x)) }));
  const live = await engine.createModel(net);
  await expect(live.predict({ x: [1, 2, 3] })).rejects.toThrow(`model: its function ${message}: it must build the same layers each time`);
  live.destroy();
});

test('a custom layer may build others in training', async () => {
  const noisy = layer('noisy', (x, { training }) => (training ? dropout(0.5)(x) : x));
  const net = model({ x: [3] }, ({ x }) => ({ y: dense(1)(noisy(x)) }));
  const live = await engine.createModel(net);
  expect((await live.predict({ x: [1, 2, 3] })).y).toHaveLength(1);
  live.destroy();
});

describe('an output without a loss', () => {
  const two = model({ x: [4] }, ({ x }) => {
    const hidden = activation('tanh')(dense(5)(x));
    return { y: dense(1)(hidden), extra: dense(2)(hidden) };
  });
  const train = namedDataset({ x: { values: numbers(40), shape: [4] }, y: numbers(10) });
  const common = { optimizer: adamw({ learningRate: 0.1, weightDecay: 0.1 }), batchSize: 4, seed: 3, data: { train } };

  test('is computed, and its layers stay as they are', async () => {
    const trainer = await engine.createTrainer({ ...common, model: two, loss: losses({ y: mse() }) });
    const one = model({ x: [4] }, ({ x }) => ({ y: dense(1)(activation('tanh')(dense(5)(x))) }));
    const other = await engine.createTrainer({ ...common, model: one, loss: mse() });
    const before = await trainer.parameters();
    for (let step = 0; step < 5; step++) expect((await trainer.step())[0]!.loss).toBeCloseTo((await other.step())[0]!.loss, 5);
    const after = await trainer.parameters();
    for (const path of ['dense_3/weight', 'dense_3/bias']) expect(bits(after, path)).toEqual(bits(before, path));
    expect((await trainer.predict(train)).extra.length).toBe(20);
    trainer.destroy();
    other.destroy();
    // Where all outputs have a loss, a layer that leads to none is a mistake.
    const lost = model({ x: [4] }, ({ x }) => {
      dense(3)(x);
      return { y: dense(1)(x) };
    });
    await expect(engine.createTrainer({ ...common, model: lost, loss: mse() })).rejects.toThrow('the loss does not depend on this parameter');
  });
});

describe('what is no model', () => {
  const net = model({ x: [4] }, ({ x }) => ({ y: dense(1)(x) }));
  test.each([
    [null, 'share: expected a list of live models, got null'],
    ['x', 'share: expected a list of live models, got "x"'],
    [[null], 'share[0]: expected a live model, as engine.createModel makes it, got null'],
    [[net], 'share[0]: expected a live model, as engine.createModel makes it, got a function'],
  ])('is not shared: %s', async (share, message) => {
    await expect(engine.createModel(net, { share: share as never })).rejects.toThrow(`createModel: ${message}`);
  });

  test('is not created, nor trained on a set without its input', async () => {
    await expect(engine.createModel(dense(3) as never)).rejects.toThrow(
      'createModel: expected a model, as sequential([...]) or model(...) makes it, got a layer, "dense"',
    );
    const options = { model: sequential([dense(1)]), loss: mse(), optimizer: sgd({ learningRate: 0.1 }) };
    await expect(engine.createTrainer({ ...options, model: dense(1) as never })).rejects.toThrow('model: expected a model');
    const train = namedDataset({ q: numbers(4), y: numbers(4) });
    await expect(engine.createTrainer({ ...options, data: { train } })).rejects.toThrow('data.train: the tensor x is missing: layers in a row take it; there');
  });
});

describe('memory', () => {
  test('evaluations with losses made anew, and trainers that could not be made, leave no buffers', async () => {
    const { gpu } = engine;
    const create = gpu.createBuffer;
    const living = new Set<GPUBuffer>();
    gpu.createBuffer = (descriptor) => {
      const buffer = create.call(gpu, descriptor);
      const destroy = buffer.destroy;
      buffer.destroy = () => {
        living.delete(buffer);
        return destroy.call(buffer);
      };
      living.add(buffer);
      return buffer;
    };
    try {
      const net = sequential([dense(1)]);
      const live = await engine.createModel(net, { features: 4 });
      const train = namedDataset({ x: { values: numbers(40), shape: [4] }, y: numbers(10) });
      const values = await Promise.all(Array.from({ length: 7 }, async () => (await live.evaluate(train, mse())).loss));
      expect(new Set(values).size).toBe(1);
      const bytes = live.bytes;
      for (let i = 0; i < 10; i++) await live.evaluate(train, mse());
      expect(live.bytes).toBe(bytes);
      const some = living.size;
      for (let i = 0; i < 10; i++) await live.evaluate(train, mse());
      expect(living.size).toBe(some);
      const wide = model({ x: [4] }, ({ x }) => {
        const rows = x.type.shape[0]!;
        const [a, b] = [dense(40_000)(x), dense(40_000)(x)];
        return { y: ops.mean(ops.matmul(ops.reshape(a, [rows, 40_000, 1]), ops.reshape(b, [rows, 1, 40_000])), -1, { keepDims: false }) };
      });
      const options = {
        model: wide,
        loss: mse(),
        optimizer: sgd({ learningRate: 0.1 }),
        data: { train: namedDataset({ x: { values: numbers(4), shape: [4] }, y: { values: numbers(40_000), shape: [40_000] } }) },
      };
      await expect(engine.createTrainer({ ...options, freeze: ['dense_1'] })).rejects.toThrow('this device allows');
      expect(living.size).toBe(some);
      live.destroy();
      expect(living.size).toBe(0);
    } finally {
      gpu.createBuffer = create;
    }
  });
});
