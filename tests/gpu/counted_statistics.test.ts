// What a loss leaves out, statistics leave out: against float64, where targets are ignored, rows weigh nothing, and several losses count other rows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namedDataset } from '../../src/data/index.ts';
import { Engine } from '../../src/engine.ts';
import { Device } from '../../src/gpu/device.ts';
import type { Value } from '../../src/graph/graph.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import type { LayerRecord, TensorStats } from '../../src/inspect/history.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { mse, weightedCrossEntropy } from '../../src/nn/losses.ts';
import { type AnyModel, model } from '../../src/nn/model.ts';
import { named } from '../../src/nn/named.ts';
import * as ops from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { computeHistogram, computeStats } from '../../src/reference/index.ts';
import { losses } from '../../src/train/losses.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { kernelsHere, withCapabilities } from '../support/gpu.ts';
import { ALL } from '../support/quick.ts';
import { Twin } from '../support/twin.ts';

const ROWS = 7;
const TIME = 4;
const random = new Random(5);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const IGNORED = -100;
/** The whole third sample is left out, and two positions in five of the others. */
const kind = Int32Array.from({ length: ROWS * TIME }, (_, i) => (Math.floor(i / TIME) === 2 || i % 5 < 2 ? IGNORED : i % 3));
const known = Float32Array.from({ length: ROWS }, (_, row) => [1, 0, 0, 2, 0.5, 0, 1][row]!);
const mask = Float32Array.from(kind, (label) => Number(label !== IGNORED));
const data = namedDataset({
  x: { values: numbers(ROWS * TIME * 3), shape: [TIME, 3] },
  kind: { values: kind, shape: [TIME, 1] },
  value: { values: numbers(ROWS * TIME * 3), shape: [TIME, 3] },
  mask: { values: mask, shape: [TIME] },
  size: numbers(ROWS),
  known,
});
const byClass = weightedCrossEntropy({ ignoreIndex: IGNORED });
const byPosition = { loss: mse(), weights: 'mask' };
const common = {
  optimizer: adam({ learningRate: 0.013 }),
  data: { train: data },
  batchSize: 4,
  shuffle: false,
  seed: 3,
  probes: {
    tensors: ['z', 'h', 'delta', 'weight_gradient', 'update'],
    activity: activity(),
    histograms: histograms({ every: 1, edges: [0.03, 0.3, 1] }),
    norms: norms({ every: 1 }),
  },
} as const satisfies Partial<TrainerOptions>;

/** Whether a position counts, by its sample and its place. */
type Counts = (sample: number, time: number) => boolean;
const byMask: Counts = (sample, time) => mask[sample * TIME + time]! > 0;
const bySample: Counts = (sample) => known[sample]! > 0;
const byEither: Counts = (sample, time) => byMask(sample, time) || bySample(sample, time);
const anyOfMask: Counts = (sample) => [0, 1, 2, 3].some((time) => byMask(sample, time));
const all: Counts = () => true;

const inTime = model({ x: [TIME, 3] }, ({ x }) => ({
  // What passes between positions makes deltas where no target counts.
  kind: named('head', dense(3))(mixed(activation('relu')(dense(12)(x)))),
}));
const twoHeads = model({ x: [TIME, 3] }, ({ x }) => {
  const hidden = activation('tanh')(dense(5)(x));
  return { kind: named('kind', dense(3))(hidden), size: named('size', dense(1))(activation('relu')(named('pooled', dense(8))(ops.mean(hidden, 1)))) };
});
const reshaped = model({ x: [TIME, 3] }, ({ x }) => {
  const flat = activation('relu')(dense(8)(ops.reshape(x, [x.type.shape[0]!, TIME * 3])));
  const pairs = named('pairs', dense(6))(ops.reshape(flat, [flat.type.shape[0]!, 2, 4]));
  return { kind: named('head', dense(3))(ops.reshape(pairs, [flat.type.shape[0]!, TIME, 3])) };
});
function mixed(x: Value): Value {
  return ops.add(x, ops.mul(ops.mean(x, 1, { keepDims: true }), 0.5));
}

const cases: [string, Pick<TrainerOptions<AnyModel>, 'model' | 'loss'>, Record<string, Counts>][] = [
  ['ignored targets', { model: inTime, loss: byClass }, { dense_1: byMask, head: byMask }],
  ['ignored targets of losses by output', { model: inTime, loss: losses({ kind: byClass }) }, { dense_1: byMask, head: byMask }],
  ['a mask', { model: inTime, loss: losses({ kind: { ...byPosition, target: 'value' } }) }, { dense_1: byMask, head: byMask }],
  [
    'positions and samples, each for what is made of it',
    { model: twoHeads, loss: losses({ kind: byClass, size: { loss: mse(), weights: 'known' } }) },
    { dense_1: byEither, kind: byMask, pooled: bySample, size: bySample },
  ],
  [
    'a loss that counts all rows beside one that does not',
    { model: twoHeads, loss: losses({ kind: byClass, size: mse() }) },
    { dense_1: all, kind: byMask, pooled: all, size: all },
  ],
  ['other positions: by sample', { model: reshaped, loss: byClass }, { dense_1: anyOfMask, pairs: anyOfMask, head: byMask }],
];

