// Softmax and log-softmax over the last axis.

import logText from '../../shaders/log_softmax.wgsl';
import logGradText from '../../shaders/log_softmax_grad.wgsl';
import text from '../../shaders/softmax.wgsl';
import gradText from '../../shaders/softmax_grad.wgsl';
import type { Op } from '../graph/op.ts';
import { type Kernel, kernel } from '../kernel.ts';
import { rowsOf } from '../shape.ts';
import { GRID, linearInFirst, requireSameShape, rowByRow, WALKED } from './kernels.ts';
import { shareRows } from './pieces.ts';

type None = Record<never, never>;
const params = { rows: 'u32', columns: 'u32' } as const;

export const softmaxKernel = kernel('softmax', text, { bindings: { x: 'read_write', y: 'read_write' }, params, overrides: { WORKGROUP: 4 } });
export const logSoftmaxKernel = kernel('log_softmax', logText, { bindings: { x: 'read_write', y: 'read_write' }, params, overrides: { WORKGROUP: 4 } });
export const softmaxGradKernel = kernel('softmax_grad', gradText, {
  bindings: { dy: 'read_write', y: 'read_write', dx: 'read_write' },
  params,
  overrides: { WORKGROUP: 4 },
});
export const logSoftmaxGradKernel = kernel('log_softmax_grad', logGradText, {
  bindings: { dy: 'read_write', y: 'read_write', dx: 'read_write' },
  params,
  overrides: { WORKGROUP: 4 },
});

/* @__NO_SIDE_EFFECTS__ */
function gradient(name: string, k: Kernel<'dy' | 'y' | 'dx', 'rows' | 'columns', 'WORKGROUP'>): Op<None> {
  return {
    name,
    padding: linearInFirst,
    infer: ([dy, y], _attrs, where) => {
      requireSameShape(`${name} at ${where}`, dy!, y!);
      return [dy!];
    },
    vjp: null,
    lower: (emit, node) => {
      const { rows, columns } = rowsOf(node.outputs[0]!.type);
      const shared = shareRows(emit.capabilities, `${name} at ${node.name}`, [rows, columns], 2);
      emit.dispatch({
        kernel: k,
        link: [GRID, shared.rows],
        overrides: shared.overrides,
        params: { rows, columns },
        bindings: { dy: node.inputs[0]!, y: node.inputs[1]!, dx: node.outputs[0]! },
        workgroups: shared.workgroups,
        work: WALKED * rows * columns,
      });
    },
  };
}

/* @__NO_SIDE_EFFECTS__ */
function forward(name: string, k: Kernel<'x' | 'y', 'rows' | 'columns', 'WORKGROUP'>, grad: Op<None>): Op<None> {
  return {
    name,
    padding: rowByRow,
    infer: ([x]) => [x!],
    vjp: (graph, node, [dy]) => [graph.apply(grad, [dy!, node.outputs[0]!], {}, `${node.name}/dx`)[0]!],
    lower: (emit, node) => {
      const { rows, columns } = rowsOf(node.outputs[0]!.type);
      const shared = shareRows(emit.capabilities, `${name} at ${node.name}`, [rows, columns], 3);
      emit.dispatch({
        kernel: k,
        link: [GRID, shared.rows],
        overrides: shared.overrides,
        params: { rows, columns },
        bindings: { x: node.inputs[0]!, y: node.outputs[0]! },
        workgroups: shared.workgroups,
        work: WALKED * rows * columns,
      });
    },
  };
}

/** dx = y (dy - sum dy y): inputs dy and y. */
export const softmaxGradOp: Op<None> = gradient('softmax_grad', softmaxGradKernel);
/** dx = dy - exp(y) sum dy: inputs dy and y. */
export const logSoftmaxGradOp: Op<None> = gradient('log_softmax_grad', logSoftmaxGradKernel);
/** y = exp(x) / sum exp(x) per row. */
export const softmaxOp: Op<None> = forward('softmax', softmaxKernel, softmaxGradOp);
/** y = x - log sum exp(x) per row. */
export const logSoftmaxOp: Op<None> = forward('log_softmax', logSoftmaxKernel, logSoftmaxGradOp);
