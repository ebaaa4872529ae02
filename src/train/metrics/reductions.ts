// Reductions of outputs and targets on the GPU, for several metrics. Sums are over the rows that count, in float32 within a pass and in float64 over the passes.
import type { Value } from '../../graph/graph.ts';
import { crossEntropyOp } from '../../ops/losses.ts';
import { sub } from '../../ops/public/arithmetic.ts';
import { abs, square } from '../../ops/public/functions.ts';
import { cast, equal, greater, greaterEqual, less, where } from '../../ops/public/masks.ts';
import { oneHot, tensor } from '../../ops/public/picks.ts';
import { argmax, sum } from '../../ops/public/reductions.ts';
import { reshape } from '../../ops/public/shapes.ts';
import { weighing } from '../../ops/target_weights.ts';
import type { MeasuredPass, Reduction } from './measured.ts';

/** The outputs themselves, for metrics that need all of them at once. */
export const allOutputs: Reduction = { name: 'outputs', per: 'row', append: ({ output }) => output };

/** The class that is answered, one number for each row: the largest output, of equal ones the first; of one output whether it is above 0. */
export const answeredClass: Reduction = {
  name: 'class',
  per: 'row',
  append: ({ output, columns }) => (columns > 1 ? argmax(output) : greater(output, 0)),
};

/**
 * How many outputs the right class beats or equals, itself included: all if it ranks first. Of equal ones the first ranks higher, as in `answeredClass`. In a row of
 * NaN it ranks last.
 */
export const beaten: Reduction = {
  name: 'beaten',
  per: 'row',
  append({ output, target, columns, loss }) {
    const label = loss.targetDtype === 'i32' ? target : argmax(target, -1, { keepDims: true });
    const [rows] = output.type.shape as [number];
    const right = equal(reshape(oneHot(label, columns), [rows, columns]), 1);
    const own = sum(where(right, output, 0), -1, { keepDims: true });
    const places = tensor(output, [Array.from({ length: columns }, (_, i) => i)], { dtype: 'i32' });
    return sum(cast(where(equal(output, own), greaterEqual(places, label), less(output, own)), 'f32'), -1);
  },
};

/** The cross entropy of each row, without label smoothing and weights of classes. */
export const crossEntropies: Reduction = {
  name: 'cross_entropy',
  per: 'row',
  append: ({ graph, output, target, loss }) =>
    graph.apply(
      crossEntropyOp,
      [output, target],
      {
        targets: loss.targetDtype === 'i32' ? 'index' : 'probability',
        smoothing: 0,
        ...(loss.ignored === undefined ? {} : { weighing: weighing(undefined, loss.ignored) }),
      },
      'cross_entropy',
    )[0]!,
};

const sumOfCounted = (x: Value, counted: Value | undefined): Value => sum(counted ? where(counted, x, 0) : x, 0);

/** Of each column, the sum of the squared differences from the targets. */
export const squaredErrors: Reduction = {
  name: 'squared_errors',
  per: 'pass',
  append: ({ output, target, counted }: MeasuredPass) => sumOfCounted(square(sub(output, target)), counted),
};

/** Of each column, the sum of the absolute differences from the targets. */
export const absoluteErrors: Reduction = {
  name: 'absolute_errors',
  per: 'pass',
  append: ({ output, target, counted }: MeasuredPass) => sumOfCounted(abs(sub(output, target)), counted),
};
