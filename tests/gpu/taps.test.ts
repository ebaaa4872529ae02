// What the probes show of branched networks and of custom layers, against float64.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { activity } from '../../src/inspect/activity.ts';
import { depthProfiles } from '../../src/inspect/diagnose/depth_profile.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import type { LayerRecord, TensorStats } from '../../src/inspect/history.ts';
import { norms } from '../../src/inspect/norms.ts';
import { shallowText } from '../../src/inspect/places.ts';
import type { Join, Tap } from '../../src/inspect/taps.ts';
import { layer } from '../../src/nn/custom.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, repeat, residual } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import * as ops from '../../src/ops/public.ts';
import { segmentsOf } from '../../src/ops/statistics.ts';
import { computeStats } from '../../src/reference/index.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const TENSORS = ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] as const;
const relu = activation('relu');

/** A layer that multiplies by a weight of its own. */
const own: Layer = {
  kind: 'own',
  residualBlocks: 0,
  build({ graph, path, parameter }, x) {
    const [product] = graph.apply(matmulOp, [x, parameter('kernel', [x.type.shape[1]!, 12], { scheme: 'he_normal' })], {}, path);
    return graph.apply(addOp, [product!, parameter('shift', [12], { scheme: 'constant' })], {}, `${path}/shifted`)[0]!;
  },
};

const swish2 = layer('swish2', (x) => ops.mul(x, ops.sigmoid(x)));

const ARCHITECTURES: [string, readonly (Layer | readonly Layer[])[]][] = [
  ['a block that begins with batch norm', [dense(16), residual([batchNorm(), relu, dense(16)]), dense(3)]],
  ['blocks with and without a shortcut weight, activation after the sum', [dense(8), residual([relu, dense(12)]), relu, residual([dense(12), relu]), dense(3)]],
  ['branches', [dense(6), add([[dense(6)], [relu, dense(6), activation('tanh')]]), concat([[dense(3), relu], [dense(4)]]), dense(3)]],
  ['a custom activation', [dense(8), swish2, residual([dense(8), batchNorm(), swish2]), swish2, dense(3)]],
  ['a custom layer', [own, activation('tanh'), residual([own, relu]), dense(3)]],
];

describe.each(ARCHITECTURES)('%s', (_name, layers) => {
  test('every tensor of every layer and join is that of float64', async () => {
    const options: TrainerOptions = {
      model: sequential(layers),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 0.1 }),
      data: { train: blobs(30) },
      batchSize: 11,
      probes: { tensors: TENSORS, norms: norms({ every: 1 }), activity: activity() },
    };
    const trainer = await engine.createTrainer(options);
    const twin = new Twin(options, await trainer.parameters());
    const [record] = await trainer.step(1);
    const before = new Map([...twin.parameters].map(([path, { data }]) => [path, data.slice()]));
    twin.run();
    const rows = twin.world.run.rows;
    // The gradient of z, as the statistics' node was given it: after z and h where these differ, per place.
    const segments = segmentsOf(twin.step.graph.nodes.find((node) => node.op.name === 'moments')!);
    const { taps } = twin.step;
    expect(record!.layers).toHaveLength(taps.layers.length);
    expect(record!.joins ?? []).toHaveLength(taps.joins.length);
    let at = 0;
    const data = (index: number): Float64Array => {
      const { data, shape } = twin.values.get(segments[index]!.value)!;
      return data.subarray(0, (data.length / shape[0]!) * rows);
    };
    const close = (name: string, got: TensorStats, expected: Float64Array, tolerance = 2e-5): void => {
      const stats = computeStats(expected);
      expect(got.count, name).toBe(stats.count);
      for (const key of ['l2', 'rms', 'absMean', 'std'] as const)
        expect(Math.abs(got[key] - stats[key]), `${name}: ${key} is ${got[key]}, expected ${stats[key]}`).toBeLessThanOrEqual(tolerance * stats[key]);
    };
    const compare = (place: Tap | Join, seen: LayerRecord): void => {
      const kinds = TENSORS.filter((kind) => seen.tensors[kind]);
      expect(kinds).toEqual('weight' in place ? [...TENSORS] : ['z', 'h', 'delta']);
      const value = (v: typeof place.z): Float64Array => twin.values.get(v)!.data.subarray(0, (v.type.shape[1] ?? 1) * rows);
      close(`z of ${place.name}`, seen.tensors.z!, value(place.z));
      close(`h of ${place.name}`, seen.tensors.h!, value(place.h));
      close(`delta of ${place.name}`, seen.tensors.delta!, data(at + kinds.indexOf('delta')));
      expect(seen.norms!.delta! / seen.tensors.delta!.l2).toBeCloseTo(1, 5);
      if ('weight' in place) {
        const { name } = place.weight;
        close(`weight gradient of ${place.name}`, seen.tensors.weight_gradient!, twin.gradients().get(name)!.data);
        close(`weight of ${place.name}`, seen.tensors.weight!, before.get(name)!);
        const now = twin.parameters.get(name)!.data;
        close(
          `update of ${place.name}`,
          seen.tensors.update!,
          now.map((w, i) => w - before.get(name)![i]!),
          1e-4,
        );
      }
      if (place.activation === 'relu') expect(seen.deadFraction).toBeGreaterThanOrEqual(0);
      at += kinds.length;
    };
    taps.layers.forEach((place, i) => compare(place, record!.layers![i]!));
    taps.joins.forEach((place, i) => compare(place, record!.joins![i]!));
    // Behind them: how far each layer's weight moved, which is shown as a share of what the update asked for.
    expect(segments.slice(at).map(({ source }) => source)).toEqual(taps.layers.map(() => 'moved'));
    expect(segments.slice(0, at).some(({ source }) => source === 'moved')).toBe(false);
    for (const { updateToWeight } of record!.layers!) expect(updateToWeight!.applied).toBeCloseTo(1, 3);
    trainer.destroy();
  }, 120_000);

  test('looking does not change the bits', async () => {
    const train = async (probes: TrainerOptions['probes']): Promise<Map<string, Float32Array>> => {
      const trainer = await engine.createTrainer({
        model: sequential(layers),
        loss: softmaxCrossEntropy(),
        optimizer: sgd({ learningRate: 0.1 }),
        data: { train: blobs(30) },
        batchSize: 11,
        probes: probes!,
      });
      await trainer.step(7);
      const values = new Map([...(await trainer.parameters())].map(([path, { data }]) => [path, data]));
      trainer.destroy();
      return values;
    };
    const blind = await train(null);
    expect(await train({ tensors: TENSORS, activity: activity(), norms: norms({ every: 1 }) })).toEqual(blind);
    expect(await train({ every: 3, tensors: TENSORS, norms: norms({ every: 2 }) })).toEqual(blind);
  }, 120_000);
});

