// Networks of images whose signal THEORY.md (Convolution and norms) predicts, as documents: their figures there, and the tolerance of a mean over 5 seeds.
import type { LayerDocument } from '../../src/experiment/document.ts';
import { predictPlaces } from '../../src/experiment/predict.ts';
import { widthAfter } from '../../src/experiment/size.ts';
import type { LayerPrediction } from '../../src/inspect/theory.ts';
import { sizeOf } from '../../src/shape.ts';

export interface ImageSignalCase {
  readonly name: string;
  /** Height, width and channels of the data: independent N(0, 1) pixels. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly layers: readonly LayerDocument[];
  /** Of |delta|²: factor per layer, or first over last; of q: factor per layer, or the first over sw2 = 2. */
  readonly statistic: 'backward' | 'total' | 'forward' | 'first';
  readonly predicted: number;
  readonly tolerance: number;
  /** The gradient of the output stands for that behind the last activation, which is no place. */
  readonly withOutput?: true;
  /** Places before those that are compared: x_0 of blocks behind whose sums there is a norm is not one of their sums. */
  readonly from?: number;
  /** What is compared is its quotient over a network whose convolutions go round the edges, of the same weights: the noise of a finite width goes. */
  readonly overWrapped?: true;
  /** Quick enough for `npm test`. */
  readonly quick?: boolean;
}

type Options = Record<string, unknown>;
const scaling = (scale: number) => ({ scheme: 'variance_scaling', scale });
const conv = (filters: number, sw2: number, options: Options = {}): LayerDocument =>
  ({ type: 'conv2d', filters, kernelSize: 3, padding: 'same', bias: false, initializer: scaling(sw2), ...options }) as LayerDocument;
const dense = (units: number, sw2: number): LayerDocument => ({ type: 'dense', units, bias: false, initializer: scaling(sw2) }) as LayerDocument;
const act = (name: string): LayerDocument => ({ type: 'activation', name }) as unknown as LayerDocument;
const layer = (type: string, options: Options = {}): LayerDocument => ({ type, ...options }) as unknown as LayerDocument;

/** Layers of weights with an optional norm and an activation between them. */
function stack(count: number, weights: () => LayerDocument, activation: string, norm: readonly LayerDocument[] = []): LayerDocument[] {
  return Array.from({ length: count }, (_, i) => [weights(), ...norm, ...(i + 1 < count ? [act(activation)] : [])]).flat();
}

/** x_0 with a gradient of its own, blocks x + scale f(x), and an output, whose gradient comes to x_L alike at all positions. */
function blocks(count: number, first: LayerDocument, branch: readonly LayerDocument[], scale = 1): LayerDocument[] {
  return [first, ...Array.from({ length: count }, () => layer('residual', { scale, layers: branch })), first];
}

/** Whether the last place is an output behind blocks, of which nothing is asked. */
export const hasOutput = ({ layers, withOutput }: ImageSignalCase): boolean => !withOutput && layers.some(({ type }) => type === 'residual');

/** The same with a norm behind each sum. One more than are compared: the first sum is what the others are compared with. */
const postNorm = (count: number, first: LayerDocument, norm: LayerDocument, branch: readonly LayerDocument[]): LayerDocument[] => [
  first,
  ...Array.from({ length: count + 1 }, () => [layer('residual', { layers: branch }), norm]).flat(),
  first,
];

const square = (n: number, channels: number) => ({ shape: [n, n, channels], rows: 4 });
const row = (features: number, rows = 32) => ({ shape: [features], rows });
const pointwise = (filters: number) => conv(filters, 1, { kernelSize: 1 });
const halving = { stride: 2, padding: 1 };
// Its fan-in is that of PyTorch, 16 times 64, where a pixel sees 4 times 64 numbers.
const spread = layer('conv_transpose2d', { filters: 64, kernelSize: 4, stride: 2, padding: 1, bias: false, initializer: scaling(8) });
const batch = layer('batch_norm');
const [ln, gn8, instance, whole] = [layer('layer_norm'), layer('group_norm', { groups: 32 }), layer('instance_norm'), layer('group_norm', { groups: 1 })];
const preNorm = (norm: LayerDocument, activation: string, weights: LayerDocument, times = 1) =>
  Array.from({ length: times }, () => [norm, act(activation), weights]).flat();

