// Every call that takes numbers or targets: what counts is what was passed, what does not fit is refused and leaves no trace, and a call that is
// overtaken by `destroy` rejects and leaves no buffer.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { type Dataset, dataset } from '../../src/data/dataset.ts';
import type { BatchSource } from '../../src/data/source.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError, FathomError, UsageError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { bceWithLogits, hinge, type Loss, mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { crossEntropyOp } from '../../src/ops/losses.ts';
import { save } from '../../src/train/files.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { plateau } from '../../src/train/schedules/plateau.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const open: Trainer[] = [];
afterEach(() => {
  for (const trainer of open.splice(0)) trainer.destroy();
});
async function trainerOf(options: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const trainer = await engine.createTrainer({
    model: sequential([dense(4), activation('tanh'), dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    features: 2,
    seed: 1,
    ...options,
  });
  open.push(trainer);
  return trainer;
}
/** A data set that its builder has not seen. */
const byHand = (x: unknown, y: unknown, rows = 2): Dataset => ({ x, y, rows, features: 2, shape: [2], targetSize: 1 }) as Dataset;

const x = [0.5, -1.25, 2, 3];
const y = [0, 2];
const others: [string, unknown, unknown][] = [
  ['arrays', x, y],
  ['Float64Arrays', Float64Array.from(x), Float64Array.from(y)],
  ['rows', [x.slice(0, 2), x.slice(2)], [[0], [2]]],
  ['integers for labels', Float64Array.from(x), Uint8Array.from(y)],
];

describe('numbers of another type mean the same', () => {
  const floats = { x: Float32Array.from(x), y: Float32Array.from(y) };

  test.each(others)('%s', async (_, givenX, givenY) => {
    const [plain, other] = [await trainerOf(), await trainerOf()];
    expect(await other.predict(givenX as number[])).toEqual(await plain.predict(floats.x));
    expect(await other.evaluate(byHand(givenX, givenY))).toEqual(await plain.evaluate(byHand(floats.x, floats.y)));
    expect(await other.trainOnBatch({ x: givenX, y: givenY } as never)).toEqual(await plain.trainOnBatch(floats));
    expect(await other.predict(floats.x)).toEqual(await plain.predict(floats.x));
    const data = async (train: Dataset | BatchSource, stream = false) => (await trainerOf({ data: { train, stream }, batchSize: 2 })).step(3);
    const expected = await data(byHand(floats.x, floats.y));
    expect(await data(byHand(givenX, givenY))).toEqual(expected);
    expect(await data(byHand(givenX, givenY), true)).toEqual(expected);
    const source: BatchSource = {
      rows: 2,
      features: 2,
      targetSize: 1,
      read: (indices) => {
        // Rows of the given kind, in the order that was asked for.
        const picked = (from: unknown, width: number) => {
          const list = Array.from(from as ArrayLike<number>);
          return Array.from(indices, (index) => (list.length === 2 * width ? list.slice(index * width, (index + 1) * width) : [list[index]])).flat();
        };
        const nested = Array.isArray((givenX as unknown[])[0]);
        return { x: picked(givenX, nested ? 1 : 2), y: picked(givenY, 1) } as never;
      },
    };
    expect(await data(source)).toEqual(expected);
  });

  test('parameters, and no neighbour is overwritten', async () => {
    const trainer = await trainerOf();
    const before = await trainer.parameters();
    trainer.setParameters(new Map([['dense_1/bias', { shape: [4], data: Float64Array.of(1, 2, 3, 4) }]]));
    const after = await trainer.parameters();
    expect([...after.get('dense_1/bias')!.data]).toEqual([1, 2, 3, 4]);
    for (const [path, { data }] of before) if (path !== 'dense_1/bias') expect(after.get(path)!.data).toEqual(data);
  });

  test('inputs of a program', async () => {
    const graph = new Graph();
    const logits = graph.input('logits', [2, 3]);
    const labels = graph.input('labels', [2, 1], { dtype: 'i32' });
    const loss = graph.apply(crossEntropyOp, [logits, labels], { targets: 'index', smoothing: 0 }, 'loss')[0]!;
    const program = await compile(engine, graph, { outputs: [loss] });
    program.write(logits, Float64Array.of(1, 2, 3, 4, 5, 6));
    program.write(labels, Uint8Array.of(0, 2));
    program.run();
    expect((await program.read(loss))[0]![1]).toBeCloseTo(Math.log(1 + Math.exp(-1) + Math.exp(-2)), 6);
    expect(() => program.write(labels, [0, 3])).toThrow('labels, row 1: expected a class index from 0 to 2, as cross_entropy takes it for 3 outputs, got 3');
    expect(() => program.write(logits, 'text' as never)).toThrow(DataError);
    program.run();
    expect((await program.read(labels))[0]).toEqual(Float32Array.of(0, 2));
    program.destroy();
  });
});

describe('what is no number is refused', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['text', '0.5,1'],
    ['BigInts', BigInt64Array.of(1n, 2n)],
    ['a buffer', new ArrayBuffer(16)],
    ['text in an array', ['0.5', '1']],
    ['null in an array', [null, 1]],
    ['rows of different lengths', [[1, 2], [3]]],
    ['a number beyond 32 bits', [1e39, 1]],
  ])('%s', async (_, given) => {
    const trainer = await trainerOf();
    const labels = [0];
    const expectRefused = async (call: () => unknown): Promise<void> => {
      await expect((async () => call())()).rejects.toThrow(DataError);
    };
    await expectRefused(() => trainer.predict(given as never));
    await expectRefused(() => trainer.evaluate(byHand(given, labels, 1)));
    await expectRefused(() => trainer.trainOnBatch({ x: given, y: labels } as never));
    await expectRefused(() => trainer.enqueueStep({ batch: { x: [1, 2], y: given } as never }));
    await expectRefused(() => trainer.setParameters(new Map([['dense_1/weight', { data: given }]]) as never));
    await expectRefused(() => trainerOf({ data: { train: byHand(given, labels, 1) } }));
    await expectRefused(() => trainerOf({ data: { train: byHand([1, 2], labels, 1), validation: byHand(given, labels, 1) } }));
    await expectRefused(() => dataset({ x: given as never, y: labels }));
    expect((await trainer.trainOnBatch({ x: [1, 2], y: [0] }))!.step).toBe(1);
  });

  test('a data set whose sizes do not fit', async () => {
    const trainer = await trainerOf();
    await expect(trainer.evaluate(byHand([1, 2, 3], [0, 1]))).rejects.toThrow('evaluate: x: expected 2 rows of 2 numbers, got 3 numbers');
    await expect(trainer.evaluate(byHand([1, 2, 3, 4], [0]))).rejects.toThrow('evaluate: y: expected 2 rows of 1 numbers, got 1 numbers');
    await expect(trainer.evaluate(null as never)).rejects.toThrow('evaluate: expected a data set, as dataset() builds it, got null');
    await expect(trainerOf({ data: { train: byHand([1, 2, 3], [0, 1]) } })).rejects.toThrow('data.train: x: expected 2 rows');
  });
});

