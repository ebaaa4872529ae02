// RAdam: Adam whose first steps do without the second moment, until that can be trusted.
import wgsl from '../../../shaders/optimizers/radam.wgsl';
import { CORRECTIONS } from '../../ops/corrections.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type DecoupledOptions, decoupledOptions, type Optimizer, type OptimizerFeature, optimizerOf } from './optimizer.ts';

export const options = decoupledOptions;

const update: UpdateFunction = { name: 'radam', wgsl, states: ['exp_avg', 'exp_avg_sq'], squares: ['exp_avg_sq'], link: [CORRECTIONS] };

/**
 * RAdam (Liu 2020). PyTorch's learning rate is 0.001.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = radam({ learningRate: 0.001 });
 */
export function radam(given: DecoupledOptions): Optimizer {
  const { betas, eps, decoupledWeightDecay: decoupled, ...common } = readOptions<DecoupledOptions, typeof options>('radam', options, given);
  const [beta1, beta2] = betas;
  return optimizerOf('radam', common, { update, params: { beta1, beta2, eps, longest: 2 / (1 - beta2) - 1 }, betas, decoupled });
}
export { radam as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { t, learningRate }, p) => {
      const far = 2 / (1 - p.beta2!) - 1;
      const length = far - (2 * t * p.beta2! ** t) / (1 - p.beta2! ** t);
      const rectified = length > 5 ? Math.sqrt(((length - 4) * (length - 2) * far) / ((far - 4) * (far - 2) * length)) : undefined;
      state[0] = p.beta1! * state[0]! + (1 - p.beta1!) * g;
      state[1] = p.beta2! * state[1]! + (1 - p.beta2!) * g ** 2;
      const adaptive = rectified === undefined ? 1 : (rectified * Math.sqrt(1 - p.beta2! ** t)) / (Math.sqrt(state[1]) + p.eps!);
      return -learningRate * (state[0] / (1 - p.beta1! ** t)) * adaptive;
    },
  ],
];

export const adaptive = true;
export const byRate = true;
export const torch = 'RAdam';
export const text: Texts = {
  en: { title: 'RAdam', summary: 'Adam whose first steps do without the second moment, until that can be trusted.' },
  zh: { title: 'RAdam', summary: '最初几步不用二阶矩的 Adam，直到其方差可信。' },
};