test('activity alone is told of every step, however many go at once', async () => {
  const trainer = await engine.createTrainer({
    model: sequential([dense(8), relu, dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.5 }),
    data: { train: blobs(60) },
    batchSize: 12,
    probes: { tensors: [], activity: activity() },
  });
  const whole = await engine.createTrainer({
    model: sequential([dense(8), relu, dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.5 }),
    data: { train: blobs(60) },
    batchSize: 12,
    probes: { tensors: ['h'], activity: activity() },
  });
  const [alone, full] = [await trainer.step(300), await whole.step(300)];
  expect(alone.map((record) => record.layers![0]!.deadFraction)).toEqual(full.map((record) => record.layers![0]!.deadFraction));
  expect(new Set(alone.map((record) => record.layers![0]!.deadFraction)).size).toBeGreaterThan(1);
  trainer.destroy();
  whole.destroy();
}, 120_000);

describe('depth is that of the trunk', () => {
  const run = async (layers: readonly (Layer | readonly Layer[])[]) => {
    const trainer = await engine.createTrainer({
      model: sequential(layers),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 1e-6 }),
      data: { train: blobs(64) },
      batchSize: 64,
    });
    await trainer.fit({ steps: 3 });
    const { history } = trainer;
    trainer.destroy();
    return history;
  };

  test('a residual network from its first layer to its last sum', async () => {
    const history = await run([dense(64), repeat(20, [residual([relu, dense(64)])]), relu, dense(3)]);
    const profile = depthProfiles(history, 3)[0]!;
    expect(profile).toMatchObject({ count: 21, first: 'dense_1', last: 'residual_20' });
    // Each block doubles the squared norm of the gradient (THEORY): 2^10 over twenty.
    expect(Math.abs(Math.log2(profile.ratio) - 10)).toBeLessThan(2);
    expect(diagnose(history, { rules: ['exploding_with_depth'] }).findings).toMatchObject([{ evidence: { first: 'dense_1', last: 'residual_20' } }]);
    expect(shallowText(history)).toBeUndefined();
  }, 120_000);

  test('with fewer than three layers on the trunk no rule speaks, and it is said', async () => {
    // Ten layers in each branch, whose gradient vanishes.
    const small = dense({ units: 16, initializer: { scheme: 'variance_scaling', scale: 0.01 } });
    const branch = repeat(10, [small]);
    const history = await run([dense(16), concat([branch, [...branch, relu]]), dense(3)]);
    expect(depthProfiles(history, 3)[0]).toBeUndefined();
    expect(diagnose(history, { rules: ['vanishing_with_depth', 'exploding_with_depth', 'forward_scale'] }).findings).toEqual([]);
    expect(shallowText(history)).toMatch(/^Two hidden layers are on the trunk.*too few to judge by depth\.$/);
  }, 120_000);
});