describe('options of another kind are refused with their name', () => {
  const bytes = (values: unknown, divisor: unknown): unknown => ({ ...byHand(undefined, [0], 1), bytes: { values, divisor } });
  const read = (): never => {
    throw new Error('never asked');
  };
  const source = { rows: 2, features: 2, targetSize: 1, read };

  test.each<[string, Record<string, unknown>]>([
    ['model', { model: null }],
    ['model', { model: [dense(3)] }],
    ['optimizer', { optimizer: undefined }],
    ['optimizer', { optimizer: 'sgd' }],
    ['shuffle', { shuffle: 'false' }],
    ['accumulate', { accumulate: 4 }],
    ['accumulate', { accumulate: { batches: 2 } }],
    ['average', { average: 0.99 }],
    ['clip', { clip: 1 }],
    ['clip', { clip: {} }],
    ['onNonFinite', { onNonFinite: 'ignore' }],
    ['onNonFinite', { onNonFinite: { factor: 0.5 } }],
    ['probes', { probes: 'all' }],
    ['probes.tensors', { probes: { tensors: 'z' } }],
    ['probes.layers', { probes: { layers: 'dense_1' } }],
    ['probes.histograms', { probes: { histograms: { every: 5 } } }],
    ['probes.norms', { probes: { norms: true } }],
    ['data', { data: 0 }],
    ['data.stream', { data: { train: byHand(x, y), stream: 'no' } }],
    ['data.validation', { data: { train: byHand(x, y), validation: 0 } }],
    ['data.train.read', { data: { train: { ...source, read: 5 } } }],
    ['data.train.rows', { data: { train: { ...source, rows: 1e15 } } }],
    ['data.train.divisor', { data: { train: { ...source, divisor: 0 } } }],
    ['data.train: bytes.values', { data: { train: bytes([1, 2], 255) } }],
    ['data.train: bytes.values', { data: { train: bytes(Float32Array.of(1, 2), 255) } }],
    ['data.train: bytes.divisor', { data: { train: bytes(Uint8Array.of(1, 2), undefined) } }],
  ])('%s of a trainer: %o', async (name, options) => {
    const making = trainerOf(options as never);
    await expect(making).rejects.toThrow(FathomError);
    await expect(making).rejects.toThrow(`${name}: `);
  });

  test('of evaluate, fit, save, setParameters and a program', async () => {
    await expect(engine.createTrainer(null as never)).rejects.toThrow('createTrainer: expected options with model, loss and optimizer, got null');
    const trainer = await trainerOf();
    const set = byHand(x, y);
    await expect(trainer.evaluate(bytes(Uint8Array.of(1, 2), 0) as never)).rejects.toThrow('evaluate: bytes.divisor: expected a number by which bytes can');
    const itself: Record<string, unknown> = {};
    itself.self = itself;
    for (const document of [itself, 1n, () => 1]) await expect(save(trainer, document)).rejects.toThrow('document: expected what JSON can say');
    const fitting = await trainerOf({ data: { train: set } });
    for (const name of ['onSteps', 'onValidation', 'onProgress', 'signal'])
      await expect(fitting.fit({ steps: 1, [name]: 5 })).rejects.toThrow(`fit: ${name}: expected`);
    for (const shape of [5, 'abc', {}, { length: 1 }])
      expect(() => trainer.setParameters(new Map([['dense_1/bias', { shape, data: [1, 2, 3, 4] }]]) as never)).toThrow(
        'dense_1/bias: shape: expected a list of sizes',
      );
    const turned = Array.from({ length: 4 }, () => [1, 2]);
    expect(() => trainer.setParameters(new Map([['dense_1/weight', { data: turned }]]))).toThrow(
      'dense_1/weight[0]: expected rows of 4 numbers for [2, 4], got 2',
    );
    const graph = new Graph();
    const a = graph.input('a', [2, 4]);
    for (const options of [undefined, { outputs: 5 }, { outputs: ['a'] }, { outputs: [a], carry: 5 }, { outputs: [new Graph().input('a', [2, 4])] }])
      await expect(compile(engine, graph, options as never)).rejects.toThrow(UsageError);
    const program = await compile(engine, graph, { outputs: [a] });
    for (const value of [null, undefined, 5]) expect(() => program.write(value as never, [1])).toThrow(UsageError);
    expect(() => program.write(a, turned)).toThrow('a[0]: expected rows of 4 numbers for [2, 4], got 2');
    program.destroy();
  });
});

