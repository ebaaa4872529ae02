// Kernels that SwiftShader alone runs: loaded where that is the adapter (`kernelsOf`), so that a program on a GPU does without them.
import weightGradsText from '../../shaders/dense_weight_grads_quad.wgsl';
import quadModuleText from '../../shaders/lib/quad.wgsl';
import text from '../../shaders/matmul.wgsl';
import quadText from '../../shaders/matmul_quad.wgsl';
import quad64Text from '../../shaders/matmul_quad64.wgsl';
import { kernel, type Source } from '../kernel.ts';
import { DENSE_WEIGHT_GRADS_HEADER } from './dense.ts';
import { MATMUL_HEADER } from './matmul.ts';

/** Four invocations that swap registers. */
export const QUAD: Source = { file: 'lib/quad', text: quadModuleText };

export const matmulKernel = kernel('matmul', text, { ...MATMUL_HEADER, overrides: { WORKGROUP: 4, FOLDED: 0 } });
export const matmulQuadKernel = kernel('matmul_quad', quadText, { ...MATMUL_HEADER, overrides: { INNER_TAIL: 0, FOLDED: 0 } });
export const matmulQuad64Kernel = kernel('matmul_quad64', quad64Text, { ...MATMUL_HEADER, overrides: { INNER_TAIL: 0, FOLDED: 0 } });
export const denseWeightGradsQuadKernel = kernel('dense_weight_grads_quad', weightGradsText, {
  ...DENSE_WEIGHT_GRADS_HEADER,
  overrides: { INNER_TAIL: 0, ALIGNED: 0 },
});
