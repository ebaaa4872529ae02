// Targets of cross entropy that do not all count alike: weights of classes, an index that does not count, and the sum of weights that a mean is over.
import targetWeightText from '../../shaders/target_weight.wgsl';
import classesText from '../../shaders/target_weights/classes.wgsl';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { f32, rowsOf } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, persistent, RUN_STATE, TRUE_ROWS, WALKED } from './kernels.ts';
import { type Weighing, weightTable } from './losses.ts';

/** No index: nothing is ignored. */
const NOTHING = -(2 ** 31);

/** Weights for all classes, 1 by default, and the index that does not count. */
export function weighing(classWeights?: readonly number[], ignored?: number): Weighing {
  return {
    ...(classWeights ? { classWeights: [...classWeights] } : {}),
    ...(ignored === undefined ? {} : { ignored }),
    request: (emit, classes, total) => ({
      link: [{ file: 'target_weights/classes', text: classesText }],
      overrides: { IGNORED: ignored ?? NOTHING, BY_ROWS: total ? 0 : 1 },
      moreBindings: [
        { access: 'read', target: tableOf(classWeights, classes) },
        { access: 'read_write', target: total ?? emit.scratch('no_total', 4) },
      ],
    }),
  };
}

const tableOf = (weights: readonly number[] | undefined, classes: number): ReturnType<typeof weightTable> =>
  weightTable(weights ?? new Array<number>(classes).fill(1));

export const targetWeightKernel = kernel('target_weight', targetWeightText, {
  bindings: { labels: 'read_write', class_weights: 'read', y: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', classes: 'u32', piece: 'u32' },
  overrides: { WIDTH: 64, IGNORED: -100 },
});

/** Rows that a workgroup goes over. */
const PIECE = 2 ** 18;

export interface TargetWeightAttrs {
  readonly classes: number;
  readonly weighing: Weighing;
}

/** The sum of the weights of all true targets, class indices [..., 1]: a scalar. Ignored targets and invalid classes have weight 0. */
export const targetWeightOp: Op<TargetWeightAttrs> = {
  name: 'target_weight',
  elements: ['i32'],
  stops: true,
  infer: () => [f32()],
  vjp: null,
  lower: (emit, node) => {
    const labels = node.inputs[0]!;
    const { rows, rowsPerSample } = rowsOf(labels.type);
    const { classes, weighing } = node.attrs;
    const y = node.outputs[0]!;
    const pieces = Math.ceil(rows / PIECE);
    const sums = pieces === 1 ? y : emit.scratch('pieces', pieces);
    emit.dispatch({
      kernel: targetWeightKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS],
      overrides: { IGNORED: weighing.ignored ?? NOTHING },
      params: { rows, rows_per_sample: rowsPerSample, classes, piece: Math.min(rows, PIECE) },
      bindings: { labels, class_weights: tableOf(weighing.classWeights, classes), y: sums, run: persistent('run') },
      workgroups: [pieces],
      work: WALKED * rows,
    });
    if (pieces > 1) kernelsOf('seldom').emitSum(emit, sums, pieces, 1, y);
  },
};