describe('targets that do not fit the loss are refused with the row', () => {
  test.each<[string, Loss, number, number, string]>([
    ['a class', softmaxCrossEntropy(), 3, 3, 'expected a class index from 0 to 2'],
    ['half a class', softmaxCrossEntropy(), 3, 0.5, 'expected a class index from 0 to 2'],
    ['a fraction', bceWithLogits(), 1, 2, 'expected a number from 0 to 1'],
    ['a sign', hinge(), 1, 0, 'expected -1 or 1'],
    ['a number', mse(), 1, Number.NaN, 'expected a finite number'],
  ])('%s', async (_, loss, units, bad, message) => {
    const options = { model: sequential([dense(units)]), loss };
    const trainer = await trainerOf(options);
    const given = byHand([1, 2, 3, 4], [1, bad]);
    const good = byHand([1, 2, 3, 4], [1, 1]);
    await expect(trainer.trainOnBatch(given)).rejects.toThrow(`trainOnBatch: y, row 1: ${message}`);
    expect(() => trainer.enqueueStep({ batch: given })).toThrow(`enqueueStep: y, row 1: ${message}`);
    await expect(trainer.evaluate(given)).rejects.toThrow(`evaluate: y, row 1: ${message}`);
    await expect(trainerOf({ ...options, data: { train: given } })).rejects.toThrow(`data.train: y, row 1: ${message}`);
    await expect(trainerOf({ ...options, data: { train: given, stream: true } })).rejects.toThrow(`data.train: y, row 1: ${message}`);
    await expect(trainerOf({ ...options, data: { train: good, validation: given } })).rejects.toThrow(`data.validation: y, row 1: ${message}`);
    const source: BatchSource = { ...given, read: (indices) => ({ x: [1, 2, 3, 4], y: Array.from(indices, (i) => given.y[i]!) }) };
    const streamed = await trainerOf({ ...options, data: { train: source } });
    await expect(streamed.step(1)).rejects.toThrow(Number.isNaN(bad) ? 'data source: y, row 1' : `data source: y, row 1: ${message}`);
    // The same calls with what fits.
    expect(Number.isFinite((await trainer.trainOnBatch(good))!.loss)).toBe(true);
    expect(Number.isFinite((await trainer.evaluate(good)).loss)).toBe(true);
  });
});

