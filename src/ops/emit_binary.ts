// The kernels of operations on two tensors.
import binaryText from '../../shaders/binary.wgsl';
import broadcastText from '../../shaders/binary_broadcast.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { emitAllButOne, emitBroadcast } from './emit_sums.ts';
import { workgroupsFor } from './kernels.ts';

export const binaryKernel = kernel('binary', binaryText, {
  bindings: { a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32' },
});
export const binaryBroadcastKernel = kernel('binary_broadcast', broadcastText, {
  bindings: { x: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32', rows: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 64, SWAPPED: 0 },
});

/** One dispatch where at most one of the two is repeated, and along neighboring axes; what else is to be repeated is written out before. */
export function emitBinary(emit: Emitter, a: Value, b: Value, y: Value, link: readonly Source[]): void {
  const { shape } = y.type;
  const count = sizeOf(shape);
  const workgroups = workgroupsFor(Math.ceil(count / 4));
  const whole = (v: Value): boolean => sizeOf(v.type.shape) === count;
  if (whole(a) && whole(b)) {
    emit.dispatch({ kernel: binaryKernel, link, params: { count }, bindings: { a, b, y }, workgroups });
    return;
  }
  const swapped = !whole(a) && whole(b);
  let [x, repeated] = swapped ? [b, a] : [a, b];
  if (!whole(x)) {
    const written = emit.scratch('repeated', count);
    emitBroadcast(emit, x, shape, written);
    x = written;
  }
  const { x: last, rows, columns } = emitAllButOne(emit, repeated, shape);
  emit.dispatch({
    kernel: binaryBroadcastKernel,
    link,
    overrides: { SWAPPED: swapped ? 1 : 0 },
    params: { count, rows, columns },
    bindings: { x, b: last, y },
    workgroups,
  });
}
