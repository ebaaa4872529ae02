// Long rows, columns and inner sizes with the portable kernels, whichever this machine's adapter gets: llvmpipe leaves a loop after 65,535 turns,
// without a word, and loses data in workgroups of fewer than 8.
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { Device } from '../../src/gpu/device.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { activity } from '../../src/inspect/activity.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { ProbeOptions } from '../../src/inspect/probes.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { batchedMatmulOp } from '../../src/ops/batched_matmul.ts';
import { crossEntropyOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { type Reduction, reduceAlong } from '../../src/ops/reduce.ts';
import { softmaxOp } from '../../src/ops/softmax.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { expectAsReference, expectClose, withCapabilities } from '../support/gpu.ts';
import { blobs, PORTABLE } from '../support/models.ts';
import { ALL_CASES } from '../support/op_cases.ts';
import { checkOp } from '../support/op_check.ts';
import { ALL, oneIn } from '../support/quick.ts';
import { Twin } from '../support/twin.ts';

const portable = { capabilities: { swiftshader: false } };
const LONG = 70_001;

const noise = (shape: readonly number[], seed = 5): Tensor64 => {
  const random = new Random(seed);
  return tensor64(shape, () => Math.fround(random.normal()));
};

// A product of 70,001 factors is 0 or Inf in f32; matrix products have tests of their own below.
// A running sum of so many is refused on portable adapters, as one invocation would walk all of it.
const summing = ALL_CASES.filter(
  (op) => (op.sum || op.batched) && !op.name.startsWith('product') && !op.name.includes('matmul') && !op.name.startsWith('cumsum'),
);
/** These sum over rows alone. */
const perColumn = ['batch_norm', 'batch_norm_infer', 'add of a bias', 'subtract from a number for each column', 'broadcast'];

test.each(
  oneIn(
    6,
    summing.filter((op) => !perColumn.includes(op.name)),
  ),
)('$name of rows of 70,001', async (op) => {
  await checkOp(op, { rows: 2, columns: LONG }, portable);
});

test.each(oneIn(3, summing))('$name of 70,001 rows', async (op) => {
  await checkOp(op, { rows: LONG, columns: 3 }, portable);
});

describe('products with an inner size of 70,001 and 70,000', () => {
  test.each([
    [5, 3, LONG],
    [8, 36, LONG - 1],
  ])(
    '%i x %i',
    async (m, n, k) => {
      for (const transpose of oneIn(2, [true, false])) {
        const graph = new Graph();
        const shapes = { a: transpose ? [k, m] : [m, k], b: transpose ? [n, k] : [k, n] };
        const c = graph.apply(matmulOp, [graph.input('a', shapes.a), graph.input('b', shapes.b)], { transposeA: transpose, transposeB: transpose }, 'c')[0]!;
        const inputs = new Map([
          ['a', noise(shapes.a)],
          ['b', noise(shapes.b, 6)],
        ]);
        await expectAsReference(graph, inputs, [c], 1e-6 + 4e-7 * Math.sqrt(k), portable);
      }
    },
    180_000,
  );

  test('of batches', async () => {
    const graph = new Graph();
    const c = graph.apply(batchedMatmulOp, [graph.input('a', [3, 2, LONG]), graph.input('b', [3, 4, LONG])], { transposeB: true }, 'c')[0]!;
    const inputs = new Map([
      ['a', noise([3, 2, LONG])],
      ['b', noise([3, 4, LONG], 6)],
    ]);
    await expectAsReference(graph, inputs, [c], 1e-6 + 4e-7 * Math.sqrt(LONG), portable);
  });
});

describe('300,000 and 1,200,001 elements', () => {
  const kinds = ['sum', 'mean', 'max', 'min', 'product', 'l1', 'l2', 'log_sum_exp', 'sum_of_squares', 'variance'] satisfies Reduction[];

  test.each(oneIn(3, kinds))('%s', async (kind) => {
    for (const count of [300_000, 1_200_001]) {
      const graph = new Graph();
      const y = reduceAlong(graph, kind, graph.input('x', [count]), [0], false);
      // Factors near 1, so that their product stays in f32.
      const x = kind === 'product' ? tensor64([count], (i) => Math.fround(1 + (i % 2 ? 1 : -1) * 2 ** -12)) : noise([count]);
      await expectAsReference(graph, new Map([['x', x]]), [y], 1e-6 + 4e-7 * Math.sqrt(count), portable, 0.01);
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('one %f among them reaches sum, maximum and norm', async (bad) => {
    const graph = new Graph();
    const x = graph.input('x', [300_000]);
    const outputs = (['sum', 'max', 'l2'] as const).map((kind) => reduceAlong(graph, kind, x, [0], false));
    const data = noise([300_000]);
    data.data[299_990] = bad;
    await expectAsReference(graph, new Map([['x', data]]), outputs, 1e-6, portable);
  });
});

test('rows that even a workgroup cannot go through are refused', () => {
  const refusal = (build: (graph: Graph) => Value[], capabilities = PORTABLE) => {
    const graph = new Graph();
    const keep = build(graph);
    return () => schedule(graph, { capabilities: { ...capabilities, maxBufferBytes: 2 ** 30 }, retain: keep });
  };
  expect(refusal((graph) => graph.apply(softmaxOp, [graph.input('x', [1, 3_000_000])], {}, 'p'))).toThrow(
    'softmax at p: expected at most 2,796,032 columns on this adapter, got 3,000,000',
  );
  const loss = (graph: Graph): Value[] =>
    graph.apply(crossEntropyOp, [graph.input('x', [1, 2_100_000]), graph.input('t', [1, 1], { dtype: 'i32' })], { targets: 'index', smoothing: 0 }, 'loss');
  expect(refusal(loss)).toThrow('cross_entropy at loss: expected at most 2,097,152 columns on this adapter, got 2,100,000');
});

describe('the global norm on this adapter', () => {
  // A single layer: its gradients are summed by squared_norm, on llvmpipe with 4 lanes to half of what is right.
  test.each([{ norm: 0.01 }, { norm: 1e6 }])('is that of all gradients, and clips by %o', async (clip) => {
    const engine = new Engine(await Device.create());
    const options: TrainerOptions = {
      model: sequential([dense(37)]),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 1 }),
      data: { train: blobs(120, 90, 37) },
      batchSize: 120,
      clip,
      probes: null,
    };
    const trainer = await engine.createTrainer(options);
    try {
      const twin = new Twin(options, await trainer.parameters());
      const [record] = await trainer.step(1);
      expectClose('norm', [record!.gradientNorm], [twin.run().norm], 1e-5);
      const squares = [...(await trainer.gradients()).values()].flatMap(({ data }) => Array.from(data, (g) => g * g));
      expectClose('norm of the gradients', [record!.gradientNorm], [Math.sqrt(squares.reduce((a, b) => a + b))], 1e-5);
      const parameters = await trainer.parameters();
      for (const [path, tensor] of twin.parameters) expectClose(path, parameters.get(path)!.data, tensor.data, 1e-5);
    } finally {
      trainer.destroy();
      engine.destroy();
    }
  });
});

describe('a batch of 70,004 rows', () => {
  const train = blobs(70_004);

  async function withTrainer(units: number, probes: ProbeOptions, body: (trainer: Trainer, options: TrainerOptions) => Promise<void>): Promise<void> {
    const engine = new Engine(withCapabilities(await Device.create(), { swiftshader: false }));
    const model = sequential([dense(units), activation('tanh'), dense(3)]);
    const options: TrainerOptions = { model, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.1 }), data: { train }, batchSize: 70_004, probes };
    const trainer = await engine.createTrainer(options);
    try {
      await body(trainer, options);
    } finally {
      trainer.destroy();
      engine.destroy();
    }
  }

  test.runIf(ALL)(
    'loss, gradients and their norms',
    async () => {
      await withTrainer(8, { tensors: [], norms: norms({ every: 1 }) }, async (trainer, options) => {
        const twin = new Twin(options, await trainer.parameters());
        const [record] = await trainer.step(1);
        const expected = twin.run();
        expectClose('loss and norm', [record!.loss, record!.gradientNorm], [expected.loss, expected.norm], 1e-5);
        const gradients = await trainer.gradients();
        for (const [path, tensor] of twin.gradients())
          expectClose(`gradient of ${path}`, gradients.get(path)!.data, tensor.data, 1e-6 + 4e-7 * Math.sqrt(70_004));
        const of = (kind: 'delta' | 'weight_gradient'): number[] => record!.layers!.map((layer) => layer.norms![kind]!);
        expectClose('norms', [...of('delta'), ...of('weight_gradient')], [...twin.world.norms.values()][0]!, 1e-4);
      });
    },
    180_000,
  );

  // 129 units leave a lane to each, which goes down the whole batch, unless units are counted in parts; the delta has 9 million elements.
  // Nine million numbers take 20 s here, and minutes where other programs run beside them.
  test.runIf(ALL)(
    'saturated units and the norm of a delta',
    async () => {
      await withTrainer(129, { tensors: ['delta'], activity: activity(), norms: norms({ every: 1 }) }, async (trainer) => {
        const parameters = await trainer.parameters();
        const [weight, bias] = ['weight', 'bias'].map((name) => parameters.get(`dense_1/${name}`)!.data) as [Float32Array, Float32Array];
        let saturated = 0;
        for (let row = 0; row < train.rows; row++)
          for (let unit = 0; unit < 129; unit++) {
            let z = bias[unit]!;
            for (let j = 0; j < 5; j++) z += train.x[row * 5 + j]! * weight[j * 129 + unit]!;
            if (Math.abs(Math.tanh(z)) > 0.97) saturated++;
          }
        const [record] = await trainer.step(1);
        const layer = record!.layers![0]!;
        // A number next to the bound may fall on either side of it.
        expect((layer.saturatedFraction! * 129 * train.rows) / saturated).toBeCloseTo(1, 3);
        expect(layer.norms!.delta! / layer.tensors.delta!.l2).toBeCloseTo(1, 4);
      });
    },
    180_000,
  );
});