const L30 = 1 / Math.sqrt(30);
const L10 = 1 / Math.sqrt(10);

export const IMAGE_SIGNALS: readonly ImageSignalCase[] = [
  {
    name: 'ReLU, 8 x 8, first layer',
    ...square(8, 64),
    layers: stack(2, () => conv(64, 2), 'relu'),
    statistic: 'first',
    predicted: 0.84028,
    tolerance: 0.025,
    quick: true,
  },
  {
    name: 'ReLU, 14 x 14, first layer',
    ...square(14, 64),
    layers: stack(2, () => conv(64, 2), 'relu'),
    statistic: 'first',
    predicted: 0.90703,
    tolerance: 0.025,
  },
  {
    name: 'ReLU, 28 x 28, first layer',
    ...square(28, 32),
    layers: stack(2, () => conv(32, 2), 'relu'),
    statistic: 'first',
    predicted: 0.95295,
    tolerance: 0.025,
  },
  {
    name: 'ReLU, 8 x 8, 20 layers',
    ...square(8, 128),
    layers: stack(20, () => conv(128, 2), 'relu'),
    statistic: 'backward',
    predicted: 0.91035,
    tolerance: 0.03,
  },
  {
    name: 'ReLU, 8 x 8, 20 layers, forwards',
    ...square(8, 128),
    layers: stack(20, () => conv(128, 2), 'relu'),
    statistic: 'forward',
    predicted: 0.91477,
    tolerance: 0.075,
  },
  {
    name: 'ReLU, 8 x 8, 20 layers, over wrap-around',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2), 'relu'),
    statistic: 'backward',
    predicted: 0.91035,
    tolerance: 0.015,
    overWrapped: true,
  },
  {
    name: 'ReLU, 14 x 14, 20 layers, over wrap-around',
    ...square(14, 64),
    layers: stack(20, () => conv(64, 2), 'relu'),
    statistic: 'backward',
    predicted: 0.95707,
    tolerance: 0.01,
    overWrapped: true,
  },
  {
    name: 'ReLU, 14 x 14, 20 layers, forwards, over wrap-around',
    ...square(14, 64),
    layers: stack(20, () => conv(64, 2), 'relu'),
    statistic: 'forward',
    predicted: 0.9604,
    tolerance: 0.015,
    overWrapped: true,
  },
  {
    name: 'ReLU, 28 x 28, 10 layers, over wrap-around',
    ...square(28, 32),
    layers: stack(10, () => conv(32, 2), 'relu'),
    statistic: 'backward',
    predicted: 0.97476,
    tolerance: 0.01,
    overWrapped: true,
  },
  {
    name: 'ReLU, 28 x 28, 10 layers, forwards, over wrap-around',
    ...square(28, 32),
    layers: stack(10, () => conv(32, 2), 'relu'),
    statistic: 'forward',
    predicted: 0.9782,
    tolerance: 0.01,
    overWrapped: true,
  },
  {
    name: 'ReLU, 14 x 14, 8 channels, 6 layers, over wrap-around',
    ...square(14, 8),
    layers: stack(6, () => conv(8, 2), 'relu'),
    statistic: 'backward',
    predicted: 0.93736,
    tolerance: 0.03,
    overWrapped: true,
  },
  {
    name: 'tanh, 8 x 8, 20 layers',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2), 'tanh'),
    statistic: 'backward',
    predicted: 1.02166,
    tolerance: 0.01,
    quick: true,
  },
  {
    name: 'tanh, 14 x 14, 20 layers',
    ...square(14, 64),
    layers: stack(20, () => conv(64, 2), 'tanh'),
    statistic: 'backward',
    predicted: 1.03831,
    tolerance: 0.01,
  },
  {
    name: 'tanh, 28 x 28, 20 layers',
    ...square(28, 32),
    layers: stack(20, () => conv(32, 2), 'tanh'),
    statistic: 'backward',
    predicted: 1.04828,
    tolerance: 0.01,
  },
  {
    name: 'tanh, sw2 = 1, 8 x 8, 20 layers',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 1), 'tanh'),
    statistic: 'backward',
    predicted: 0.7914,
    tolerance: 0.01,
  },
  {
    name: 'tanh, sw2 = 1, 14 x 14, 20 layers',
    ...square(14, 64),
    layers: stack(20, () => conv(64, 1), 'tanh'),
    statistic: 'backward',
    predicted: 0.81684,
    tolerance: 0.01,
  },
  {
    name: 'ReLU without padding, 20 x 20, 8 layers',
    ...square(20, 64),
    layers: stack(8, () => conv(64, 2, { padding: 'valid' }), 'relu'),
    statistic: 'backward',
    predicted: 1,
    tolerance: 0.045,
  },
  {
    name: 'ReLU, 1 x 1, 20 layers',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2, { kernelSize: 1 }), 'relu'),
    statistic: 'backward',
    predicted: 1,
    tolerance: 0.055,
  },
  {
    name: 'tanh, 28 x 28, strides of 2',
    ...square(28, 3),
    layers: [conv(32, 1.5), act('tanh'), conv(64, 1.5, halving), act('tanh'), conv(128, 1.5, halving)],
    statistic: 'total',
    predicted: 0.42315,
    tolerance: 0.03,
    quick: true,
  },
  {
    name: 'ReLU, 28 x 28, strides of 2',
    ...square(28, 3),
    layers: [conv(32, 2), act('relu'), conv(64, 2, halving), act('relu'), conv(128, 2, halving)],
    statistic: 'total',
    predicted: 0.87705,
    tolerance: 0.095,
  },
  {
    name: 'ReLU, two transposed convolutions',
    ...square(8, 64),
    layers: [conv(64, 2), act('relu'), spread, act('relu'), spread],
    statistic: 'total',
    predicted: 0.84985,
    tolerance: 0.06,
  },
  {
    name: 'ReLU, depthwise and 1 x 1',
    ...square(8, 128),
    layers: stack(8, () => conv(128, 2, { groups: 128 }), 'relu').flatMap((each) =>
      each.type === 'conv2d' ? [each, act('relu'), conv(128, 2, { kernelSize: 1 })] : [each],
    ),
    statistic: 'backward',
    predicted: 0.94899,
    tolerance: 0.04,
  },
  {
    name: 'ReLU and an average pool, 16 x 16',
    ...square(16, 64),
    layers: [conv(64, 2), act('relu'), layer('avg_pool2d', { kernelSize: 2 }), conv(64, 2)],
    statistic: 'backward',
    predicted: 0.21007,
    tolerance: 0.035,
    quick: true,
  },
  {
    name: 'ReLU and a maximum pool, 16 x 16',
    ...square(16, 64),
    layers: [conv(64, 2), act('relu'), layer('max_pool2d', { kernelSize: 2 }), conv(64, 2)],
    statistic: 'backward',
    predicted: 1.57552,
    tolerance: 0.025,
    quick: true,
  },
  { name: 'layer norm, ReLU', ...row(256), layers: stack(30, () => dense(256, 2), 'relu', [ln]), statistic: 'backward', predicted: 1, tolerance: 0.03 },
  { name: 'layer norm, tanh', ...row(256), layers: stack(30, () => dense(256, 2), 'tanh', [ln]), statistic: 'backward', predicted: 1.17781, tolerance: 0.015 },
  { name: 'layer norm, GELU', ...row(256), layers: stack(30, () => dense(256, 2), 'gelu', [ln]), statistic: 'backward', predicted: 1.07203, tolerance: 0.03 },
  {
    name: 'layer norm, sigmoid',
    ...row(256),
    layers: stack(30, () => dense(256, 2), 'sigmoid', [ln]),
    statistic: 'backward',
    predicted: 0.15283,
    tolerance: 0.03,
  },
  {
    name: 'group norm of 8 features, ReLU',
    ...row(256),
    layers: stack(20, () => dense(256, 2), 'relu', [gn8]),
    statistic: 'backward',
    predicted: 1.2,
    tolerance: 0.055,
    quick: true,
  },
  {
    name: 'layer norm over maps, tanh',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2), 'tanh', [whole]),
    statistic: 'backward',
    predicted: 1.19456,
    tolerance: 0.01,
  },
  {
    name: 'layer norm over maps, ReLU',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2), 'relu', [whole]),
    statistic: 'backward',
    predicted: 0.99518,
    tolerance: 0.07,
  },
  {
    name: 'layer norm over channels, tanh',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2), 'tanh', [ln]),
    statistic: 'backward',
    predicted: 1.17781,
    tolerance: 0.02,
  },
  {
    name: 'layer norm over channels, ReLU',
    ...square(8, 64),
    layers: stack(20, () => conv(64, 2), 'relu', [ln]),
    statistic: 'backward',
    predicted: 1,
    tolerance: 0.06,
  },
  {
    name: 'batch norm, ReLU, 8 x 8',
    ...square(8, 64),
    rows: 8,
    layers: stack(20, () => conv(64, 2), 'relu', [batch]),
    statistic: 'backward',
    predicted: 1.39392,
    tolerance: 0.015,
    quick: true,
  },
  {
    name: 'batch norm, ReLU, 14 x 14',
    ...square(14, 64),
    rows: 8,
    layers: stack(12, () => conv(64, 2), 'relu', [batch]),
    statistic: 'backward',
    predicted: 1.41976,
    tolerance: 0.01,
  },
  {
    name: 'instance norm, ReLU, 8 x 8',
    ...square(8, 64),
    rows: 8,
    layers: stack(20, () => conv(64, 2), 'relu', [instance]),
    statistic: 'backward',
    predicted: 1.40101,
    tolerance: 0.03,
  },
  {
    name: 'instance norm, ReLU, 14 x 14',
    ...square(14, 64),
    rows: 8,
    layers: stack(12, () => conv(64, 2), 'relu', [instance]),
    statistic: 'backward',
    predicted: 1.42187,
    tolerance: 0.015,
  },
  {
    name: 'pre-norm blocks, layer norm',
    ...row(256),
    layers: blocks(30, dense(256, 1), preNorm(ln, 'relu', dense(256, 2))),
    statistic: 'total',
    predicted: 31,
    tolerance: 0.16,
  },
  {
    name: 'pre-norm blocks, batch norm',
    ...row(256, 128),
    layers: blocks(30, dense(256, 1), preNorm(batch, 'relu', dense(256, 2))),
    statistic: 'total',
    predicted: 77.17,
    tolerance: 0.07,
  },
  {
    name: 'pre-norm blocks of two weights, batch norm',
    ...row(256, 128),
    layers: blocks(30, dense(256, 1), preNorm(batch, 'relu', dense(256, 2), 2)),
    statistic: 'total',
    predicted: 439.7,
    tolerance: 0.1,
  },
  {
    name: 'pre-norm blocks, layer norm, 1/sqrt(L)',
    ...row(256),
    layers: blocks(30, dense(256, 1), preNorm(ln, 'relu', dense(256, 2)), L30),
    statistic: 'total',
    predicted: 2,
    tolerance: 0.04,
  },
  {
    name: 'pre-norm blocks, batch norm, 1/sqrt(L)',
    ...row(256),
    layers: blocks(30, dense(256, 1), preNorm(batch, 'relu', dense(256, 2)), L30),
    statistic: 'total',
    predicted: 2.1929,
    tolerance: 0.045,
  },
  {
    name: 'pre-norm blocks of two weights, batch norm, 1/sqrt(L)',
    ...row(256),
    layers: blocks(30, dense(256, 1), preNorm(batch, 'relu', dense(256, 2), 2), L30),
    statistic: 'total',
    predicted: 3.2658,
    tolerance: 0.07,
  },
  {
    name: 'pre-norm blocks, layer norm, tanh',
    ...row(256),
    layers: blocks(30, dense(256, 1), preNorm(ln, 'tanh', dense(256, 1))),
    statistic: 'total',
    predicted: 19.507,
    tolerance: 0.105,
  },
  {
    name: 'pre-norm blocks, layer norm, GELU',
    ...row(256),
    layers: blocks(30, dense(256, 1), preNorm(ln, 'gelu', dense(256, 2))),
    statistic: 'total',
    predicted: 32.686,
    tolerance: 0.145,
  },
  {
    name: 'post-norm blocks, layer norm, tanh',
    ...row(256),
    layers: postNorm(30, dense(256, 1), ln, [act('tanh'), dense(256, 1)]),
    statistic: 'total',
    predicted: 4.357,
    tolerance: 0.18,
    from: 1,
  },
  {
    name: 'post-norm blocks, layer norm, ReLU',
    ...row(256),
    layers: postNorm(30, dense(256, 1), ln, [act('relu'), dense(256, 2)]),
    statistic: 'total',
    predicted: 1,
    tolerance: 0.7,
    from: 1,
  },
  {
    name: 'blocks rectified behind their sum, batch norm',
    ...row(256, 128),
    layers: [
      dense(256, 1),
      ...Array.from({ length: 30 }, () => [layer('residual', { layers: [dense(256, 2), batch, act('relu'), dense(256, 2), batch] }), act('relu')]).flat(),
      dense(256, 1),
    ],
    statistic: 'total',
    predicted: 979,
    tolerance: 0.08,
    withOutput: true,
  },
  {
    name: 'convolutional pre-norm blocks, batch norm, 8 x 8',
    ...square(8, 64),
    rows: 8,
    layers: blocks(10, pointwise(64), preNorm(batch, 'relu', conv(64, 2), 2)),
    statistic: 'total',
    predicted: 35.19,
    tolerance: 0.065,
    quick: true,
  },
  {
    name: 'convolutional pre-norm blocks, batch norm, 14 x 14',
    ...square(14, 64),
    rows: 8,
    layers: blocks(10, pointwise(64), preNorm(batch, 'relu', conv(64, 2), 2)),
    statistic: 'total',
    predicted: 41.082,
    tolerance: 0.045,
  },
  {
    name: 'convolutional pre-norm blocks, batch norm, 1/sqrt(L), 8 x 8',
    ...square(8, 64),
    rows: 8,
    layers: blocks(10, pointwise(64), preNorm(batch, 'relu', conv(64, 2), 2), L10),
    statistic: 'total',
    predicted: 2.5524,
    tolerance: 0.03,
  },
  {
    name: 'convolutional pre-norm blocks, batch norm, 1/sqrt(L), 14 x 14',
    ...square(14, 64),
    rows: 8,
    layers: blocks(10, pointwise(64), preNorm(batch, 'relu', conv(64, 2), 2), L10),
    statistic: 'total',
    predicted: 2.7216,
    tolerance: 0.03,
  },
  {
    name: 'convolutional blocks without norm, 1/sqrt(L), 14 x 14',
    ...square(14, 64),
    rows: 8,
    layers: blocks(10, pointwise(64), [act('relu'), conv(64, 2), act('relu'), conv(64, 2)], L10),
    statistic: 'total',
    predicted: 2.2872,
    tolerance: 0.06,
  },
  {
    name: 'convolutional blocks without norm, 1/sqrt(L), 8 x 8',
    ...square(8, 64),
    rows: 8,
    layers: blocks(10, pointwise(64), [act('relu'), conv(64, 2), act('relu'), conv(64, 2)], L10),
    statistic: 'total',
    predicted: 2.0811,
    tolerance: 0.06,
  },
];

