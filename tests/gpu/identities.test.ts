// Identities that hold exactly, whatever the weights: no statistics, only f32's rounding stands between measured and expected.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  activation,
  avgPool2d,
  batchNorm,
  type Clip,
  conv2d,
  convTranspose2d,
  createEngine,
  dataset,
  dense,
  type Engine,
  globalAvgPool2d,
  groupNorm,
  type HostTensor,
  instanceNorm,
  type Layer,
  layerNorm,
  mae,
  maxPool2d,
  mse,
  repeat,
  reshape,
  residual,
  sequential,
  sgd,
  softmaxCrossEntropy,
  type Trainer,
  type TrainerOptions,
  upsample2d,
} from '../../src/index.ts';
import { Random } from '../../src/random.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const ROWS = 32;
/** What most tests share. At rate 0 a step measures and leaves the parameters where they are. */
const standard = { loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0 }), data: { train: blobs(ROWS) }, batchSize: ROWS, shuffle: false, seed: 11 };

type Tensors = ReadonlyMap<string, HostTensor>;
type Options = Partial<TrainerOptions> & { layers: readonly (Layer | readonly Layer[])[] };

async function withTrainer<Result>({ layers, ...options }: Options, body: (trainer: Trainer) => Promise<Result>): Promise<Result> {
  const trainer = await engine.createTrainer({ ...standard, probes: null, ...options, model: sequential(layers) });
  try {
    return await body(trainer);
  } finally {
    trainer.destroy();
  }
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));
const scaled = (tensors: Tensors, factor: number, path: (name: string) => boolean): Map<string, HostTensor> =>
  new Map([...tensors].map(([name, tensor]) => [name, path(name) ? { ...tensor, data: tensor.data.map((v) => factor * v) } : tensor]));
const isWeight = (path: string): boolean => path.endsWith('/weight');
/** All of some tensors as one vector, in the order of their paths. */
const flat = (tensors: Tensors, paths: Iterable<string>): number[] => [...paths].flatMap((path) => [...tensors.get(path)!.data]);

/** A convolution with a border of zeros, and no bias. */
const unbiasedFilters = (filters: number): Layer => conv2d({ filters, kernelSize: 3, padding: 'same', bias: false });
const image = reshape({ shape: [6, 6, 1] });
const images = { data: { train: blobs(ROWS, 36) } };

/** The data gradient at some parameters. */
async function gradientsAt(trainer: Trainer, parameters?: Tensors): Promise<Tensors> {
  if (parameters) trainer.setParameters(parameters);
  await trainer.step();
  return trainer.gradients();
}

