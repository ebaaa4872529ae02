// What a device's limits make of a plan, activations in several buffers and folded grids, changes no bit. The device is made to allow less than it does.
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import type { EngineOptions } from '../../src/gpu/request.ts';
import { Graph } from '../../src/graph/graph.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, concat, conv2d, dense, dropout, flatten, maxPool2d, repeat, reshape, residual } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { Random } from '../../src/random.ts';
import { tensor64 } from '../../src/reference/index.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import { Trainer, type TrainerOptions } from '../../src/train/trainer.ts';
import { adaptersHere, openGpu, runGraph, withCapabilities } from '../support/gpu.ts';
import { blobs, PORTABLE, SWIFTSHADER, SWIFTSHADER_ALONE } from '../support/models.ts';
import { ALL, oneIn } from '../support/quick.ts';
import { slowDevice } from '../support/slow_device.ts';

/** As small as the log of the steps allows. */
const LIMIT = 2 ** 17;

const model = sequential([
  dense(32),
  activation('relu'),
  residual([batchNorm(), activation('gelu'), dense(32)]),
  dense(33),
  batchNorm(),
  activation('tanh'),
  dropout(0.2),
  concat([[dense(16), activation('sigmoid')], [dense(20)]]),
  residual([activation('silu'), dense(24)]),
  activation('relu'),
  dense(3),
]);
const base: TrainerOptions = {
  model,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train: blobs(700), validation: blobs(300, 5, 3, 9) },
  batchSize: 256,
  seed: 3,
  clip: { norm: 0.5 },
  probes: {
    every: 2,
    tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'],
    histograms: histograms({ every: 3, edges: [1e-3, 1e-2, 1e-1, 1] }),
    norms: norms({ every: 1 }),
    activity: activity(),
  },
};

/** Everything that a run leaves behind, and the number of buffers of its activations. */
async function run(options: TrainerOptions, capabilities: Partial<Capabilities>): Promise<{ left: unknown; buffers: number }> {
  const { device, cache } = await openGpu();
  const trainer = await Trainer.create(withCapabilities(device, capabilities), cache, options);
  try {
    const checked = options.data?.validation !== undefined;
    const history = await trainer.fit(checked ? { steps: 7, validateEvery: 3 } : { steps: 2 });
    const tensors = [...(await trainer.parameters()), ...(await trainer.gradients())].map(([path, { data }]) => [path, data]);
    const answers = checked ? await trainer.predict(blobs(300, 5, 3, 5).x) : undefined;
    return { left: { history, tensors, answers }, buffers: trainer.plan.activations.length };
  } finally {
    trainer.destroy();
  }
}

/** With dispatches cut into ranges of workgroups. */
async function cut<Result>(work: () => Promise<Result>): Promise<Result> {
  const { device } = await openGpu();
  const usual = slowDevice(device.work);
  try {
    return await work();
  } finally {
    usual();
  }
}

async function expectSameBits(options: TrainerOptions, capabilities: Partial<Capabilities> = {}): Promise<void> {
  const whole = await run(options, { ...capabilities, maxBufferBytes: 2 ** 27 });
  const parted = await run(options, { ...capabilities, maxBufferBytes: LIMIT });
  expect(whole.buffers).toBe(1);
  expect(parted.buffers).toBeGreaterThan(2);
  expect(parted.left).toEqual(whole.left);
}

test('norms, moments, histograms, activity, batch norm, residual blocks, clipping', () => expectSameBits(base));
// Kernels of other adapters are slow here, and slowly compiled: less of everything.
test.each(
  oneIn(2, [
    ['a software adapter without subgroups', SWIFTSHADER_ALONE],
    ['a GPU', PORTABLE],
  ] as const),
)('the kernels of %s', async (_name, capabilities) => {
  const { histograms: _, every: __, ...probes } = base.probes!;
  const small = sequential([dense(32), batchNorm(), activation('relu'), dense(33), activation('relu'), dense(3)]);
  await expectSameBits({ ...base, model: small, data: { train: blobs(256) }, probes }, capabilities);
});
test('accumulation', () => expectSameBits({ ...base, accumulate: accumulate(2) }));
test('streamed data', () => expectSameBits({ ...base, data: { ...base.data!, train: blobs(7000) } }));

