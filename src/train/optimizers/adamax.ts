// Adamax: Adam with the largest recent gradient in place of the mean square.
import wgsl from '../../../shaders/optimizers/adamax.wgsl';
import { CORRECTIONS } from '../../ops/corrections.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type MomentsOptions, momentsOptions, type Optimizer, type OptimizerFeature, optimizerOf } from './optimizer.ts';

export const options = momentsOptions;

const update: UpdateFunction = { name: 'adamax', wgsl, states: ['exp_avg', 'exp_inf'], squares: ['exp_inf'], link: [CORRECTIONS] };

/**
 * Adamax (Kingma & Ba 2015, section 7). PyTorch's learning rate is 0.002.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adamax({ learningRate: 0.002 });
 */
export function adamax(given: MomentsOptions): Optimizer {
  const { betas, eps, ...common } = readOptions<MomentsOptions, typeof options>('adamax', options, given);
  return optimizerOf('adamax', common, { update, params: { beta1: betas[0], beta2: betas[1], eps }, betas });
}
export { adamax as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { t, learningRate }, p) => {
      state[0] = p.beta1! * state[0]! + (1 - p.beta1!) * g;
      state[1] = Math.max(p.beta2! * state[1]!, Math.abs(g) + p.eps!);
      return -(learningRate / (1 - p.beta1! ** t)) * (state[0] / state[1]);
    },
  ],
];

export const adaptive = true;
export const byRate = true;
export const torch = 'Adamax';
export const text: Texts = {
  en: { title: 'Adamax', summary: 'Adam that divides by the largest recent gradient in place of the mean square.' },
  zh: { title: 'Adamax', summary: '用近期最大梯度代替均方的 Adam。' },
};