/** The model of a case as a document: its images come in rows. Only what the last weights give is asked for. */
export const modelOf = ({ shape, layers }: ImageSignalCase): { layers: LayerDocument[] } => ({
  layers: [...(shape.length > 1 ? [layer('reshape', { shape })] : []), ...layers, ...(shape.length > 1 ? [layer('flatten')] : [])],
});

/** Numbers of a row that the model gives. */
export function outputsOf(c: ImageSignalCase): number {
  return widthAfter(modelOf(c).layers, sizeOf(c.shape));
}

export function predictedBy(c: ImageSignalCase): number {
  const places = predictPlaces({ model: modelOf(c), training: { batchSize: c.rows } }, sizeOf(c.shape), 1)!.filter(({ place }) => place !== 'branch');
  if (hasOutput(c)) places.pop();
  places.splice(0, c.from ?? 0);
  return statisticOf(
    c.statistic,
    places.map(({ q }) => q),
    places.slice(0, -1).map(({ chi }: LayerPrediction) => chi!),
  );
}

/** The statistic of a case from q of every place and the factor of |delta|² between neighbours. */
export function statisticOf(statistic: ImageSignalCase['statistic'], q: readonly number[], chi: readonly number[]): number {
  const product = chi.reduce((all, factor) => all * factor, 1);
  switch (statistic) {
    case 'total':
      return product;
    case 'backward':
      return product ** (1 / chi.length);
    case 'forward':
      return (q.at(-1)! / q[0]!) ** (1 / (q.length - 1));
    case 'first':
      return q[0]! / 2;
  }
}
