// Tensors of a model there and back: names of Fathom are paths, those of a state_dict have dots, and PyTorch has outputs before inputs and channels first.
import { DataError } from '../errors.ts';
import { type HostTensor, sizeOf } from '../shape.ts';

/** What PyTorch calls the tensors of a layer. */
const NAMES: Readonly<Record<string, string>> = { gamma: 'weight', beta: 'bias', running_variance: 'running_var', shortcut: 'shortcut.weight' };
/** Tensors whose last two axes are inputs and outputs. */
const PRODUCTS = new Set(['weight', 'shortcut']);

/** A tensor in a state_dict. */
export interface TorchPlace {
  readonly key: string;
  readonly shape: readonly number[];
  /** Which of our axes is at each of its own; undefined where the order is the same. */
  readonly axes?: readonly number[];
}

/** Where a tensor is there. `pixels`: axes of size 1 behind, of a shortcut of maps, which is a convolution there. */
export function torchPlace(path: string, shape: readonly number[], pixels = 0): TorchPlace {
  const parts = path.split('/');
  const name = parts.pop()!;
  const key = [...parts, NAMES[name] ?? name].join('.');
  if (!PRODUCTS.has(name) || shape.length < 2) return { key, shape };
  const last = shape.length - 1;
  const axes = [last, last - 1, ...shape.slice(0, -2).keys()];
  return { key, shape: [...axes.map((axis) => shape[axis]!), ...new Array<number>(pixels).fill(1)], axes };
}

/** Our numbers in their order. */
export function toTorch({ shape, data }: HostTensor, place: TorchPlace): HostTensor {
  return { shape: place.shape, data: place.axes ? permuted(data, shape, place.axes) : data };
}

/** Their numbers in our order. */
export function fromTorch({ data }: HostTensor, shape: readonly number[], { axes }: TorchPlace): HostTensor {
  if (!axes) return { shape, data };
  const back = axes.map((_, axis) => axes.indexOf(axis));
  return {
    shape,
    data: permuted(
      data,
      axes.map((axis) => shape[axis]!),
      back,
    ),
  };
}

/** Numbers with their axes in another order: axis i of the result is axis `axes[i]` of what is given. */
export function permuted(data: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const after = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const result = new Float32Array(data.length);
  const at = new Array<number>(axes.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < after[axis]!) break;
      from -= at[axis]! * steps[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}

/** Rows along an axis: place i has what was at `order[i]`. Throws DataError for another number of them. */
export function alongAxis({ shape, data }: HostTensor, axis: number, order: readonly number[]): HostTensor {
  if (order.length !== shape[axis]) throw new DataError(`expected ${order.length} rows, got ${shape[axis]}`);
  const axes = [axis, ...shape.keys()].filter((each, i) => i === 0 || each !== axis);
  const front = permuted(data, shape, axes);
  const size = sizeOf(shape) / shape[axis]!;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(front.subarray(from * size, (from + 1) * size), to * size);
  });
  const back = axes.map((_, each) => axes.indexOf(each));
  return {
    shape,
    data: permuted(
      result,
      axes.map((each) => shape[each]!),
      back,
    ),
  };
}
