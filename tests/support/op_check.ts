// A case of an op on the GPU, forward and backward, beside the float64 reference.
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { Random } from '../../src/random.ts';
import { tensor64 } from '../../src/reference/index.ts';
import { expectAsReference, type RunOptions } from './gpu.ts';
import { buildCase, type OpCase, type Size } from './op_cases.ts';

export interface CheckOptions extends RunOptions {
  /** No upstream gradient: a loss is the mean over the true rows. */
  readonly mean?: boolean;
}

/** Rounding per element, or that of a sum of K terms: the honest bound of f32 with partial sums. */
const toleranceOf = (op: OpCase, size: Size): number => (op.sum ? 1e-6 + 4e-7 * Math.sqrt(op.sum(size)) : 2e-6);

/** Compares outputs and gradients, with a random upstream. `options.rows` are the true rows of a batch. */
export async function checkOp(op: OpCase, given: Size, { mean = false, ...options }: CheckOptions = {}): Promise<void> {
  const size = { ...given, rows: op.fourRows ? Math.ceil(given.rows / 4) * 4 : given.rows };
  const { graph, output, inputs } = buildCase(op, size, new Graph());
  const all = new Map(inputs);
  const outputs: Value[] = [...graph.nodes.at(-1)!.outputs];
  if (!op.noGradient) {
    const random = new Random(23);
    const upstream = mean ? null : graph.input('upstream', output.type);
    if (upstream)
      all.set(
        'upstream',
        tensor64(output.type.shape, () => Math.fround(random.normal())),
      );
    const gradients = differentiate(output, upstream);
    for (const name of inputs.keys()) if (name !== 'targets') outputs.push(gradients.get(graph.find(name)!)!);
  }
  // What cancels to nearly nothing, as one element less its mean, keeps the rounding of what cancelled.
  await expectAsReference(graph, all, outputs, toleranceOf(op, size), options, 0.01);
}
