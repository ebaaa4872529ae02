// Images changed at random: what a training set does not show of what an image may look like.
import text from '../../shaders/augment.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op, Table } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { GRID, persistent, RANDOM, RUN_STATE, rowByRow, workgroupsFor } from './kernels.ts';
import { mostOuter, requireTurns } from './pieces.ts';
import { LOGARITHM } from './wgsl_math.ts';

export const augmentKernel = kernel('augment', text, {
  bindings: { x: 'read_write', y: 'read_write', run: 'read', stages: 'read' },
  params: { pixels: 'u32', height: 'u32', width: 'u32', channels: 'u32', stages: 'u32' },
});

/** What a stage does, by the number that the kernel has for it. */
export const AUGMENT_KINDS = ['flip_horizontal', 'flip_vertical', 'shift', 'crop', 'rotate', 'cut_out', 'noise'] as const;

/** What tells its random numbers from those of other ops: "augr". */
export const AUGMENT_KEY = 0x61756772;

/** One change of all images. */
export interface Stage {
  /** What it does. */
  readonly kind: (typeof AUGMENT_KINDS)[number];
  /** Pixels of a shift or of a cut-out's side, the least side of a crop's window over the image's, radians, or the noise's standard deviation. */
  readonly amount?: number;
  /** Of a flip. */
  readonly probability?: number;
}

export interface AugmentAttrs {
  /** Height, width and channels of an image. */
  readonly image: readonly [number, number, number];
  /** One after the other. */
  readonly stages: readonly Stage[];
}

/**
 * The images of a batch, each changed in its own way. The places of all stages are composed, so that pixels are interpolated once (bilinear), and what comes from
 * beyond the border is 0; noise is added to what comes out. It has no gradient: data are not trained.
 */
export const augmentOp: Op<AugmentAttrs> = {
  name: 'augment',
  padding: rowByRow,
  infer: ([x], { image }) => {
    if (sizeOf(x!.shape.slice(1)) !== sizeOf(image))
      throw new ShapeError(`augment: expected samples of ${shapeText(image)}, got ${shapeText(x!.shape.slice(1))}`);
    return [x!];
  },
  vjp: null,
  lower: (emit, node) => {
    const { image, stages } = node.attrs;
    const [height, width, channels] = image;
    // An invocation goes over the channels of a pixel, and in each over four neighbors and all stages.
    requireTurns(emit.capabilities, 'augment', 'channels', channels, mostOuter(4 + 1 + stages.length));
    const pixels = sizeOf(node.outputs[0]!.type.shape) / channels;
    const words = stages.flatMap(({ kind, amount = 0, probability = 0 }) => [AUGMENT_KINDS.indexOf(kind), amount, probability, 0]);
    const table: Table = { kind: 'table', name: `${node.name}/stages`, words: words.length, fill: () => Float32Array.from(words) };
    emit.dispatch({
      kernel: augmentKernel,
      link: [GRID, RUN_STATE, RANDOM, LOGARITHM],
      params: { pixels, height, width, channels, stages: stages.length },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]!, run: persistent('run'), stages: table },
      workgroups: workgroupsFor(pixels),
    });
  },
};