describe('what is changed after the call changes nothing', () => {
  test('rows to predict, to evaluate, to feed', async () => {
    const [plain, other] = [await trainerOf(), await trainerOf()];
    const make = () => ({ x: Float32Array.from(x), y: Float32Array.from(y) });
    const spoil = ({ x, y }: { x: Float32Array; y: Float32Array }): void => {
      x.fill(9);
      y.fill(1);
    };
    const kept = make();
    const [rows, set, batch] = [make(), byHand(...(Object.values(make()) as [Float32Array, Float32Array])), make()];
    const answers = [other.predict(rows.x), other.evaluate(set)] as const;
    for (const given of [rows, set]) spoil(given);
    expect(await Promise.all(answers)).toEqual([await plain.predict(kept.x), await plain.evaluate(byHand(kept.x, kept.y))]);
    other.pause();
    const step = other.trainOnBatch(batch);
    spoil(batch);
    other.resume();
    expect(await step).toEqual(await plain.trainOnBatch(kept));
  });

  test('a batch that turns non-finite is explained by what was fed', async () => {
    const trainer = await trainerOf();
    const batch = { x: Float32Array.of(Number.NaN, 1), y: Float32Array.of(0) };
    const pending = trainer.trainOnBatch(batch);
    batch.x.fill(1);
    await pending;
    expect(trainer.history.nonFinite).toMatchObject({ step: 1, layer: 'dense_1', tensor: 'z' });
  });

  // With what is loaded for each, the first time: all in one page.
  test.each<[string, Partial<TrainerOptions>, { l2: number }?]>([
    ['nothing', {}],
    ['a frozen layer', { freeze: ['dense_1'] }],
    ['a plateau', { optimizer: sgd({ learningRate: 0.1, schedule: plateau() }) }],
    ['a penalty', {}, { l2: 0.1 }],
  ])('data sets, options and lists of layers; with %s', async (_what, more, penalty) => {
    const run = async (spoiled: boolean): Promise<unknown> => {
      const numbers = Float32Array.from(blobs(12, 2).x);
      const labels = Float32Array.from(blobs(12, 2).y);
      const [train, validation] = [dataset({ x: numbers, y: labels, shape: [2], classes: 3 }), blobs(6, 2)];
      if (spoiled) numbers.fill(9);
      if (spoiled) labels.fill(0);
      const layers = [dense(4), activation('tanh'), dense({ units: 3, ...penalty })];
      const options = { ...more, model: sequential(layers), data: { train, validation }, batchSize: 4 };
      const pending = trainerOf(options);
      if (spoiled) {
        layers.length = 1;
        train.x.fill(9);
        validation.x.fill(9);
        validation.y.fill(9);
        Object.assign(options, { model: undefined, batchSize: 1, data: undefined });
      }
      const trainer = await pending;
      const { steps, validations: checks } = await trainer.fit({ epochs: 2 });
      return [steps, checks, await trainer.predict(x)];
    };
    expect(await run(true)).toEqual(await run(false));
  });
});

