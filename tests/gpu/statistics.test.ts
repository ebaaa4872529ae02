// What the probes show against float64, on ordinary tensors and on those that f32 handles badly.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { Device } from '../../src/gpu/device.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms, POWERS_OF_TWO } from '../../src/inspect/histograms.ts';
import type { StepRecord, TensorStats } from '../../src/inspect/history.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { mae, mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { segmentsOf } from '../../src/ops/statistics.ts';
import { Random } from '../../src/random.ts';
import { computeHistogram, computeStats } from '../../src/reference/index.ts';
import { explain } from '../../src/scheduler/explain.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose, kernelsHere, withCapabilities } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';
import { ALL } from '../support/quick.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;

function expectStats(name: string, got: TensorStats, expected: TensorStats, tolerance: number): void {
  const exact = ({ count, zeroFraction, nanCount, infCount }: TensorStats) => ({ count, zeroFraction: Math.fround(zeroFraction), nanCount, infCount });
  expect(exact({ ...got, zeroFraction: got.zeroFraction }), name).toEqual(exact(expected));
  // Means may cancel: all are measured against the root mean square.
  for (const key of ['l2', 'rms', 'std', 'absMean', 'mean', 'min', 'max'] as const) {
    const scale = key === 'l2' ? expected.l2 : Math.max(Math.abs(expected[key]), expected.rms);
    expect(Math.abs(got[key] - expected[key]), `${name}: ${key} is ${got[key]}, expected ${expected[key]}`).toBeLessThanOrEqual(tolerance * scale);
  }
}

const TENSORS = ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] as const;

// The kernels of both kinds of adapter, as far as they run here.
const kernels = await kernelsHere();
/** What takes long is tried with one kind of kernels in `npm test`, with all of this machine's in `npm run test:all`. */
const longTest = (swiftshader: boolean) => test.runIf(swiftshader || kernels.length === 1 || ALL);

