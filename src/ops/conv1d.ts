// Convolutions of sequences, channels last: those of images of one row.
import { ShapeError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { OptionTable } from '../option_table.ts';
import { shapeText } from '../shape.ts';
import { type Conv2dAttrs, conv2dAttrs, groupsOption } from './conv2d.ts';
import { requireNoBatch } from './kernels.ts';
import { reshape } from './reshape.ts';

/** Options of `conv1d`: how its windows lie. */
export interface Conv1dOptions {
  /** Steps in time from one window to the next; 1 by default. */
  stride?: number;
  /** Zeros before and after a sequence: a number, 'valid' for none, or 'same' for as many as keep its length, an odd one more behind; 0 by default. */
  padding?: number | 'same' | 'valid';
  /** Distance in time between what a window sees; 1 by default. */
  dilation?: number;
  /** Channels and filters fall into so many parts that know nothing of each other; 1 by default. */
  groups?: number;
}

/** The most that an option of a window may be. */
const MOST = 2 ** 12;

export const CONV1D_OPTIONS = {
  stride: { type: 'integer', min: 1, max: MOST, default: 1 },
  padding: {
    type: 'either',
    of: [
      { type: 'integer', min: 0, max: MOST },
      { type: 'name', names: ['same', 'valid'] },
    ],
    expected: "an integer of at least 0, 'same' or 'valid'",
    default: 0,
  },
  dilation: { type: 'integer', min: 1, max: MOST, default: 1 },
  groups: groupsOption(),
} as const satisfies OptionTable<Conv1dOptions>;

/** The attributes of a convolution of images of one row. Throws a UsageError that begins with `where` for 'same' with a stride. */
export function conv1dAttrs(where: string, kernelSize: number, { stride, padding, dilation, groups }: Required<Conv1dOptions>): Conv2dAttrs {
  return conv2dAttrs(where, [1, kernelSize], {
    // 'same' speaks of both axes, and along the other nothing moves.
    stride: padding === 'same' ? stride : [1, stride],
    padding: typeof padding === 'number' ? [0, padding] : padding,
    dilation: [1, dilation],
    groups,
  });
}

/** Sequences [batch, time, channels] as images of one row. Throws ShapeError for another rank. */
export function asImages(graph: Graph, where: string, x: Value): Value {
  requireThree(where, x, 'sequences [batch, time, channels]');
  return reshape(graph, x, x.type.shape.toSpliced(1, 0, 1));
}

/** And back. */
export function asSequences(graph: Graph, y: Value): Value {
  return reshape(graph, y, y.type.shape.toSpliced(1, 1));
}

/** A weight [time, channels / groups, filters] as one of windows of one row. Throws ShapeError for another rank. */
export function asWeightOfImages(graph: Graph, where: string, weight: Value): Value {
  requireNoBatch(`${where}, weight`, weight.type, 'put the batch on the left');
  requireThree(where, weight, 'a weight [time, channels / groups, filters]');
  return reshape(graph, weight, [1, ...weight.type.shape]);
}

function requireThree(where: string, { type: { shape } }: Value, expected: string): void {
  if (shape.length !== 3) throw new ShapeError(`${where}: expected ${expected}, got ${shapeText(shape)}`);
}