describe.each(await kernelsHere())('kernels: %s', (_name, swiftshader) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = new Engine(withCapabilities(await Device.create(), { swiftshader }));
  });
  afterAll(() => engine.destroy());

  // The portable kernels take a software adapter long to compile: those of one network.
  test.each(swiftshader || ALL ? cases : cases.slice(1, 3))(
    '%s',
    async (_case, of, counts) => {
      const options = { ...common, ...of };
      const trainer = await engine.createTrainer(options);
      const twin = new Twin(options, await trainer.parameters());
      const records = await trainer.step(2);
      expect(trainer.history.layers.map(({ name }) => name).sort()).toEqual(Object.keys(counts).sort());
      for (const { step, layers } of records) {
        twin.run();
        const [first, samples] = [(step - 1) * 4, step === 1 ? 4 : 3];
        for (const [i, { name, z, h, width }] of twin.step.taps.layers.entries()) {
          const record = layers![i]!;
          const positions = z.type.shape.slice(1, -1).reduce((product, size) => product * size, 1);
          const rows = Array.from({ length: samples * positions }, (_, row) => row).filter((row) =>
            counts[name]!(first + Math.floor(row / positions), row % positions),
          );
          const countedOf = (value: Value): number[] => {
            const { data: whole } = twin.values.get(value)!;
            return rows.flatMap((row) => [...whole.subarray(row * width, (row + 1) * width)]);
          };
          const tensors = { z: countedOf(z), h: countedOf(h), delta: countedOf(deltaOf(twin, z)) };
          for (const [tensor, values] of Object.entries(tensors)) expectStats(`${name}, ${tensor}`, record, tensor as 'z', values);
          expect(record.norms!.delta! - record.tensors.delta!.l2).toBeCloseTo(0, 5);
          if (record.deadFraction !== undefined) {
            const active = (unit: number): number => rows.filter((_, row) => tensors.h[row * width + unit] !== 0).length;
            expect(record.deadFraction).toBeCloseTo(
              Array.from({ length: width }, (_, unit) => unit).filter((unit) => active(unit) * 100 < rows.length).length / width,
              6,
            );
          }
          if (record.saturatedFraction !== undefined)
            expect(record.saturatedFraction).toBeCloseTo(tensors.h.filter((value) => Math.abs(value) > 0.97).length / Math.max(1, tensors.h.length), 6);
        }
      }
      trainer.destroy();
      // The kernels of a GPU take a software adapter long to compile.
    },
    180_000,
  );

  test('a number that is not finite is found in a position that does not count', async () => {
    const { data: _, ...fed } = common;
    const trainer = await engine.createTrainer({ ...fed, model: inTime, loss: byClass });
    const x = numbers(4 * TIME * 3);
    x[2] = Number.POSITIVE_INFINITY;
    expect(kind[0]).toBe(IGNORED);
    await trainer.trainOnBatch({ x, kind: kind.slice(0, 4 * TIME) });
    expect(trainer.history.nonFinite).toMatchObject({ step: 1, layer: 'dense_1', tensor: 'z' });
    trainer.destroy();
  }, 180_000);
});

/** The gradient of what a layer computes. */
function deltaOf(twin: Twin, z: Value): Value {
  const norm = twin.step.graph.nodes.find(({ op }) => op.name === 'segment_norm')!;
  const deltas = norm.inputs.slice(1, 1 + twin.step.taps.layers.length);
  const input = deltas[twin.step.taps.layers.findIndex((layer) => layer.z === z)]!;
  // What is normed has been filled or taken from the delta.
  return twin.step.graph.nodes.find(({ outputs }) => outputs[0] === input)!.inputs[0]!;
}

function expectStats(what: string, record: LayerRecord, tensor: 'z' | 'h' | 'delta', values: readonly number[]): void {
  const got = record.tensors[tensor]!;
  const expected = computeStats(values);
  expect([got.count, got.nanCount, got.infCount], what).toEqual([expected.count, 0, 0]);
  for (const key of ['l2', 'rms', 'std', 'absMean', 'mean', 'min', 'max'] satisfies (keyof TensorStats)[]) {
    const scale = key === 'l2' ? expected.l2 : Math.max(Math.abs(expected[key]), expected.rms);
    expect(Math.abs(got[key] - expected[key]), `${what}: ${key} is ${got[key]}, expected ${expected[key]}`).toBeLessThanOrEqual(2e-5 * scale);
  }
  expect(got.histogram, what).toEqual(computeHistogram(values, [0.03, 0.3, 1]));
}
