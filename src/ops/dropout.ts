// Inverted dropout (Srivastava 2014) with counter-based random numbers: no mask is stored.
import text from '../../shaders/dropout.wgsl';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { asInput, GRID, persistent, RANDOM, RUN_STATE, workgroupsFor } from './kernels.ts';

export const dropoutKernel = kernel('dropout', text, {
  bindings: { x: 'read_write', y: 'read_write', run: 'read' },
  params: { count: 'u32', layer: 'u32', threshold: 'u32', factor: 'f32' },
});

export interface DropoutAttrs {
  /** Fraction of elements that become zero, in [0, 1). */
  readonly rate: number;
  /** Tells the layers of a model apart. */
  readonly layer: number;
}

/** The largest word that is kept, plus one: keep * 2^32. */
export function dropoutThreshold(rate: number): number {
  return Math.min(0xffffffff, Math.round((1 - rate) * 4294967296));
}

/** y = x / keep where kept, else 0; linear, and its own gradient. */
export const dropoutOp: Op<DropoutAttrs> = {
  name: 'dropout',
  padding: asInput,
  infer: ([x]) => [x!],
  vjp: (graph, node, [dy]) => [graph.apply(dropoutOp, [dy!], node.attrs, `${node.name}/dx`)[0]!],
  lower: (emit, node) => {
    const count = sizeOf(node.outputs[0]!.type.shape);
    const { rate, layer } = node.attrs;
    emit.dispatch({
      kernel: dropoutKernel,
      link: [GRID, RUN_STATE, RANDOM],
      params: { count, layer, threshold: dropoutThreshold(rate), factor: 1 / (1 - rate) },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]!, run: persistent('run') },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};
