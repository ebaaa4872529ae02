// Functions that WGSL lacks, or that drivers compute badly near zero, for kernels and activations to link.
import expm1Text from '../../shaders/math/expm1.wgsl';
import logarithmText from '../../shaders/math/logarithm.wgsl';
import positiveText from '../../shaders/math/positive.wgsl';
import sigmoidText from '../../shaders/math/sigmoid.wgsl';
import tanhText from '../../shaders/math/tanh.wgsl';
import type { Source } from '../kernel.ts';

// Right to a few units in the last place for results of every size: in a deep network signals and gradients shrink, and a tanh that is only absolutely right
// would round them to zero.
export const POSITIVE: Source = { file: 'math/positive', text: positiveText };
export const SIGMOID: Source = { file: 'math/sigmoid', text: sigmoidText };
export const TANH: Source = { file: 'math/tanh', text: tanhText };
export const EXPM1: Source = { file: 'math/expm1', text: expm1Text };
export const LOGARITHM: Source = { file: 'math/logarithm', text: logarithmText };
