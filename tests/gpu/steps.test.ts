// Whole training steps on the GPU against the same graph interpreted in float64.
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { Runner } from '../../src/gpu/runner.ts';
import type { Value } from '../../src/graph/graph.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import { initialValuesOf } from '../../src/nn/build.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { bceWithLogits, hinge, huber, klDivergence, type Loss, mae, mse, softmaxCrossEntropy, squaredHinge } from '../../src/nn/losses.ts';
import { type Sequential, sequential } from '../../src/nn/sequential.ts';
import { keyOf, Random } from '../../src/random.ts';
import { placeOf } from '../../src/scheduler/place_of.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import { ParameterStore, Weights } from '../../src/train/parameters.ts';
import { startingState } from '../../src/train/run_state.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { adaptersHere, expectClose, openGpu } from '../support/gpu.ts';
import { blobs, PORTABLE, stepGraph } from '../support/models.ts';
import { OPTIMIZERS } from '../support/plans.ts';
import { ALL } from '../support/quick.ts';
import { Twin } from '../support/twin.ts';

let open: Promise<Engine> | undefined;
const engine = (): Promise<Engine> => {
  open ??= createEngine();
  return open;
};

async function withTrainer(options: TrainerOptions, body: (trainer: Trainer, twin: Twin) => Promise<void>): Promise<void> {
  const trainer = await (await engine()).createTrainer(options);
  try {
    await body(trainer, new Twin(options, await trainer.parameters()));
  } finally {
    trainer.destroy();
  }
}

/** Takes steps with both and compares what they log, the gradients of the last step and where the parameters are. */
async function expectSameRun(options: TrainerOptions, steps: number, tolerance: number): Promise<void> {
  await withTrainer(options, async (trainer, twin) => {
    const records = await trainer.step(steps);
    expect(records).toHaveLength(steps);
    for (const { step, loss, regularizationLoss, gradientNorm, learningRate: rate } of records) {
      const expected = twin.run();
      expectClose(
        `step ${step}: loss, regularization loss, norm and learning rate`,
        [loss, regularizationLoss, gradientNorm, rate],
        [expected.loss, expected.regularizationLoss, expected.norm, expected.learningRate],
        tolerance,
      );
    }
    const gradients = await trainer.gradients();
    // The floor is what the terms of these sums are like: the gradient of a bias in front of a batch norm is zero, and what is left is their rounding.
    for (const [path, tensor] of twin.gradients()) expectClose(`gradient of ${path}`, gradients.get(path)!.data, tensor.data, 3 * tolerance, 1e-2);
    const parameters = await trainer.parameters();
    for (const [path, tensor] of [...twin.parameters, ...twin.buffers]) expectClose(path, parameters.get(path)!.data, tensor.data, tolerance, 0.1);
  });
}

/** 30 rows in batches of 8: the last batch of an epoch holds 6. */
const data = { train: blobs(30) };
const shallow = sequential([dense({ units: 9, l2: 0.02 }), activation('tanh'), dense({ units: 3, l1: 0.01 })]);

describe('optimizers', () => {
  test.each(Object.entries(OPTIMIZERS))('%s', async (_name, optimizer) => {
    await expectSameRun({ model: shallow, loss: softmaxCrossEntropy(), optimizer, data, batchSize: 8, seed: 3, probes: null }, 10, 1e-5);
  });
});

test('RAdam behind its first 128 steps, from where the length of the average has a form of its own', async () => {
  await expectSameRun({ model: shallow, loss: softmaxCrossEntropy(), optimizer: OPTIMIZERS.radam!, data, batchSize: 8, seed: 3, probes: null }, 140, 3e-5);
});

describe('clipping', () => {
  test.each([{ norm: 0.3 }, { norm: 1e6 }, { value: 0.02 }])('%o', async (clip) => {
    await expectSameRun(
      { model: shallow, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }), data, batchSize: 8, clip, probes: null },
      5,
      3e-6,
    );
  });

  // f32 squares would be 0 or Inf.
  test.each([
    [1e-25, 0],
    [1e25, 1],
  ])('a gradient of size %f is measured and clipped as it should be', async (size, clipped) => {
    const model = sequential([dense({ units: 1, bias: false, initializer: { scheme: 'constant', value: 0 } })]);
    const options: TrainerOptions = {
      model,
      loss: mse(),
      optimizer: sgd({ learningRate: 1 }),
      features: 1,
      batchSize: 4,
      clip: { norm: 1 },
      probes: null,
    };
    await withTrainer(options, async (trainer) => {
      const record = await trainer.trainOnBatch({ x: new Float32Array(4).fill(size), y: new Float32Array(4).fill(1) });
      // d mean((w x - 1)²) / dw = -2 x at w = 0
      expect(record!.gradientNorm / (2 * size)).toBeCloseTo(1, 6);
      const [weight] = [...(await trainer.parameters()).values()];
      expect(weight!.data[0]! / (clipped || 2 * size)).toBeCloseTo(1, 6);
    });
  });
});

