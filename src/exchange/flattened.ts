// Where a network of PyTorch has numbers of a map in another order than ours: it flattens channels first, we last. What reads such a row, or gives one that
// becomes a map, has its rows or columns in another order.
import type { LayerDocument } from '../experiment/document.ts';
import { featureOf, nextPath, roleOf } from '../experiment/registry/layers.ts';
import { type Sample, sampleAfter } from '../experiment/size.ts';
import { LayerPaths } from '../nn/names.ts';

/** Which of their features is at each of our places, by the path of a tensor and its axis. */
export interface Reordered {
  readonly tensors: ReadonlyMap<string, readonly { readonly axis: number; readonly order: readonly number[] }[]>;
  /** Layers that mix channels with positions in a way that is not known here. */
  readonly unknown: readonly string[];
  /** Layers to be read about. */
  readonly notes: readonly string[];
}

/** Why such a layer is refused, and what there is instead. */
export const unknownText = (each: string): string =>
  `${each}: where channels stand among its rows is not known; a dense layer or a norm right after flatten is put in order`;

/** The place there of each of our features of a map. */
function orderOf(image: readonly number[], channels: number): number[] {
  const positions = image.reduce((product, size) => product * size, 1);
  return Array.from({ length: positions * channels }, (_, i) => (i % channels) * positions + Math.floor(i / channels));
}

const mixes = ({ image, width }: Sample): boolean => !!image && width > 1 && image.some((size) => size > 1);

/** The tensors of a document's model that are read or written in another order there. */
export function reordered(layers: readonly LayerDocument[], features: number): Reordered {
  const paths = new LayerPaths();
  const tensors = new Map<string, { axis: number; order: readonly number[] }[]>();
  const unknown: string[] = [];
  const notes: string[] = [];
  // Of a row that was a map there, and the last dense layer while nothing but activations stands between.
  let order: readonly number[] | undefined;
  let dense: string | undefined;
  const put = (path: string, axis: number, by: readonly number[]): void => void tensors.set(path, [...(tensors.get(path) ?? []), { axis, order: by }]);
  const walk = (list: readonly LayerDocument[], prefix: string, given: Sample): Sample =>
    list.reduce<Sample>((sample, layer) => {
      const { record } = featureOf(layer);
      if (layer.type === 'repeat') {
        let inside = sample;
        for (let time = 0; time < layer.times; time++) inside = walk(layer.layers, prefix, inside);
        return inside;
      }
      const path = nextPath(paths, prefix, layer);
      if (layer.type === 'sequential') return walk(layer.layers, `${path}/`, sample);
      const after = sampleAfter([layer], sample);
      const role = roleOf(layer);
      if (role === 'activation' || role === 'regulariser') return after;
      if (layer.type === 'flatten') {
        if (mixes(sample)) order = orderOf(sample.image!, sample.width);
        dense = undefined;
      } else if (layer.type === 'dense' && !sample.image) {
        if (order) put(`${path}/weight`, 0, order);
        order = undefined;
        dense = path;
      } else if (layer.type === 'reshape') {
        if (order) unknown.push(`${path}: a map that was flattened is put into another shape`);
        if (mixes(after) && dense) {
          put(`${dense}/weight`, 1, orderOf(after.image!, after.width));
          put(`${dense}/bias`, 0, orderOf(after.image!, after.width));
        } else if (mixes(after)) notes.push(`${path}: rows are taken with their channels last, [${[...after.image!, after.width].join(', ')}]`);
        order = dense = undefined;
      } else if (order && ['batch_norm', 'layer_norm', 'rms_norm'].includes(layer.type)) {
        for (const name of ['gamma', 'beta', 'running_mean', 'running_variance']) put(`${path}/${name}`, 0, order);
      } else {
        if (order) unknown.push(`${path} (${record.type}) reads a map that was flattened`);
        order = undefined;
        if (role === 'container' || role === 'weights') dense = undefined;
      }
      return after;
    }, given);
  walk(layers, '', { width: features });
  // No weight depends on it.
  if (order)
    notes.push('the outputs are a map that was flattened, with its channels last: a target that is such a map is saved so too, by np.moveaxis(y, 1, -1)');
  return { tensors, unknown, notes };
}