describe('a homogeneous network has the same <W, gW> in all layers', () => {
  const unbiased = (units: number): Layer => dense({ units, bias: false });
  const cases: [string, readonly (Layer | readonly Layer[])[]][] = [
    ['relu, 6 layers', [repeat(5, [unbiased(24), activation('relu')]), unbiased(3)]],
    [
      'leaky relu, of changing width',
      [unbiased(16), activation('leaky_relu'), unbiased(7), activation('leaky_relu'), unbiased(29), activation('relu'), unbiased(3)],
    ],
    ['relu, 30 layers', [repeat(29, [unbiased(16), activation('relu')]), unbiased(3)]],
  ];
  const spread = async (layers: Options['layers'], loss: Partial<TrainerOptions>): Promise<number> =>
    withTrainer({ layers, ...loss }, async (trainer) => {
      const gradients = await gradientsAt(trainer);
      const parameters = await trainer.parameters();
      const products = [...parameters]
        .filter(([path]) => isWeight(path))
        .map(([path, { data: w }]) => {
          const { data: g } = gradients.get(path)!;
          return { product: dot(w, g), scale: norm(w) * norm(g) };
        });
      const { product: expected } = products.at(-1)!;
      return Math.max(...products.map(({ product, scale }) => Math.abs(product - expected) / scale));
    });

  test.each(cases)('%s', async (_name, layers) => {
    expect(await spread(layers, {})).toBeLessThan(1e-6);
    const { x } = blobs(ROWS);
    const train = dataset({ x, shape: [5], y: Array.from({ length: ROWS * 3 }, (_, i) => (i % 7) - 3), targetSize: 3 });
    expect(await spread(layers, { loss: mse(), data: { train } })).toBeLessThan(1e-6);
  });

  test('through convolutions with zero padding, pools, bilinear upsampling and transposed convolutions', async () => {
    const relu = activation('relu');
    const layers = [
      ...[image, unbiasedFilters(8), relu, maxPool2d({ kernelSize: 2 }), unbiasedFilters(8), relu],
      ...[upsample2d({ scaleFactor: 2, mode: 'bilinear' }), unbiasedFilters(8), relu, avgPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
      ...[convTranspose2d({ filters: 8, kernelSize: 4, stride: 2, padding: 1, bias: false }), relu, globalAvgPool2d(), unbiased(3)],
    ];
    expect(await spread(layers, images)).toBeLessThan(1e-6);
  });

  test('and one that is not homogeneous has not', async () => {
    expect(await spread([repeat(5, [unbiased(24), activation('tanh')]), unbiased(3)], {})).toBeGreaterThan(1e-3);
  });
});

describe('batch norm with eps 0 makes the scale of the weights before it meaningless', () => {
  const normed = (eps: number): readonly Layer[] => [
    dense({ units: 12, bias: false }),
    batchNorm({ eps }),
    activation('tanh'),
    dense({ units: 10, bias: false }),
    batchNorm({ eps }),
    activation('relu'),
    dense(3),
  ];
  const paths = ['dense_1/weight', 'dense_2/weight'];

  test('<w, g> = 0 in every column', async () => {
    /** The cosine between a unit's weights and their gradient, the largest of all units. */
    const worst = (eps: number): Promise<number> =>
      withTrainer({ layers: normed(eps) }, async (trainer) => {
        const [gradients, parameters] = [await gradientsAt(trainer), await trainer.parameters()];
        return Math.max(
          ...paths.flatMap((path) => {
            const { shape, data } = parameters.get(path)!;
            const column = (of: Float32Array, j: number): Float32Array => of.filter((_, i) => i % shape[1]! === j);
            return Array.from({ length: shape[1]! }, (_, j) => {
              const [w, g] = [column(data, j), column(gradients.get(path)!.data, j)];
              expect(norm(g)).toBeGreaterThan(1e-6);
              return Math.abs(dot(w, g)) / (norm(w) * norm(g));
            });
          }),
        );
      });
    expect(await worst(0)).toBeLessThan(2e-6);
    expect(await worst(1)).toBeGreaterThan(1e-2);
  });

  test('on maps: <w, g> = 0 over the filters that share a statistic', async () => {
    const relu = activation('relu');
    const of = (norm: Layer): Layer[] => [unbiasedFilters(8), norm, relu];
    const layers = [
      ...[image, ...of(batchNorm({ eps: 0 })), ...of(instanceNorm({ eps: 0 })), ...of(groupNorm({ groups: 2, eps: 0 })), ...of(layerNorm({ eps: 0 }))],
      ...[globalAvgPool2d(), dense(3)],
    ];
    await withTrainer({ layers, ...images }, async (trainer) => {
      const [gradients, parameters] = [await gradientsAt(trainer), await trainer.parameters()];
      // Filters of a statistic: one, one, a group, all.
      for (const [path, together] of Object.entries({ conv2d_1: 1, conv2d_2: 1, conv2d_3: 4, conv2d_4: 8 })) {
        const cosine = (filters: number): number =>
          Math.max(
            ...Array.from({ length: 8 / filters }, (_, part) => {
              const own = (of: Tensors): Float32Array => of.get(`${path}/weight`)!.data.filter((_, i) => Math.floor((i % 8) / filters) === part);
              const [w, g] = [own(parameters), own(gradients)];
              expect(norm(g), path).toBeGreaterThan(1e-6);
              return Math.abs(dot(w, g)) / (norm(w) * norm(g));
            }),
          );
        expect(cosine(together), path).toBeLessThan(1e-5);
        // A filter alone, where it has no statistic of its own, is not.
        if (together > 1) expect(cosine(1), path).toBeGreaterThan(1e-3);
      }
    });
  });

  test.each([3, 0.01, 1000])('W -> %f W gives g -> g / c and the same loss', async (c) => {
    await withTrainer({ layers: normed(0) }, async (trainer) => {
      const parameters = await trainer.parameters();
      const before = await gradientsAt(trainer);
      const after = await gradientsAt(
        trainer,
        scaled(parameters, c, (path) => paths.includes(path)),
      );
      const [first, second] = trainer.history.steps;
      expect(second!.loss / first!.loss).toBeCloseTo(1, 5);
      for (const [path, { data }] of before)
        expectClose(
          path,
          after.get(path)!.data.map((g) => g * (paths.includes(path) ? c : 1)),
          data,
          5e-6,
        );
    });
  });
});

test('a residual block with scale 0 is the identity, forwards and backwards', async () => {
  const ends: [Layer, Layer] = [dense(16), dense(3)];
  const block = residual([batchNorm(), activation('relu'), dense(16), activation('tanh'), dense(16)], { scale: 0 });
  const { x } = blobs(ROWS);
  const plain = await withTrainer({ layers: [ends[0], activation('tanh'), ends[1]] }, async (trainer) => ({
    parameters: await trainer.parameters(),
    gradients: await gradientsAt(trainer),
    outputs: await trainer.predict(x),
    loss: trainer.history.steps.at(0)!.loss,
  }));
  await withTrainer({ layers: [ends[0], activation('tanh'), repeat(4, [block]), ends[1]] }, async (trainer) => {
    trainer.setParameters(plain.parameters);
    const gradients = await gradientsAt(trainer);
    expectClose('outputs', await trainer.predict(x), plain.outputs, 1e-6);
    expectClose('loss', [trainer.history.steps.at(0)!.loss], [plain.loss], 1e-6);
    for (const [path, { data }] of plain.gradients) expectClose(path, gradients.get(path)!.data, data, 1e-6);
    const inner = [...gradients].filter(([path]) => path.includes('residual'));
    expect(inner).toHaveLength(4 * 6);
    for (const [path, { data }] of inner)
      expect(
        data.every((g) => g === 0),
        path,
      ).toBe(true);
  });
});

test.each([2, 5, 20])('relu weights doubled under a loss of constant derivative: delta_1 of %i layers grows by exactly 2^(L-1)', async (depth) => {
  const layers = [repeat(depth - 1, [dense({ units: 16, bias: false }), activation('relu')]), dense({ units: 3, bias: false })];
  const { x } = blobs(ROWS);
  // Far above or below every output, so that the derivative of |y - t| is a sign that no weight changes.
  const train = dataset({ x, shape: [5], y: Array.from({ length: ROWS * 3 }, (_, i) => (i % 2 ? 1e12 : -1e12)), targetSize: 3 });
  await withTrainer({ layers, data: { train }, loss: mae(), probes: { tensors: ['delta'] } }, async (trainer) => {
    const parameters = await trainer.parameters();
    const before = await gradientsAt(trainer);
    const after = await gradientsAt(trainer, scaled(parameters, 2, isWeight));
    const [first, second] = trainer.history.steps.map(({ layers }) => layers!.map(({ tensors }) => tensors.delta!.l2));
    expect(first![0]).toBeGreaterThan(0);
    // delta_l has L - l matrices above it. Doubling is exact in binary, and so is what follows from it.
    for (let l = 0; l < depth; l++) expect(second![l]! / first![l]!, `delta of layer ${l + 1}`).toBe(2 ** (depth - 1 - l));
    // gW_l = h_(l-1)ᵀ delta_l: what delta loses on its way up, h has gained.
    for (const [path, { data }] of before)
      expectClose(
        path,
        after.get(path)!.data.map((g) => g / 2 ** (depth - 1)),
        data,
        0,
      );
  });
});

describe('L2 on a layer without data gradient shrinks it by (1 - lr lambda) a step', () => {
  const [rate, lambda, steps] = [0.1, 0.4, 25];
  test.each([
    ['as a penalty of the layer', lambda, 0],
    ["as the optimizer's weight decay", 0, lambda],
  ])('%s', async (_name, l2, weightDecay) => {
    const layers = [dense(8), residual([dense({ units: 8, l2 })], { scale: 0 }), dense(3)];
    await withTrainer({ layers, optimizer: sgd({ learningRate: rate, weightDecay }) }, async (trainer) => {
      const path = 'residual_1/dense_1/weight';
      const before = norm((await trainer.parameters()).get(path)!.data);
      const [record] = await trainer.step(steps);
      expect(record!.regularizationLoss).toBeCloseTo((l2 / 2) * before ** 2, 5);
      expect(norm((await trainer.gradients()).get(path)!.data)).toBe(0);
      const after = norm((await trainer.parameters()).get(path)!.data);
      expect(after / before / (1 - rate * lambda) ** steps).toBeCloseTo(1, 5);
    });
  });
});

test.each([
  [10, 1],
  [100, 1],
  [100, 0.9],
])('%i orthogonal linear layers of gain %f pass the norm of delta on', async (depth, gain) => {
  const width = 24;
  const layers = repeat(depth, [dense({ units: width, bias: false, initializer: { scheme: 'orthogonal', gain } })]);
  const random = new Random(3);
  const noise = (): number[] => Array.from({ length: ROWS * width }, () => random.normal());
  const train = dataset({ x: noise(), shape: [width], y: noise(), targetSize: width });
  await withTrainer({ layers, data: { train }, loss: mse(), probes: { tensors: ['delta', 'z'] } }, async (trainer) => {
    const [record] = await trainer.step();
    const norms = (kind: 'delta' | 'z'): number[] => record!.layers!.map(({ tensors }) => tensors[kind]!.l2);
    const [delta, z] = [norms('delta'), norms('z')];
    for (let l = 0; l < depth; l++) {
      expect(delta[l]! / delta[depth - 1]! / gain ** (depth - 1 - l), `delta of layer ${l + 1}`).toBeCloseTo(1, 5);
      expect(z[l]! / z[0]! / gain ** l, `z of layer ${l + 1}`).toBeCloseTo(1, 5);
    }
  });
});

describe('clipping', () => {
  // A large power of two: the parameters' own rounding is small against the update.
  const rate = 2 ** 20;

  /** The gradient, and what an update made of it. */
  const applied = (clip: Clip | undefined): Promise<{ g: number[]; update: number[]; logged: number }> =>
    withTrainer({ layers: [dense(12), activation('tanh'), dense(3)], optimizer: sgd({ learningRate: rate }), ...(clip ? { clip } : {}) }, async (trainer) => {
      const before = await trainer.parameters();
      const [record] = await trainer.step();
      const gradients = await trainer.gradients();
      const [from, to] = [before, await trainer.parameters()].map((tensors) => flat(tensors, gradients.keys()));
      return { g: flat(gradients, gradients.keys()), update: from!.map((w, i) => (w - to![i]!) / rate), logged: record!.gradientNorm };
    });
  const cosine = (a: number[], b: number[]): number => dot(a, b) / (norm(a) * norm(b));

  test.each([1e-3, 0.5, 1, 2, 1e3])('by %f times the norm: |g| becomes min(|g|, c), the direction stays', async (fraction) => {
    const { g: free } = await applied(undefined);
    const c = fraction * norm(free);
    const { g, update, logged } = await applied({ norm: c });
    expect(logged / norm(g)).toBeCloseTo(1, 5);
    expect(norm(update) / Math.min(norm(g), c)).toBeCloseTo(1, 5);
    expect(1 - cosine(update, g)).toBeLessThan(1e-6);
  });

  test('by value: every element becomes at most c, and the direction changes', async () => {
    const { g: free } = await applied(undefined);
    const c = 0.2 * Math.max(...free.map(Math.abs));
    const { g, update } = await applied({ value: c });
    expectClose(
      'update',
      update,
      g.map((v) => Math.max(-c, Math.min(c, v))),
      1e-5,
    );
    expect(cosine(update, g)).toBeLessThan(0.98);
  });
});
