// The activation behind a sum, as behind a block with a shortcut. It appears only after differentiation.
import text from '../../shaders/binary/add_activation.wgsl';
import type { Node } from '../graph/graph.ts';
import type { Fusion, Op } from '../graph/op.ts';
import { sameShape, sizeOf } from '../shape.ts';
import { type ActivationAttrs, activationOp, activationOverrides, activationSources } from './activations.ts';
import { addOp } from './elementwise.ts';
import { replaceNodes } from './fusions.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, requireSameShape, workgroupsFor } from './kernels.ts';

/** h = act(a + b), two tensors of one type. */
export const sumActivationOp: Op<ActivationAttrs> = {
  name: 'sum_activation',
  infer: ([a, b], _attrs, where) => {
    requireSameShape(`sum_activation at ${where}`, a!, b!);
    return [a!];
  },
  vjp: null,
  lower: (emit, { inputs, outputs, attrs }) => {
    const count = sizeOf(outputs[0]!.type.shape);
    emit.dispatch({
      kernel: kernelsOf('seldom').binaryKernel,
      link: [GRID, { file: 'binary/add_activation', text }, ...activationSources(attrs)],
      overrides: activationOverrides(attrs),
      params: { count },
      bindings: { a: inputs[0]!, b: inputs[1]!, y: outputs[0]! },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};

/** A sum that only an activation reads is not stored. */
export const activationBehindSum: Fusion = {
  name: 'sum_activation',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const sum of nodes) {
      const [a, b] = sum.inputs;
      if (sum.op !== addOp || !sameShape(a!.type.shape, b!.type.shape) || a!.type.rowsPerSample !== b!.type.rowsPerSample) continue;
      const z = sum.outputs[0]!;
      const [activation, ...others] = context.readers(z);
      if (!activation || activation.op !== activationOp || others.length > 0 || context.retained(z) || activation.inputs[0] !== z) continue;
      replaced.set(sum, null);
      const attrs = activation.attrs as ActivationAttrs;
      replaced.set(activation, context.node(sumActivationOp, sum.inputs, attrs, { name: sum.name, group: sum.group, outputs: activation.outputs }));
      fused.push(`${sum.name} + ${attrs.name}`);
    }
    return { nodes: replaceNodes(nodes, replaced), fused };
  },
};
