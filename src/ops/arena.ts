// A whole arena copied: how a probe sees what an update did.
import type { BufferName, Op } from '../graph/op.ts';
import { kernelsOf } from './kernel_choice.ts';
import { persistent } from './kernels.ts';

/** to = from. */
export const copyArenaOp: Op<{ from: BufferName; to: BufferName; words: number }> = {
  name: 'copy_arena',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) =>
    emit.dispatch(kernelsOf('seldom').copyWords(persistent(node.attrs.from), persistent(node.attrs.to, node.attrs.words * 4), node.attrs.words)),
};
