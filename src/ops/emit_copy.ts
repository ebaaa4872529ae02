// The kernel of copies.
import text from '../../shaders/copy.wgsl';
import type { Value } from '../graph/graph.ts';
import type { DispatchRequest, Target } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { GRID, workgroupsFor } from './kernels.ts';

export const copyKernel = kernel('copy', text, { bindings: { x: 'read_write', y: 'read_write' }, params: { count: 'u32' } });

export function copyRequest(x: Value, y: Value): DispatchRequest<'x' | 'y', 'count', 'WORKGROUP'> {
  return copyWords(x, y, sizeOf(x.type.shape));
}

/** Copies `count` words from the start of one target to the start of another. */
export function copyWords(x: Target, y: Target, count: number): DispatchRequest<'x' | 'y', 'count', 'WORKGROUP'> {
  return { kernel: copyKernel, link: [GRID], params: { count }, bindings: { x, y }, workgroups: workgroupsFor(Math.ceil(count / 4)) };
}
