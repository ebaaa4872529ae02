// The matrix product, and the choice among its kernels.

import nnText from '../../shaders/matmul/blocks_nn.wgsl';
import ntText from '../../shaders/matmul/blocks_nt.wgsl';
import tnText from '../../shaders/matmul/blocks_tn.wgsl';
import ttText from '../../shaders/matmul/blocks_tt.wgsl';
import activationGradText from '../../shaders/matmul/finish_activation_grad.wgsl';
import biasActivationText from '../../shaders/matmul/finish_bias_activation.wgsl';
import biasActivationKeepText from '../../shaders/matmul/finish_bias_activation_keep.wgsl';
import noneText from '../../shaders/matmul/finish_none.wgsl';
import shapeModuleText from '../../shaders/matmul/shape.wgsl';
import scalarText from '../../shaders/matmul/store_scalar.wgsl';
import vec4Text from '../../shaders/matmul/store_vec4.wgsl';
import stridedText from '../../shaders/matmul/strided.wgsl';
import plainText from '../../shaders/matmul.wgsl';
import sharedText from '../../shaders/matmul_shared.wgsl';
import tile8Text from '../../shaders/matmul_tile8.wgsl';
import tile16Text from '../../shaders/matmul_tile16.wgsl';
import { ShapeError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Emitter, Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { f32, shapeText } from '../shape.ts';
import { requireRank } from './kernels.ts';

/* @__NO_SIDE_EFFECTS__ */
function module(name: string, text: string): Source {
  return { file: `matmul/${name}`, text };
}

const SHAPE = module('shape', shapeModuleText);
const STRIDED = module('strided', stridedText);
const BLOCKS = { nn: module('blocks_nn', nnText), nt: module('blocks_nt', ntText), tn: module('blocks_tn', tnText), tt: module('blocks_tt', ttText) };
const STORE = { vec4: module('store_vec4', vec4Text), scalar: module('store_scalar', scalarText) };

/** Epilogues: what happens to a row of outputs before it is stored. Their extra bindings start at 4. */
export const FINISH: Readonly<Record<'none' | 'biasActivation' | 'biasActivationKeep' | 'activationGrad', Source>> = {
  none: module('finish_none', noneText),
  biasActivation: module('finish_bias_activation', biasActivationText),
  biasActivationKeep: module('finish_bias_activation_keep', biasActivationKeepText),
  activationGrad: module('finish_activation_grad', activationGradText),
};

const header = {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: { m: 'u32', n: 'u32', k: 'u32', a_row: 'u32', a_column: 'u32', b_row: 'u32', b_column: 'u32' },
} as const;
export const matmulKernel = kernel('matmul', plainText, { ...header, overrides: { WORKGROUP: 4 } });
export const matmulTile8Kernel = kernel('matmul_tile8', tile8Text, { ...header, overrides: { WORKGROUP: 4 } });
export const matmulTile16Kernel = kernel('matmul_tile16', tile16Text, { ...header, overrides: { WORKGROUP: 4 } });
export const matmulSharedKernel = kernel('matmul_shared', sharedText, { ...header, overrides: {} });

export interface MatmulAttrs {
  /** A is stored [k, m]. */
  readonly transposeA?: boolean;
  /** B is stored [n, k]. */
  readonly transposeB?: boolean;
}

/** m, n, k of a product; throws ShapeError where the inner sizes differ. */
export function matmulSizes(
  a: readonly number[],
  b: readonly number[],
  { transposeA, transposeB }: MatmulAttrs,
  where: string,
): { m: number; n: number; k: number } {
  const [m, k] = transposeA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [n, inner] = transposeB ? [b[0]!, b[1]!] : [b[1]!, b[0]!];
  if (k !== inner) throw new ShapeError(`matmul at ${where}: inner sizes differ, ${k} and ${inner} (a is ${shapeText(a)}, b is ${shapeText(b)})`);
  return { m, n, k };
}

/** What a fused product adds to the plain one. */
export interface Finish {
  readonly module: Source;
  /** Modules that the epilogue calls. */
  readonly link?: readonly Source[];
  readonly overrides?: Readonly<Record<string, number>>;
  /** Targets of the bindings from 4 on. */
  readonly bindings?: readonly Value[];
}

/**
 * Emits c = A B with an epilogue. Software adapters get register tiles without workgroup memory where all sizes are
 * multiples of 4, real GPUs the kernel with shared tiles, odd shapes on software adapters the plain one.
 */
export function emitMatmul(emit: Emitter, a: Value, b: Value, c: Value, attrs: MatmulAttrs, where: string, finish: Finish = { module: FINISH.none }): void {
  const { m, n, k } = matmulSizes(a.type.shape, b.type.shape, attrs, where);
  const aligned = m % 4 === 0 && n % 4 === 0 && k % 4 === 0;
  const layout = `${attrs.transposeA ? 't' : 'n'}${attrs.transposeB ? 't' : 'n'}` as keyof typeof BLOCKS;
  const [a_row, a_column] = attrs.transposeA ? [1, m] : [k, 1];
  const [b_row, b_column] = attrs.transposeB ? [1, k] : [n, 1];
  const wide = m >= 64 && n >= 16;
  const [chosen, operands, workgroups] = !emit.capabilities.fallback
    ? ([matmulSharedKernel, STRIDED, [Math.ceil(n / 32), Math.ceil(m / 32)]] as const)
    : aligned
      ? wide
        ? ([matmulTile16Kernel, BLOCKS[layout], [Math.ceil(n / 64), Math.ceil(m / 16)]] as const)
        : ([matmulTile8Kernel, BLOCKS[layout], [Math.ceil(n / 32), Math.ceil(m / 8)]] as const)
      : ([matmulKernel, STRIDED, [Math.ceil(n / 16), Math.ceil(m / 4)]] as const);
  emit.dispatch({
    kernel: chosen,
    link: [SHAPE, operands, aligned && emit.capabilities.fallback ? STORE.vec4 : STORE.scalar, finish.module, ...(finish.link ?? [])],
    ...(finish.overrides ? { overrides: finish.overrides } : {}),
    params: { m, n, k, a_row, a_column, b_row, b_column },
    bindings: { a, b, c },
    ...(finish.bindings ? { moreBindings: finish.bindings.map((target) => ({ access: 'read_write' as const, target })) } : {}),
    workgroups,
  });
}

/** c [m, n] = A B; either operand may be stored transposed. */
export const matmulOp: Op<MatmulAttrs> = {
  name: 'matmul',
  infer: ([a, b], attrs, where) => {
    requireRank(`matmul at ${where}`, a!, 2);
    requireRank(`matmul at ${where}`, b!, 2);
    const { m, n } = matmulSizes(a!.shape, b!.shape, attrs, where);
    return [f32(m, n)];
  },
  vjp: (graph, node, [dc]) => {
    const [a, b] = node.inputs;
    const { transposeA = false, transposeB = false } = node.attrs;
    const product = (x: Value, y: Value, attrs: MatmulAttrs, of: string): Value => graph.apply(matmulOp, [x, y], attrs, `${node.name}/${of}`)[0]!;
    const da = transposeA ? product(b!, dc!, { transposeA: transposeB, transposeB: true }, 'da') : product(dc!, b!, { transposeB: !transposeB }, 'da');
    const db = transposeB ? product(dc!, a!, { transposeA: true, transposeB: transposeA }, 'db') : product(a!, dc!, { transposeA: !transposeA }, 'db');
    return [da, db];
  },
  lower: (emit, node) => emitMatmul(emit, node.inputs[0]!, node.inputs[1]!, node.outputs[0]!, node.attrs, node.name),
};
