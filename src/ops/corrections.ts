// Adam's corrections as a module of WGSL, for the optimizers that link it.
import text from '../../shaders/lib/corrections.wgsl';
import type { Source } from '../kernel.ts';

export const CORRECTIONS: Source = { file: 'lib/corrections', text };