const architectures: [string, (Layer | readonly Layer[])[]][] = [
  ['depth 12', [repeat(12, [dense(8), activation('gelu')]), dense(3)]],
  ['batch norm, with and without an activation behind it', [dense(8), batchNorm(), activation('relu'), dense(8), batchNorm(), dense(3)]],
  ['dropout', [dense(16), activation('relu'), dropout(0.4), dense(16), activation('silu'), dropout(0.1), dense(3)]],
  ['residual blocks', [dense(8), repeat(3, [residual([batchNorm(), activation('relu'), dense(8)], { scale: '1/sqrt(L)' })]), residual([dense(6)]), dense(3)]],
  [
    'branches',
    [
      concat([
        [dense(5), activation('tanh')],
        [dense(4), activation('sigmoid')],
      ]),
      add([[dense(7)], [dense(7), activation('relu')]]),
      dense(3),
    ],
  ],
  ['no bias', [dense({ units: 8, bias: false }), activation('leaky_relu'), dense({ units: 3, bias: false })]],
  ['a single layer', [dense(3)]],
];

describe('architectures', () => {
  test.each(architectures)('%s', async (_name, layers) => {
    await expectSameRun(
      {
        model: sequential(layers),
        loss: softmaxCrossEntropy({ labelSmoothing: 0.1 }),
        optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
        data,
        batchSize: 8,
        // Of twelve seeds two let rounding grow beyond this in twelve layers: chaos, and no fault of a kernel.
        seed: 3,
        probes: null,
      },
      6,
      1e-5,
    );
  });

  test('tiles of 16 and of 8 on aligned sizes', async () => {
    const model = sequential([dense(32), activation('relu'), dense(16), activation('tanh'), dense(4)]);
    await expectSameRun(
      { model, loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }), data: { train: blobs(200, 8, 4) }, batchSize: 64, probes: null },
      5,
      1e-5,
    );
  });

  // Weight gradients in two dispatches on a software adapter: layers worth a pipeline that reads vec4, and the first and last.
  test('large layers between others', async () => {
    const model = sequential([dense(256), activation('relu'), dense(256), activation('relu'), dense(256), activation('tanh'), dense(3)]);
    await expectSameRun(
      {
        model,
        loss: softmaxCrossEntropy(),
        optimizer: sgd({ learningRate: 0.05 }),
        data: { train: blobs(128, 5, 3) },
        batchSize: 128,
        clip: { norm: 0.5 },
        probes: null,
      },
      2,
      1e-5,
    );
  });
});

describe('losses', () => {
  const random = new Random(2);
  const x = Array.from({ length: 20 }, () => [random.normal(), random.normal(), random.normal()]);
  const probabilities = x.map((row) => row.map((v) => Math.exp(v)).map((v, _, all) => v / all.reduce((a, b) => a + b)));
  const cases: [string, Loss, Dataset][] = [
    ['mse', mse(), dataset({ x, y: x.map(([a, b]) => [a! + b!, a! - b!]) })],
    ['mae', mae(), dataset({ x, y: x.map(([a, b]) => [a! + b!, a! - b!]) })],
    ['huber', huber({ delta: 0.5 }), dataset({ x, y: x.map(([a, b]) => [a! + b!, a! - b!]) })],
    ['bce_with_logits', bceWithLogits(), dataset({ x, y: x.map(([a]) => [a! > 0 ? 1 : 0]) })],
    ['hinge', hinge(), dataset({ x, y: x.map(([a]) => [a! > 0 ? 1 : -1]) })],
    ['squared_hinge', squaredHinge(), dataset({ x, y: x.map(([a]) => [a! > 0 ? 1 : -1]) })],
    ['kl_div', klDivergence(), dataset({ x, y: probabilities })],
    ['softmax_cross_entropy of probabilities', softmaxCrossEntropy({ targets: 'probability' }), dataset({ x, y: probabilities })],
  ];
  test.each(cases)('%s', async (_name, loss, train) => {
    const model = sequential([dense(6), activation('tanh'), dense(train.targetSize)]);
    await expectSameRun({ model, loss, optimizer: sgd({ learningRate: 0.1 }), data: { train }, batchSize: 8, probes: null }, 6, 1e-5);
  });
});

