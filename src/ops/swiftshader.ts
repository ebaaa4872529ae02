// Kernels that SwiftShader alone runs: loaded where that is the adapter (`kernelsOf`), so that a program on a GPU does without them.
import weightGradsText from '../../shaders/dense_weight_grads_quad.wgsl';
import perInvocationText from '../../shaders/lanes/per_invocation.wgsl';
import quadModuleText from '../../shaders/lib/quad.wgsl';
import text from '../../shaders/matmul.wgsl';
import quadText from '../../shaders/matmul_quad.wgsl';
import quad64Text from '../../shaders/matmul_quad64.wgsl';
import oneText from '../../shaders/sources/one.wgsl';
import { kernel, type Source } from '../kernel.ts';
import { roundUp } from '../shape.ts';
import { DENSE_WEIGHT_GRADS_HEADER } from './dense.ts';
import { type ChosenProduct, MATMUL_HEADER } from './matmul.ts';

/** Four invocations that swap registers. */
export const QUAD: Source = { file: 'lib/quad', text: quadModuleText };

export const matmulKernel = kernel('matmul', text, { ...MATMUL_HEADER, overrides: { WORKGROUP: 4, FOLDED: 0 } });
export const matmulQuadKernel = kernel('matmul_quad', quadText, { ...MATMUL_HEADER, overrides: { INNER_TAIL: 0, FOLDED: 0 } });
export const matmulQuad64Kernel = kernel('matmul_quad64', quad64Text, { ...MATMUL_HEADER, overrides: { INNER_TAIL: 0, FOLDED: 0 } });
export const denseWeightGradsQuadKernel = kernel('dense_weight_grads_quad', weightGradsText, {
  ...DENSE_WEIGHT_GRADS_HEADER,
  overrides: { INNER_TAIL: 0, ALIGNED: 0 },
});

/** Rows and multiply-adds from which on larger tiles in quads, a tenth faster, are worth the half second that they take to compile. */
const LARGE_QUAD_ROWS = 256;
const LARGE_QUAD_WORK = 2 ** 24;

/** Multiply-adds that an output takes the time of, whatever its sum; those of 16 columns take as long as those of one. */
const OUTPUT = 24;

/** The kernel for a product, in quads where these are wanted and the sizes suit; `grid` counts tiles of so many columns and rows. */
export function chooseTuned(
  quads: boolean,
  { m, n, k }: { m: number; n: number; k: number },
  grid: (columns: number, rows: number) => [number, number],
): ChosenProduct {
  if (!quads || m < 16 || n < 16) return { kernel: matmulKernel, link: [], workgroups: grid(16, 4), work: roundUp(m, 4) * roundUp(n, 16) * (k + OUTPUT) };
  const large = m >= LARGE_QUAD_ROWS && m * n * k >= LARGE_QUAD_WORK;
  return {
    kernel: large ? matmulQuad64Kernel : matmulQuadKernel,
    link: [QUAD],
    overrides: { INNER_TAIL: (k % 8) / 4 },
    workgroups: grid(32, large ? 64 : 32),
  };
}

/** Statistics: an invocation for each chunk or tensor, which reads the one arena that its dispatch is bound to. */
export const LANE_PER_INVOCATION: Source = { file: 'lanes/per_invocation', text: perInvocationText };
export const ONE_ARENA: Source = { file: 'sources/one', text: oneText };
