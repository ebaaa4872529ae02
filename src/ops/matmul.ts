// The matrix product, and the choice among its kernels.

import aColumnsText from '../../shaders/matmul/a_columns.wgsl';
import aRowsText from '../../shaders/matmul/a_rows.wgsl';
import bColumnsText from '../../shaders/matmul/b_columns.wgsl';
import bRowsText from '../../shaders/matmul/b_rows.wgsl';
import activationGradText from '../../shaders/matmul/epilogue_activation_grad.wgsl';
import biasActivationText from '../../shaders/matmul/epilogue_bias_activation.wgsl';
import biasActivationStoreZText from '../../shaders/matmul/epilogue_bias_activation_store_z.wgsl';
import noneText from '../../shaders/matmul/epilogue_none.wgsl';
import shapeModuleText from '../../shaders/matmul/shape.wgsl';
import scalarText from '../../shaders/matmul/store_scalar.wgsl';
import vec4Text from '../../shaders/matmul/store_vec4.wgsl';
import stridedText from '../../shaders/matmul/strided.wgsl';
import sharedText from '../../shaders/matmul_shared.wgsl';
import { ShapeError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Capabilities, Emitter, Op } from '../graph/op.ts';
import type { When } from '../groups.ts';
import { type Kernel, kernel, type Source } from '../kernel.ts';
import { shapeText, sizeOf, type TensorType } from '../shape.ts';
import { kernelsFor, kernelsOf } from './kernel_choice.ts';
import { asInput, GRID, requireNoBatch, SHARED_TILE } from './kernels.ts';
import { fillPadding } from './padding.ts';

/* @__NO_SIDE_EFFECTS__ */
function module(name: string, text: string): Source {
  return { file: `matmul/${name}`, text };
}

const SHAPE = module('shape', shapeModuleText);
/** How operands whose sizes are multiples of 4 are read, as stored and transposed; and all others. */
const A = [module('a_rows', aRowsText), module('a_columns', aColumnsText)];
const B = [module('b_rows', bRowsText), module('b_columns', bColumnsText)];
const STRIDED = [module('strided', stridedText)];
const STORE = { vec4: module('store_vec4', vec4Text), scalar: module('store_scalar', scalarText) };

/** Epilogues: what happens to a row of outputs before it is stored. Their extra bindings start at 4. */
export const EPILOGUE: Readonly<Record<'none' | 'biasActivation' | 'biasActivationStoreZ' | 'activationGrad', Source>> = {
  none: module('epilogue_none', noneText),
  biasActivation: module('epilogue_bias_activation', biasActivationText),
  biasActivationStoreZ: module('epilogue_bias_activation_store_z', biasActivationStoreZText),
  activationGrad: module('epilogue_activation_grad', activationGradText),
};

export const MATMUL_HEADER = {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: { m: 'u32', n: 'u32', k: 'u32', a_row: 'u32', a_column: 'u32', b_row: 'u32', b_column: 'u32' },
} as const;
export const matmulSharedKernel = kernel('matmul_shared', sharedText, { ...MATMUL_HEADER, overrides: { FOLDED: 0 } });

/** How the operands of a product are stored. */
export interface MatmulAttrs {
  /** A is stored [k, m]. */
  readonly transposeA?: boolean;
  /** B is stored [n, k]. */
  readonly transposeB?: boolean;
}

/** m, n, k of a product; throws ShapeError where the inner sizes differ. An operand of more dimensions counts as rows of its last axis. */
export function matmulSizes(
  a: readonly number[],
  b: readonly number[],
  { transposeA, transposeB }: MatmulAttrs,
  where: string,
): { m: number; n: number; k: number } {
  const matrix = (shape: readonly number[]): [number, number] => [sizeOf(shape.slice(0, -1)), shape.at(-1)!];
  const [m, k] = transposeA ? (matrix(a).reverse() as [number, number]) : matrix(a);
  const [inner, n] = transposeB ? (matrix(b).reverse() as [number, number]) : matrix(b);
  if (k !== inner) throw new ShapeError(`matmul at ${where}: inner sizes differ, ${k} and ${inner} (a is ${shapeText(a)}, b is ${shapeText(b)})`);
  return { m, n, k };
}

/** The type of a product. Throws ShapeError where the inner sizes differ; which axes count samples is for `matmulOp` to check, before anything is fused. */
export function productType(a: TensorType, b: TensorType, attrs: MatmulAttrs, where: string): TensorType {
  const { m, n } = matmulSizes(a.shape, b.shape, attrs, where);
  return attrs.transposeA ? { ...a, shape: [m, n] } : { ...a, shape: [...a.shape.slice(0, -1), n] };
}

/** What a fused product adds to the plain one. */
export interface Finish {
  readonly module: Source;
  /** Modules that the epilogue calls. */
  readonly link?: readonly Source[];
  readonly overrides?: Readonly<Record<string, number>>;
  /** Targets of the bindings from 4 on. */
  readonly bindings?: readonly Value[];
  /** When the dispatch runs, if not with its node. */
  readonly when?: When;
}

/** Inner indexes above which a product is made in pieces. Such products are not fused: a sum that is not whole has no epilogue. */
export const LONG_INNER = 2 ** 14;
/** Tiles of 64 x 64 from which on a product keeps a GPU busy with them; below, tiles of 32 x 32 are four times as many. */
const LARGE_TILES = 128;