describe('the same step, planned otherwise', () => {
  /** Parameters and gradients after three steps of a plan. */
  async function run(model: Sequential, { fuse, capabilities }: { fuse: boolean; capabilities: Capabilities }): Promise<Float32Array[]> {
    const { device, cache } = await openGpu();
    const step = stepGraph(model, { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), batch: 16, features: 8 });
    const plan = schedule(step.graph, { capabilities, gradientSlots: step.gradientSlots, retain: [step.losses], fuse });
    const store = new ParameterStore(device, new Weights(device, plan.layout, plan.bufferLayout), ['optimizer/0']);
    store.set(new Map([...initialValuesOf(step.initializers, keyOf(1))].map(([path, values]) => [path, { data: values }])));
    store.write('run', startingState({ datasetSize: 13, batch: 13, key: keyOf(7), skipNonFinite: false }));
    store.write('learning_rates', new Float32Array(4096).fill(0.05));
    const runner = await Runner.create(device, plan, store, cache);
    const random = new Random(9);
    const write = (value: Value, of: (i: number) => number): void => {
      const { buffer, offset, size } = placeOf(plan, value);
      runner.write(
        buffer,
        Float32Array.from({ length: size }, (_, i) => of(i)),
        offset * 4,
      );
    };
    write(step.batch.x!, (i) => (i < 13 * 8 ? random.normal() : 0));
    write(step.batch.y!, (i) => i % 3);
    await runner.run([[], [], []]);
    const gradients = new Float32Array(await runner.read([{ buffer: 'gradients', offset: 0, size: plan.layout.words * 4 }]));
    const parameters = await store.readArena('parameters');
    const of = (arena: Float32Array): Float32Array[] => plan.layout.entries.map(({ offset, size }) => arena.subarray(offset, offset + size));
    runner.destroy();
    store.destroy();
    return [...of(parameters), ...of(gradients)];
  }

  // Those of a GPU take a software adapter four seconds a product to compile: the network with most kinds of neighbours.
  test.each(architectures.filter(([name]) => ALL || name === 'residual blocks'))(
    '%s: fused and unfused, with the portable kernels and with those of SwiftShader',
    async (_name, layers) => {
      const model = sequential(layers);
      const expected = await run(model, { fuse: false, capabilities: PORTABLE });
      for (const capabilities of await adaptersHere())
        for (const fuse of [true, false]) {
          const got = await run(model, { fuse, capabilities });
          got.forEach((tensor, i) => expectClose(`${JSON.stringify({ fuse, ...capabilities })}, tensor ${i}`, tensor, expected[i]!, 2e-5, 1e-2));
        }
    },
  );
});

describe('padding', () => {
  const options = (batchSize: number): TrainerOptions => ({
    model: sequential([dense(8), batchNorm(), activation('relu'), dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    features: 5,
    batchSize,
    seed: 4,
    probes: {},
  });
  const rows = (count: number, scale: number) => ({ x: blobs(count).x.map((v) => v * scale), y: blobs(count).y });

  test.each([16, 8, 6])('5 rows in a batch of up to %i are as 5 rows in a batch of 5', async (size) => {
    await withTrainer(options(5), async (exact, twin) => {
      await withTrainer(options(size), async (padded) => {
        padded.setParameters(await exact.parameters());
        // A full batch of large numbers first, which must leave no trace behind the true rows.
        const before = await padded.parameters();
        await padded.trainOnBatch(rows(size, 1e3));
        padded.setParameters(before);
        const [a, b] = [await exact.trainOnBatch(rows(5, 1)), await padded.trainOnBatch(rows(5, 1))];
        const expected = twin.run(rows(5, 1));
        expectClose('loss and norm', [a!.loss, a!.gradientNorm], [expected.loss, expected.norm], 2e-6);
        expectClose('loss and norm, padded', [b!.loss, b!.gradientNorm], [expected.loss, expected.norm], 2e-6);
        for (const [i, layer] of b!.layers!.entries())
          for (const kind of ['z', 'delta'] as const) {
            const [got, of] = [layer.tensors[kind]!, a!.layers![i]!.tensors[kind]!];
            expect(got.count).toBe(of.count);
            expectClose(`${kind} of layer ${i}`, [got.l2, got.std, got.min, got.max], [of.l2, of.std, of.min, of.max], 2e-6);
          }
        const [p, q] = [await exact.parameters(), await padded.parameters()];
        for (const [path, tensor] of p) expectClose(path, q.get(path)!.data, tensor.data, 2e-6, 0.1);
      });
    });
  });
});

test('a depth of 1,000 is built and trained', async () => {
  const model = sequential([repeat(1000, [dense(4), activation('tanh')]), dense(3)]);
  const options: TrainerOptions = {
    model,
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.01 }),
    data,
    batchSize: 8,
    probes: { tensors: ['delta'] },
  };
  await withTrainer(options, async (trainer, twin) => {
    const [record] = await trainer.step();
    expect(record!.layers).toHaveLength(1001);
    expectClose('loss', [record!.loss], [twin.run().loss], 1e-5);
    // The gradient of the first layer, a thousand products away.
    const expected = twin.stats();
    expectClose(
      'norm of delta by layer',
      record!.layers!.map((layer) => layer.tensors.delta!.l2),
      expected.map((stats) => stats.l2),
      1e-4,
    );
  });
});
