// What losses share that are a mean over elements.
import { ShapeError } from '../../errors.ts';
import { type ElementwiseLoss, elementwiseLossOp } from '../../ops/losses.ts';
import { lastOf } from '../../shape.ts';
import type { TargetRule } from '../targets.ts';
import { argmax, type Loss } from './loss.ts';

interface Elementwise extends Pick<Loss, 'task' | 'probabilities'> {
  readonly targets: TargetRule;
  /** Of a classification with one output: whether that number, an output or a target, says the second of two classes. */
  readonly isSecond?: (value: number) => boolean;
  readonly params?: Readonly<Record<string, number>>;
  /** Of bce_with_logits: what positive targets count. */
  readonly posWeight?: number | readonly number[] | undefined;
}

export function elementwise(entry: ElementwiseLoss, { task, targets, probabilities, isSecond, params = {}, posWeight }: Elementwise): Loss {
  return {
    name: entry.name,
    options: { ...params, ...(posWeight === undefined ? {} : { posWeight }) },
    task,
    targetSize: (outputs) => outputs,
    targets,
    ...(probabilities ? { probabilities } : {}),
    // Several columns are one for each class, one column is the second of two.
    ...(isSecond ? { toClassIndex: (row: Float32Array) => (row.length > 1 ? argmax(row) : Number(isSecond(row[0]!))) } : {}),
    build: (graph, output, target) => {
      const columns = lastOf(output.type);
      const weights = typeof posWeight === 'number' ? new Array<number>(columns).fill(posWeight) : posWeight;
      if (weights && weights.length !== columns)
        throw new ShapeError(`${entry.name}: posWeight: expected one number, or one for each of ${columns} outputs, got ${weights.length}`);
      return graph.apply(elementwiseLossOp, [output, target], { entry, params, ...(weights ? { posWeight: weights } : {}) }, 'loss')[0]!;
    },
  };
}