export interface ChosenProduct {
  readonly kernel: Kernel<'a' | 'b' | 'c', keyof typeof MATMUL_HEADER.params>;
  readonly link: readonly Source[];
  readonly overrides?: Readonly<Record<string, number>>;
  readonly workgroups: [number, number];
  /** Multiply-adds that it takes the time of, where they are not those of its sizes. */
  readonly work?: number;
}

/** The kernel for a product, what it is linked with, and its grid. `aligned`: all sizes are multiples of 4. */
function choose(capabilities: Capabilities, { m, n, k }: { m: number; n: number; k: number }, aligned: boolean): ChosenProduct {
  const grid = (columns: number, rows: number): [number, number] => [Math.ceil(n / columns), Math.ceil(m / rows)];
  const { products } = kernelsFor(capabilities);
  if (products === 'shared') {
    const large = grid(64, 64);
    if (large[0] * large[1] >= LARGE_TILES) return { ...kernelsOf('seldom').LARGE_PRODUCT, workgroups: large };
    return { kernel: matmulSharedKernel, link: SHARED_TILE, workgroups: grid(32, 32) };
  }
  return kernelsOf('swiftshader').chooseTuned(products === 'quads' && aligned, { m, n, k }, grid);
}

/**
 * Emits c = A B with an epilogue: in tiles in workgroup memory, or on SwiftShader in register tiles, which four invocations share where
 * their registers can be swapped and the sizes suit.
 */
export function emitMatmul(emit: Emitter, a: Value, b: Value, c: Value, attrs: MatmulAttrs, where: string, epilogue: Finish = { module: EPILOGUE.none }): void {
  const sizes = matmulSizes(a.type.shape, b.type.shape, attrs, where);
  const { m, n, k } = sizes;
  const aligned = m % 4 === 0 && n % 4 === 0 && k % 4 === 0;
  const operands = aligned ? [A[attrs.transposeA ? 1 : 0]!, B[attrs.transposeB ? 1 : 0]!] : STRIDED;
  const [a_row, a_column] = attrs.transposeA ? [1, m] : [k, 1];
  const [b_row, b_column] = attrs.transposeB ? [1, k] : [n, 1];
  const params = { m, n, k, a_row, a_column, b_row, b_column };
  if (k > LONG_INNER && epilogue.module === EPILOGUE.none && kernelsFor(emit.capabilities).products === 'shared') {
    kernelsOf('seldom').emitInPieces(emit, a, b, c, params, [SHAPE, GRID, ...operands]);
    return;
  }
  const chosen = choose(emit.capabilities, sizes, aligned);
  emit.dispatch({
    kernel: chosen.kernel,
    link: [...chosen.link, SHAPE, GRID, ...operands, STORE[aligned ? 'vec4' : 'scalar'], epilogue.module, ...(epilogue.link ?? [])],
    overrides: { ...chosen.overrides, ...epilogue.overrides },
    params,
    bindings: { a, b, c },
    ...(epilogue.bindings ? { moreBindings: epilogue.bindings.map((target) => ({ access: 'read_write' as const, target })) } : {}),
    workgroups: chosen.workgroups,
    work: chosen.work ?? m * n * k,
    ...(epilogue.when ? { when: epilogue.when } : {}),
  });
}

/** A product sums over its inner size, so no sample may lie along it, and none along the columns of c. */
function checkBatch(a: TensorType, b: TensorType, { transposeA }: MatmulAttrs, where: string): void {
  if (transposeA) requireNoBatch(`matmul at ${where}, a`, a, 'a product would sum over it; fill the padding first');
  requireNoBatch(`matmul at ${where}, b`, b, 'put the batch on the left, or fill the padding first');
}

/** c [..., n] = A [..., k] B [k, n]; either operand may be stored transposed, and is a matrix of rows of its last axis then. */
export const matmulOp: Op<MatmulAttrs> = {
  name: 'matmul',
  padding: asInput,
  signal: { kind: 'product', weights: [1, 0], fanIn: ([a, b], attrs) => matmulSizes(a!.shape, b!.shape, attrs, 'matmul').k },
  infer: ([a, b], attrs, where) => {
    for (const operand of [a!, b!])
      if (operand.shape.length < 2) throw new ShapeError(`matmul at ${where}: expected at least 2 dimensions, got ${shapeText(operand.shape)}`);
    checkBatch(a!, b!, attrs, where);
    return [productType(a!, b!, attrs, where)];
  },
  vjp: (graph, node, [dc]) => {
    const [a, b] = node.inputs;
    const { transposeA = false, transposeB = false } = node.attrs;
    const product = (x: Value, y: Value, attrs: MatmulAttrs, of: string): Value => graph.apply(matmulOp, [x, y], attrs, `${node.name}/${of}`)[0]!;
    const da = transposeA ? product(b!, dc!, { transposeA: transposeB, transposeB: true }, 'da') : product(dc!, b!, { transposeB: !transposeB }, 'da');
    // Sums over the batch: zeros in the padded rows of one operand, finite numbers in those of the other.
    const x = fillPadding(graph, a!, 0, true);
    const d = fillPadding(graph, dc!, 0);
    const db = transposeB ? product(d, x, { transposeA: true, transposeB: transposeA }, 'db') : product(x, d, { transposeA: !transposeA }, 'db');
    return [da, db];
  },
  lower: (emit, node) => emitMatmul(emit, node.inputs[0]!, node.inputs[1]!, node.outputs[0]!, node.attrs, node.name),
};