test('folded grids', async () => {
  const [usual, folded] = [await run(base, {}), await run(base, { maxWorkgroups: 14 })];
  expect(folded.left).toEqual(usual.left);
});

describe('cut dispatches', () => {
  test('of a network with all that looks at it', async () => {
    const small = { ...base, data: { train: blobs(64), validation: blobs(40, 5, 3, 9) }, batchSize: 64 };
    const usual = await run(small, {});
    expect((await cut(() => run(small, {}))).left).toEqual(usual.left);
  });
  test.each(oneIn(3, [SWIFTSHADER, SWIFTSHADER_ALONE, PORTABLE]))('of convolutions, %o', async (capabilities) => {
    const { data: _, ...rest } = base;
    const options = {
      ...rest,
      features: 256,
      batchSize: 8,
      probes: null,
      model: sequential([
        reshape({ shape: [8, 8, 4] }),
        conv2d({ filters: 8, kernelSize: 3, padding: 'same' }),
        activation('relu'),
        maxPool2d({ kernelSize: 2 }),
        conv2d({ filters: 8, kernelSize: 3, groups: 8 }),
        conv2d({ filters: 3, kernelSize: 2 }),
        flatten(),
        dense(3),
      ]),
    };
    const { device, cache } = await openGpu();
    const train = async (): Promise<unknown> => {
      const trainer = await Trainer.create(withCapabilities(device, capabilities), cache, options);
      const x = Float32Array.from({ length: 8 * 256 }, (_, i) => Math.sin(i * 1.7));
      const records = [await trainer.trainOnBatch({ x, y: Float32Array.from({ length: 8 }, (_, i) => i % 3) })];
      const left = [records, [...(await trainer.parameters())].map(([path, { data }]) => [path, data])];
      trainer.destroy();
      return left;
    };
    const usual = await train();
    expect(await cut(train)).toEqual(usual);
  });
});

describe('folded products', () => {
  test.for(
    oneIn(3, [
      [SWIFTSHADER, 'matmul', [520, 7, 9], 40],
      [SWIFTSHADER, 'matmul', [9, 7, 650], 40],
      [SWIFTSHADER, 'matmul_quad', [16, 8, 640], 10],
      [SWIFTSHADER, 'matmul_quad', [640, 12, 36], 10],
      [SWIFTSHADER, 'matmul_quad64', [640, 128, 256], 9],
      [PORTABLE, 'matmul_shared', [300, 9, 40], 8],
      [PORTABLE, 'matmul_shared', [40, 9, 300], 8],
      [PORTABLE, 'matmul_shared64', [520, 8, 1040], 14],
    ] as const),
  )('%o %s [m, k, n] = %o', async ([capabilities, kernel, [m, k, n], maxWorkgroups], context) => {
    const random = new Random(1);
    const graph = new Graph();
    const shapes = { x: [m, k], w: [k, n], b: [n] };
    const z = graph.apply(addOp, [graph.apply(matmulOp, [graph.input('x', shapes.x), graph.input('w', shapes.w)], {})[0]!, graph.input('b', shapes.b)], {})[0]!;
    const h = graph.apply(activationOp, [z], activationAttrs('gelu'))[0]!;
    const inputs = new Map(Object.entries(shapes).map(([name, shape]) => [name, tensor64(shape, () => random.normal())]));
    const kernels = schedule(graph, { capabilities: { ...capabilities, maxWorkgroups }, retain: [z, h] }).dispatches;
    expect(kernels.map((dispatch) => [dispatch.kernel, dispatch.overrides.FOLDED])).toEqual([[kernel, 1]]);
    if (!(await adaptersHere()).includes(capabilities)) return context.skip('this is not SwiftShader');
    const usual = await runGraph(graph, inputs, [z, h], { capabilities });
    const folded = await runGraph(graph, inputs, [z, h], { capabilities: { ...capabilities, maxWorkgroups } });
    expect(folded).toEqual(usual);
    expect(await cut(() => runGraph(graph, inputs, [z, h], { capabilities }))).toEqual(usual);
  });
});

