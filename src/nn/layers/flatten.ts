// From any shape to a row of features.
import { reshape } from '../../ops/reshape.ts';
import { sizeOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import { channelsLast } from './channels_first.ts';
import type { Image, Sizing, Theory, Torch } from './feature.ts';

export const record = { type: 'flatten', role: 'shape', options: {} } as const satisfies LayerRecord<Record<never, never>>;

/**
 * Flattens each sample: [batch, ...] -> [batch, features]. Tensors are row-major, so nothing moves.
 *
 * @returns A layer.
 * @example
 * sequential([flatten(), dense(10)]); // [batch, 28, 28] -> [batch, 784] -> [batch, 10]
 */
export function flatten(): CallableLayer {
  return layerOf(record, {}, ({ graph }, x) => reshape(graph, x, [x.type.shape[0]!, sizeOf(x.type.shape) / x.type.shape[0]!]));
}

export const build = (_document: Record<never, never>): Layer => flatten();

export const size = (_document: unknown, width: number, { image = [] }: Sizing): number => sizeOf(image) * width;

export const image = (): Image => undefined;

export const theory: Theory<Record<never, never>> = (_document, { image: before }) => (before ? [{ kind: 'flatten' }] : []);

/** In the order of this library, so that weights of a dense layer behind it fit. */
export const torch: Torch<Record<never, never>> = (_document, { image, inputs }) => [...(inputs === 1 ? [] : channelsLast(image)), 'nn.Flatten()'];

export const text: Texts = {
  en: { title: 'Flatten', summary: 'Lays the numbers of a sample side by side as its features.' },
  zh: { title: '展平', summary: '把一个样本的所有数并排成一行特征。' },
};
