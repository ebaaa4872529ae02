// Programs load kernels when a plan has them; tests lower graphs without waiting.
import { loadKernels } from '../../src/ops/kernel_choice.ts';

await loadKernels();
