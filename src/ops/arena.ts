// Whole arenas copied and subtracted: how a probe sees what an update did.

import subtractText from '../../shaders/binary/subtract.wgsl';
import type { Op, ResidentName } from '../graph/op.ts';
import { copyWords } from './copy.ts';
import { binaryKernel } from './elementwise.ts';
import { GRID, groupsFor, resident } from './kernels.ts';

/** to = from. */
export const copyArenaOp: Op<{ from: ResidentName; to: ResidentName; words: number }> = {
  name: 'copy_arena',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => emit.dispatch(copyWords(resident(node.attrs.from), resident(node.attrs.to, node.attrs.words * 4), node.attrs.words)),
};

/** to = a - b. */
export const differenceOp: Op<{ a: ResidentName; b: ResidentName; to: ResidentName; words: number }> = {
  name: 'difference',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { a, b, to, words } = node.attrs;
    emit.dispatch({
      kernel: binaryKernel,
      link: [GRID, { file: 'binary/subtract', text: subtractText }],
      params: { count: words },
      bindings: { a: resident(a), b: resident(b), y: resident(to, words * 4) },
      workgroups: groupsFor(Math.ceil(words / 4)),
    });
  },
};