test('a batch of 300,001 rows trains', async () => {
  const { device, cache } = await openGpu();
  const rows = 300_001;
  const trainer = await Trainer.create(device, cache, {
    model: sequential([dense(4), activation('tanh'), dense(4), batchNorm(), activation('relu'), dense(2)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.5 }),
    features: 2,
    batchSize: rows,
    probes: { tensors: ['z', 'weight_gradient'], norms: norms({ every: 1 }), activity: activity() },
  });
  const x = Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i * 1.7));
  const y = Float32Array.from({ length: rows }, (_, i) => (x[2 * i]! > x[2 * i + 1]! ? 1 : 0));
  const losses: number[] = [];
  for (let i = 0; i < 4; i++) {
    const record = await trainer.trainOnBatch({ x, y });
    losses.push(record!.loss);
    expect(record!.layers![0]!.tensors.z!.count).toBe(rows * 4);
  }
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  // Of the last row alone: no workgroup is left out.
  const answers = await trainer.predict(x.subarray(2 * (rows - 1)));
  expect(answers.every(Number.isFinite)).toBe(true);
  trainer.destroy();
}, 120_000);

test('a run that turns non-finite is explained alike', async () => {
  const options: TrainerOptions = { ...base, optimizer: sgd({ learningRate: 1e30 }), probes: null };
  const { clip: _, ...unclipped } = options;
  await expectSameBits(unclipped);
  const { left } = await run(unclipped, { maxBufferBytes: LIMIT });
  expect((left as { history: { nonFinite?: { layer?: string } } }).history.nonFinite?.layer).toBeDefined();
});

test('a layer that a binding cannot hold is refused by name', async () => {
  const { device, cache } = await openGpu();
  await expect(
    Trainer.create(withCapabilities(device, { maxBufferBytes: LIMIT }), cache, { ...base, model: sequential([dense(300), dense(3)]) }),
  ).rejects.toThrow(/^dense_1.* needs 307200 bytes, but this device allows 131072 in a buffer/);
});

// In `npm run test:all` alone, as it takes half a minute: the tests above split the same way, at a smaller limit.
test.runIf(ALL)(
  '300 MiB of activations on a device with the default limits: the bits of one buffer',
  async () => {
    const rows = 2 ** 14;
    const x = Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i * 1.7));
    const y = Float32Array.from({ length: rows }, (_, i) => (x[2 * i]! > x[2 * i + 1]! ? 1 : 0));
    const train = async (options: EngineOptions): Promise<{ buffers: number; bytes: number; left: unknown }> => {
      const engine = await createEngine(options);
      const trainer = await engine.createTrainer({
        model: sequential([repeat(80, [dense(32), activation('gelu')]), dense(2)]),
        loss: softmaxCrossEntropy(),
        optimizer: sgd({ learningRate: 0.1 }),
        features: 2,
        batchSize: rows,
        probes: { tensors: [], norms: norms({ every: 1 }) },
      });
      const { activations } = trainer.plan;
      const left = [
        await trainer.trainOnBatch({ x, y }),
        await trainer.trainOnBatch({ x, y }),
        [...(await trainer.parameters()).values()].map(({ data }) => data),
      ];
      trainer.destroy();
      engine.destroy();
      return { buffers: activations.length, bytes: activations.reduce((sum, buffer) => sum + buffer.bytes, 0), left };
    };
    // The features choose the kernels: the same on both devices.
    const adapter = (await navigator.gpu.requestAdapter())!;
    const device = await adapter.requestDevice({ requiredFeatures: adapter.features.has('subgroups') ? ['subgroups'] : [] });
    expect(device.limits.maxStorageBufferBindingSize).toBe(2 ** 27);
    const parted = await train({ device });
    device.destroy();
    expect(parted.bytes).toBeGreaterThan(300 * 2 ** 20);
    expect(parted.buffers).toBeGreaterThan(2);
    // Where the adapter offers bindings that are large enough.
    const whole = await train({});
    expect(whole.buffers).toBeLessThanOrEqual(parted.buffers);
    expect(parted.left).toEqual(whole.left);
  },
  300_000,
);