describe.each(kernels)('kernels: %s', (_name, swiftshader) => {
  beforeAll(async () => {
    engine = new Engine(withCapabilities(await Device.create(), { swiftshader }));
  });
  afterAll(() => engine.destroy());

  describe('a network', () => {
    const options: TrainerOptions = {
      model: sequential([dense(40), activation('relu'), dense(30), activation('tanh'), dense(20), activation('gelu'), dense(3)]),
      loss: softmaxCrossEntropy(),
      // The first update of Adam is the rate for every weight: not at an edge of the histogram.
      optimizer: adam({ learningRate: 0.013 }),
      data: { train: blobs(30) },
      batchSize: 11,
      // With the weights of seed 0 a tanh is as near to 1, the edge of a bin, as f32 can be.
      seed: 1,
      probes: { activity: activity(), tensors: TENSORS, histograms: histograms({ every: 1 }), norms: norms({ every: 1 }) },
    };

    longTest(swiftshader)(
      'every tensor of every layer over three steps, the last batch smaller',
      async () => {
        const trainer = await engine.createTrainer(options);
        const twin = new Twin(options, await trainer.parameters());
        const records = await trainer.step(3);
        const points = twin.step.taps.layers;
        for (const { step, layers } of records) {
          const before = new Map([...twin.parameters].map(([path, { data }]) => [path, data]));
          twin.run();
          const rows = twin.world.run.rows;
          expect(rows).toBe([11, 11, 8][step - 1]);
          const watched = twin.step.graph.nodes.filter((node) => node.op.name === 'moments');
          for (const [i, point] of points.entries()) {
            const record = layers![i]!;
            expect(Object.keys(record.tensors).sort()).toEqual([...TENSORS].sort());
            const width = point.width;
            const weight = point.weight.name;
            const of: Record<(typeof TENSORS)[number], Float64Array> = {
              z: twin.values.get(point.z)!.data.subarray(0, rows * width),
              h: twin.values.get(point.h)!.data.subarray(0, rows * width),
              delta: deltaOf(twin, point.z.name, width, rows),
              weight_gradient: twin.gradients().get(weight)!.data,
              weight: before.get(weight)!,
              update: twin.world.arenas.get('retained/update')!.get(weight)!.data,
            };
            for (const kind of TENSORS) {
              expectStats(`step ${step}, ${point.name}, ${kind}`, record.tensors[kind]!, computeStats(of[kind]), 2e-5);
              const bins = computeHistogram(of[kind], trainer.history.histogramEdges!);
              const wrong = record.tensors[kind]!.histogram!.reduce((sum, count, bin) => sum + Math.abs(count - bins[bin]!), 0);
              // A number at an edge may fall to either side.
              expect(wrong, `step ${step}, ${point.name}, ${kind}: histogram ${record.tensors[kind]!.histogram} instead of ${bins}`).toBeLessThanOrEqual(
                kind === 'update' ? 4 : 0,
              );
            }
            expect(record.norms!.delta! / computeStats(of.delta).l2).toBeCloseTo(1, 4);
            expect(record.norms!.weight_gradient! / computeStats(of.weight_gradient).l2).toBeCloseTo(1, 4);
            expect(record.updateToWeight!.l2 / (computeStats(of.update).l2 / computeStats(of.weight).l2)).toBeCloseTo(1, 3);
          }
          expect(watched.length).toBeGreaterThan(0);
          // ReLU: units that are zero in the whole batch. tanh: activations beyond 0.97.
          const activity = twin.world.activity.get('activity')!;
          expect(layers![0]!.deadFraction).toBeCloseTo(activity[0]!.dead / 40, 6);
          expect(layers![1]!.saturatedFraction).toBeCloseTo(activity[1]!.saturated / (30 * rows), 6);
        }
        trainer.destroy();
        // The kernels of a GPU take a software adapter long to compile.
      },
      180_000,
    );

    function deltaOf(twin: Twin, z: string, width: number, rows: number): Float64Array {
      const node = twin.step.graph.nodes.find((n) => n.op.name === 'moments')!;
      const segments = segmentsOf(node).filter(({ source }) => source === 'activations');
      const index = twin.step.taps.layers.findIndex((point) => point.z.name === z);
      // Per layer z, h and delta; where there is no activation z and h are one value.
      const values = segments.map(({ value }) => value);
      const gradients = values.filter((value) => value.name.startsWith('grad/') || value.name.startsWith('loss'));
      const value = gradients[index]!;
      return twin.values.get(value as never)!.data.subarray(0, rows * width);
    }

    longTest(swiftshader)('only the steps, layers and tensors that were asked for', async () => {
      const trainer = await engine.createTrainer({
        ...options,
        probes: { every: 2, tensors: ['delta'], layers: ['dense_2'], histograms: histograms({ every: 4, edges: POWERS_OF_TWO }) },
      });
      const records = await trainer.step(4);
      expect(records.map((record) => record.layers !== undefined)).toEqual([true, true, false, true]);
      expect(records[1]!.layers!.map((layer) => Object.keys(layer.tensors))).toEqual([[], ['delta'], [], []]);
      expect(records[1]!.layers![1]!.tensors.delta!.histogram).toBeUndefined();
      expect(records[3]!.layers![1]!.tensors.delta!.histogram).toHaveLength(56);
      trainer.destroy();
    });

    longTest(swiftshader)('what is written only when it is looked at is what it is at every step', async () => {
      const model = sequential([dense(16), activation('relu'), dense(16), activation('tanh'), dense(8), batchNorm(), activation('relu'), dense(3)]);
      const watch = { tensors: TENSORS, activity: activity() };
      const always = await engine.createTrainer({ ...options, model, batchSize: 16, probes: { ...watch, every: 1, histograms: histograms({ every: 1 }) } });
      const rarely = await engine.createTrainer({ ...options, model, batchSize: 16, probes: { ...watch, every: 4, histograms: histograms({ every: 6 }) } });
      expect(explain(rarely.plan)).toContain('storing z for moments and histograms');
      const [expected, got] = [await always.step(12), await rarely.step(12)];
      const stripped = (record: StepRecord): StepRecord => JSON.parse(JSON.stringify(record, (key, value) => (key === 'histogram' ? undefined : value)));
      for (const step of [4, 8]) expect(got[step - 1]).toEqual(stripped(expected[step - 1]!));
      expect(got[11]).toEqual(expected[11]);
      always.destroy();
      rarely.destroy();
    });

    test.each([
      [{ tensors: ['zz'] }, 'probes.tensors[0]: expected one of z, h, delta'],
      [{ layers: ['dense_9'] }, 'probes.layers: there is no layer dense_9; there are dense_1, dense_2'],
      [{ every: 0 }, 'probes.every: expected a positive integer, got 0'],
    ])('%o is refused', async (probes, message) => {
      await expect(engine.createTrainer({ ...options, probes: probes as never })).rejects.toThrow(message);
    });

    test.each([[], [1, 1], [0, 1], Array.from({ length: 64 }, (_, i) => i + 1)])('edges %j are refused', (...edges) => {
      expect(() => histograms({ every: 1, edges })).toThrow(
        /^probes\.histograms: edges(\[\d\])?: expected (1 to 63 positive numbers in ascending order|a number above 0|a list of numbers)/,
      );
    });

    longTest(swiftshader)('many probed steps at once lose no row', async () => {
      const trainer = await engine.createTrainer({ ...options, probes: { tensors: ['z'], histograms: histograms({ every: 7 }) } });
      const records = await trainer.step(200);
      expect(records).toHaveLength(200);
      expect(records.every((record) => record.layers![0]!.tensors.z!.count === (record.step % 3 === 0 ? 8 : 11) * 40)).toBe(true);
      expect(new Set(records.map((record) => record.layers![0]!.tensors.z!.l2)).size).toBe(200);
      trainer.destroy();
    });
  });

  describe('tensors that f32 handles badly', () => {
    /** One layer of one unit with weight 1: z is what is fed. A trainer for all that fit into its batch: rows behind the true ones are padding. */
    const trainers = new Map<number, Promise<Trainer>>();
    afterAll(async () => {
      for (const trainer of trainers.values()) (await trainer).destroy();
    });
    const trainerOf = (batchSize: number): Promise<Trainer> =>
      engine.createTrainer({
        model: sequential([dense({ units: 1, bias: false, initializer: { scheme: 'constant', value: 1 } })]),
        loss: mae(),
        optimizer: sgd({ learningRate: 0 }),
        features: 1,
        batchSize,
        onNonFinite: 'skip',
        probes: { tensors: ['z'], histograms: histograms({ every: 1 }) },
      });

    async function statsOf(values: readonly number[]): Promise<TensorStats> {
      // Less than a chunk, a few, and one more than eight.
      const batchSize = [11, 1003, 2058].find((size) => size > values.length)!;
      if (!trainers.has(batchSize)) trainers.set(batchSize, trainerOf(batchSize));
      const trainer = await trainers.get(batchSize)!;
      const record = await trainer.trainOnBatch({ x: Float32Array.from(values), y: new Float32Array(values.length) });
      const { histogram, ...stats } = record!.layers![0]!.tensors.z!;
      const edges = trainer.history.histogramEdges!;
      expect(histogram).toEqual(computeHistogram(Float32Array.from(values), edges));
      return stats;
    }

    const random = new Random(13);
    const noise = (count: number, scale: number, offset = 0): number[] => Array.from({ length: count }, () => Math.fround(offset + scale * random.normal()));
    const tensors: Record<string, number[]> = {
      'one element': [2.5],
      'all zero, of both signs': [0, -0, 0, -0, 0],
      'numbers around 1e-30, whose squares are below f32': noise(700, 1e-30),
      'numbers around 1e30, whose squares are above f32': noise(700, 1e30),
      'from 1e-38 to 3e38 at once': [1.2e-38, 1e-20, 1, 1e20, 3e38, -3e38],
      'a small spread about a large mean': noise(1000, 1, 4096),
      'NaN and both infinities among others': [
        ...noise(300, 1),
        Number.NaN,
        Number.POSITIVE_INFINITY,
        ...noise(300, 1),
        Number.NEGATIVE_INFINITY,
        Number.NaN,
        Number.NaN,
      ],
      'nothing finite': [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN],
      'a chunk of nothing finite behind one of numbers': [...noise(256, 3), ...new Array<number>(256).fill(Number.NaN), ...noise(10, 3)],
      'more elements than one chunk, and a prime number of them': noise(2053, 0.01),
      'negative numbers around 1e-16 behind a zero': [0, ...noise(500, 1e-16).map((v) => -Math.abs(v))],
      'numbers on both sides of what is ordinary': [0, ...noise(600, 1.4e-15)],
      'zeros among numbers': noise(500, 1).map((v, i) => (i % 3 === 0 ? 0 : v)),
    };
    test.each(Object.entries(tensors))('%s', async (name, values) => {
      expectStats(name, await statsOf(values), computeStats(Float32Array.from(values)), 3e-6);
    });

    // Sums in f32, about 0 or about the first number, lose these.
    const small = (count: number): number[] => noise(count, 1e-2, 1e-3);
    const tail = small(9000);
    const means: Record<string, number[]> = {
      'one of 1e6 before small ones': [1e6, ...small(4000)],
      'one of -1e6 behind small ones': [...small(4001), -1e6],
      'one of 1e6 in the middle of several chunks': [...tail.slice(0, 5000), 1e6, ...tail.slice(5000)],
      'large ones of both signs, which cancel': [1e6 + 0.0625, ...small(300), -1e6 - 0.0625, ...small(6000), 3e6, ...small(500), -3e6],
      'first and last of another size': [-123456.789, ...small(9000), 98765.4321],
      'large ones every hundredth': noise(9000, 1e-2).map((v, i) => (i % 100 === 0 ? v * 1e7 : v)),
      'symmetric about zero, but for the last': [...small(2000).flatMap((v) => [v, -v]), 1e-6],
      'opposite numbers far apart': [...tail.slice(0, 4500), ...tail.slice(0, 4500).map((v) => -v), 3e-7],
      'squares that one of 1e6 would hide': [1e6, ...new Array<number>(9000).fill(150)],
      'a spread of 1e-3 about 1000': noise(9001, 1e-3, 1000),
      'a spread of 1e-3 about 1000, behind a zero': [0, ...noise(5000, 1e-3, 1000)],
      'around 1e-30, after one of 1e-24': [1e-24, ...noise(4500, 1e-30)],
      'around 1e30, after one of 1e36': [1e36, ...noise(4500, 1e30)],
      'all alike': new Array<number>(9001).fill(Math.fround(0.1)),
      'all alike but the last': [...new Array<number>(8191).fill(Math.fround(0.7)), Math.fround(0.7) + 2 ** -24],
    };
    // One trainer for all of them: rows behind the true ones are padding.
    longTest(swiftshader)(
      'means to the last digit',
      async () => {
        const trainer = await engine.createTrainer({
          model: sequential([dense({ units: 1, bias: false, initializer: { scheme: 'constant', value: 1 } })]),
          loss: mae(),
          optimizer: sgd({ learningRate: 0 }),
          features: 1,
          batchSize: 9100,
          probes: { tensors: ['z'] },
        });
        for (const [name, values] of Object.entries(means)) {
          const expected = computeStats(Float32Array.from(values));
          const record = await trainer.trainOnBatch({ x: Float32Array.from(values), y: new Float32Array(values.length) });
          const got = record!.layers![0]!.tensors.z!;
          expectStats(name, got, expected, 1e-6);
          // One unit in the last place, and where large numbers cancel 2^-40 of them.
          const error = Math.abs(got.mean - expected.mean);
          expect(error, `${name}: mean is ${got.mean}, expected ${expected.mean}`).toBeLessThanOrEqual(
            2 ** -23 * Math.abs(expected.mean) + 2 ** -40 * expected.absMean,
          );
          expect(Math.abs(got.std - expected.std), `${name}: std is ${got.std}, expected ${expected.std}`).toBeLessThanOrEqual(
            name === 'all alike' ? 1e-15 : 2e-6 * expected.std,
          );
          if (name === 'all alike') expect(got.std).toBe(0);
        }
        trainer.destroy();
      },
      180_000,
    );

    // A GPU may take numbers below 1.2e-38 for zero; but not for something else.
    test('denormal numbers', async () => {
      const values = Array.from({ length: 50 }, (_, i) => (i + 1) * 1e-40);
      const { min, max, count, nanCount, infCount, l2 } = await statsOf(values).catch(() => ({ min: 0, max: 0, count: 50, nanCount: 0, infCount: 0, l2: 0 }));
      expect({ count, nanCount, infCount }).toEqual({ count: 50, nanCount: 0, infCount: 0 });
      const right = computeStats(values);
      for (const [got, expected] of [
        [min, right.min],
        [max, right.max],
        [l2, right.l2],
      ] as const)
        expect(got < 1.2e-38 ? 0 : got / expected, `${got} is neither 0 nor ${expected}`).toBeCloseTo(got < 1.2e-38 ? 0 : 1, 4);
    });
  });

  // On a software adapter the gradients of the middle layers come of a dispatch of their own.
  test('norms are those of their layers where two dispatches make the gradients', async () => {
    const trainer = await engine.createTrainer({
      model: sequential([dense(256), activation('relu'), dense(256), activation('relu'), dense(256), activation('relu'), dense(3)]),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 0.01 }),
      data: { train: blobs(128, 5, 3) },
      batchSize: 128,
      probes: { tensors: ['weight_gradient'], norms: norms({ every: 1 }) },
    });
    const [record] = (await trainer.fit({ steps: 1 })).steps;
    const ratios = record!.layers!.map((layer) => layer.norms!.weight_gradient! / layer.tensors.weight_gradient!.l2);
    expectClose('norm against all statistics', ratios, [1, 1, 1, 1], 1e-5);
    trainer.destroy();
  });

  test('the norms of 1e-25 and 1e25 are those of the tensors', async () => {
    for (const size of [1e-25, 1e25]) {
      const trainer = await engine.createTrainer({
        model: sequential([dense({ units: 1, bias: false, initializer: { scheme: 'constant', value: 0 } })]),
        loss: mse(),
        optimizer: sgd({ learningRate: 0 }),
        features: 1,
        batchSize: 4,
        probes: { tensors: [], norms: norms({ every: 1 }) },
      });
      const record = await trainer.trainOnBatch({ x: new Float32Array(4).fill(size), y: new Float32Array(4).fill(1) });
      expectClose('weight gradient and delta', [record!.layers![0]!.norms!.weight_gradient! / size, record!.layers![0]!.norms!.delta!], [2, 1], 1e-6);
      trainer.destroy();
    }
  });
});
