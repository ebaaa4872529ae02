// Activations in several buffers: the same bits as in one. The devices are made to allow smaller bindings than they do.
import { expect, test } from 'vitest';
import type { Capabilities } from '../../src/graph/op.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, concat, dense, dropout, residual } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import { Trainer, type TrainerOptions } from '../../src/train/trainer.ts';
import { openGpu, withCapabilities } from '../support/gpu.ts';
import { blobs, PORTABLE, SWIFTSHADER_ALONE } from '../support/models.ts';

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
  optimizer: adam({ rate: 0.01 }),
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

async function expectSameBits(options: TrainerOptions, capabilities: Partial<Capabilities> = {}): Promise<void> {
  const whole = await run(options, { ...capabilities, maxBufferBytes: 2 ** 27 });
  const parted = await run(options, { ...capabilities, maxBufferBytes: LIMIT });
  expect(whole.buffers).toBe(1);
  expect(parted.buffers).toBeGreaterThan(2);
  expect(parted.left).toEqual(whole.left);
}

test('norms, moments, histograms, activity, batch norm, residual blocks, clipping', () => expectSameBits(base));
// Kernels of other adapters are slow here, and slowly compiled: less of everything.
test.each([
  ['a GPU', PORTABLE],
  ['a software adapter without subgroups', SWIFTSHADER_ALONE],
])('the kernels of %s', async (_name, capabilities) => {
  const { histograms: _, every: __, ...probes } = base.probes!;
  const small = sequential([dense(32), batchNorm(), activation('relu'), dense(33), activation('relu'), dense(3)]);
  await expectSameBits({ ...base, model: small, data: { train: blobs(256) }, probes }, capabilities);
});
test('accumulation', () => expectSameBits({ ...base, accumulate: accumulate(2) }));
test('streamed data', () => expectSameBits({ ...base, data: { ...base.data!, train: blobs(7000) } }));

test('a run that turns non-finite is explained alike', async () => {
  const options: TrainerOptions = { ...base, optimizer: sgd({ rate: 1e30 }), probes: null };
  const { clip: _, ...unclipped } = options;
  await expectSameBits(unclipped);
  const { left } = await run(unclipped, { maxBufferBytes: LIMIT });
  expect((left as { history: { nonFinite?: { layer?: string } } }).history.nonFinite?.layer).toBeDefined();
});

test('a layer that a binding cannot hold is refused by name', async () => {
  const { device, cache } = await openGpu();
  await expect(
    Trainer.create(withCapabilities(device, { maxBufferBytes: LIMIT }), cache, { ...base, model: sequential([dense(300), dense(3)]) }),
  ).rejects.toThrow(/^0\.dense.* needs 307200 bytes, but this device allows 131072 in a binding/);
});