describe('a call that is refused leaves no trace', () => {
  const a = { x: [1, 2, 3, 4], y: [0, 1] };
  const b = { x: [9, -9, 9, 9], y: [2, 2] };
  const lossOf = async (batch: typeof a): Promise<number> => (await (await trainerOf()).trainOnBatch(batch))!.loss;

  test('while another step waits', async () => {
    const trainer = await trainerOf();
    trainer.pause();
    const waiting = trainer.trainOnBatch(a);
    await expect(trainer.trainOnBatch(b)).rejects.toThrow('already running');
    expect(() => trainer.enqueueStep({ batch: b })).toThrow(UsageError);
    trainer.resume();
    expect((await waiting)!.loss).toBe(await lossOf(a));
  });

  test('for its rows or its labels', async () => {
    const trainer = await trainerOf();
    // Zeros are no batch.
    for (const none of [undefined, {}, { readback: false as const }])
      expect(() => trainer.enqueueStep(none as never)).toThrow('enqueueStep: no batch was given yet');
    expect(trainer.steps).toBe(0);
    const first = trainer.enqueueStep({ batch: a });
    for (const bad of [{ ...b, y: [2, 3] }, { ...b, y: [2] }, { ...b, x: [1] }, { ...b, x: null }, null])
      expect(() => trainer.enqueueStep({ batch: bad as never })).toThrow(DataError);
    expect((await first)!.loss).toBe(await lossOf(a));
    // The batch before is still there.
    expect(Number.isFinite((await trainer.enqueueStep())!.loss)).toBe(true);
  });

  test('of parameters, one of which does not fit', async () => {
    const trainer = await trainerOf();
    const before = await trainer.parameters();
    const good = { data: [1, 2, 3, 4] };
    for (const bad of [{ data: [1, 2] }, { data: [1, 2, null] }, { data: null }, null])
      expect(() =>
        trainer.setParameters(
          new Map([
            ['dense_1/bias', good],
            ['dense_2/bias', bad],
          ]) as never,
        ),
      ).toThrow(FathomError);
    expect(() => trainer.setParameters({ 'dense_1/bias': good } as never)).toThrow('setParameters: expected a Map');
    expect(await trainer.parameters()).toEqual(before);
  });
});

test('what failed once is tried anew', async () => {
  const expected = await (await trainerOf()).predict(x);
  const { gpu } = engine;
  const make = gpu.createBuffer.bind(gpu);
  for (let failing = 0; failing < 12; failing++) {
    const trainer = await trainerOf();
    let count = 0;
    gpu.createBuffer = (wanted) => {
      if (count++ === failing) throw new RangeError('createBuffer failed');
      return make(wanted);
    };
    try {
      const first = await trainer.predict(x).catch((error: unknown) => error);
      if (count > failing) expect(first).toBeInstanceOf(Error);
      expect(await trainer.predict(x)).toEqual(expected);
      await trainer.evaluate(blobs(3, 2)).catch(() => undefined);
      expect((await trainer.evaluate(blobs(3, 2))).loss).toBeGreaterThan(0);
    } finally {
      gpu.createBuffer = make;
    }
  }
});

describe('destroy while an answer is awaited', () => {
  const calls: [string, (trainer: Trainer) => Promise<unknown>][] = [
    ['predict', (trainer) => trainer.predict(new Float32Array(2000))],
    ['evaluate', (trainer) => trainer.evaluate(blobs(600, 2))],
    ['trainOnBatch', (trainer) => trainer.trainOnBatch({ x, y })],
    ['trainOnBatch that turns non-finite', (trainer) => trainer.trainOnBatch({ x: [Number.NaN, 1], y: [0] }).then(() => trainer.history.nonFinite)],
    ['parameters', (trainer) => trainer.parameters()],
    ['gradients', (trainer) => trainer.trainOnBatch({ x, y }).then(() => trainer.gradients())],
    ['loss', (trainer) => trainer.trainOnBatch({ x, y }).then(() => trainer.loss())],
    ['save', (trainer) => save(trainer)],
  ];
  test.each(calls)('%s', async (_, call) => {
    const { gpu } = engine;
    const make = gpu.createBuffer.bind(gpu);
    const live = new Set<GPUBuffer>();
    gpu.createBuffer = (wanted) => {
      const buffer = make(wanted);
      const free = buffer.destroy.bind(buffer);
      live.add(buffer);
      buffer.destroy = () => {
        live.delete(buffer);
        return free();
      };
      return buffer;
    };
    try {
      const expected = await call(await trainerOf());
      for (const trainer of open.splice(0)) trainer.destroy();
      // At once, after some turns of promises, and after some time.
      for (const wait of [0, 1, 2, 3, 5, 8, 13, 21, 34, -1, -2, -5, -10, -20]) {
        const trainer = await trainerOf();
        const answer = call(trainer).catch((error: unknown) => error);
        for (let turn = 0; turn < wait; turn++) await Promise.resolve();
        if (wait < 0) await new Promise((resolve) => setTimeout(resolve, -wait));
        trainer.destroy();
        const got = await answer;
        if (!(got instanceof FathomError)) expect(got, `destroyed after ${wait}`).toEqual(expected);
        expect(live.size, `destroyed after ${wait}`).toBe(0);
        if (wait === 0) expect(got).toBeInstanceOf(FathomError);
      }
    } finally {
      gpu.createBuffer = make;
    }
  });
});
