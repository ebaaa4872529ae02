// A custom loss, from functions of `fathom-webgpu/ops`.
import { ShapeError, show, UsageError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import { meanSeed } from '../../ops/constant.ts';
import { reshape } from '../../ops/reshape.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { rowsOf, shapeText, sizeOf } from '../../shape.ts';
import { CLASS_INDEX } from '../targets.ts';
import { argmax, type Loss } from './loss.ts';

/** A custom loss: from the model's output and the targets to one loss per row. */
export type LossFunction = (output: Value, target: Value) => Value;

/** What targets a loss of your own takes. */
export interface CustomLossOptions {
  /** 'classification': the class is the largest output, and there is an accuracy. 'regression' by default. */
  task?: Loss['task'];
  /**
   * What targets are: 'index', a class index in i32, [batch, 1]; 'values', numbers in f32, [batch, targetSize]. The first by default for classification,
   * the second for regression.
   */
  targets?: 'index' | 'values';
  /** Columns of `values`; as many as the model has outputs by default. */
  targetSize?: number;
}

const OPTIONS = {
  task: { type: 'name', names: ['classification', 'regression'], default: 'regression' },
  targets: { type: 'name', names: ['index', 'values'] },
  targetSize: { type: 'integer', min: 1 },
} as const satisfies OptionTable<CustomLossOptions>;

/**
 * Makes a loss of your own from functions of `fathom-webgpu/ops`. The mean over the true rows is trained, by gradients that follow from the functions.
 *
 * @param name - For messages and tables.
 * @param build - From output, `[batch, outputs]`, and targets to one number per row, `[batch]` or `[batch, 1]`; of an output `[batch, positions, outputs]` to
 *   one
 * for each position, `[batch, positions]`, or for each sample.
 * @param options - Task, and what targets are.
 * @returns A loss, for `createTrainer`.
 * @throws UsageError for another name, task or width; while a trainer is built, UsageError for a function that returns no value of its graph and ShapeError for
 * more numbers than one in a row.
 * @example
 * import { loss } from 'fathom-webgpu';
 * import { crossEntropy, exp, mul, neg, square, sub } from 'fathom-webgpu/ops';
 * const focal = loss('focal', (output, label) => {
 *   const each = crossEntropy(output, label);
 *   return mul(square(sub(1, exp(neg(each)))), each);
 * }, { task: 'classification' });
 */
export function loss(name: string, build: LossFunction, options: CustomLossOptions = {}): Loss {
  if (typeof name !== 'string' || name === '') throw new UsageError(`loss: expected a name, got ${show(name)}`);
  if (typeof build !== 'function') throw new UsageError(`loss ${name}: expected a function of output and targets, got ${show(build)}`);
  const {
    task,
    targetSize,
    targets = task === 'classification' ? 'index' : 'values',
  } = readOptions<CustomLossOptions, typeof OPTIONS>(`loss ${name}`, OPTIONS, options);
  const index = targets === 'index';
  return {
    name,
    task,
    targetSize: (outputs) => (index ? 1 : (targetSize ?? outputs)),
    targetDtype: index ? 'i32' : 'f32',
    ...(index ? { targets: CLASS_INDEX } : {}),
    ...(task === 'classification' ? { toClassIndex: (row: Float32Array) => (row.length === 1 && index ? row[0]! : argmax(row)) } : {}),
    build(graph, output, target) {
      const losses = graph.scope('loss', () => build(output, target));
      if (Graph.of(losses) !== graph) throw new UsageError(`loss ${name}: expected the function to return a value of this graph, got ${show(losses)}`);
      const [rows] = output.type.shape as [number];
      const { rows: positions, columns } = rowsOf(output.type);
      // The largest of one output is always that one, and every answer would be right.
      if (task === 'classification' && columns === 1)
        throw new UsageError(`loss ${name}: expected 2 outputs or more, the class is the largest of them; for one output use task 'regression'`);
      const { shape, rowsPerSample } = losses.type;
      const size = sizeOf(shape);
      if ((size !== rows && size !== positions) || shape[0] !== rows || rowsPerSample !== output.type.rowsPerSample)
        throw new ShapeError(
          `loss ${name}: expected one number for each row of the output ${shapeText(output.type.shape)}, so ${shapeText([rows])} of the batch${positions === rows ? '' : `, or ${shapeText(output.type.shape.slice(0, -1))}`}, got ${shapeText(shape)}${rowsPerSample ? '' : ' of no batch'}: take means and sums over the last axis`,
        );
      return reshape(graph, losses, [size]);
    },
    seed: meanSeed,
  };
}
