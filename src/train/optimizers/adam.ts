// Adam: steps of the size of the learning rate, whatever the size of the gradient.
import wgsl from '../../../shaders/optimizers/adam.wgsl';
import amsgradWgsl from '../../../shaders/optimizers/amsgrad.wgsl';
import { CORRECTIONS } from '../../ops/corrections.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type MomentsOptions, momentsOptions, type Optimizer, type OptimizerFeature, optimizerOf, type Update64 } from './optimizer.ts';

/** Options of Adam. */
export interface AdamOptions extends MomentsOptions {
  /** Divides by the largest second moment so far (Reddi 2018). False by default. */
  amsgrad?: boolean;
}

export const options = withOptions(momentsOptions, { amsgrad: { type: 'boolean', default: false } }) satisfies OptionTable<AdamOptions>;

const usual: UpdateFunction = { name: 'adam', wgsl, states: ['exp_avg', 'exp_avg_sq'], squares: ['exp_avg_sq'], link: [CORRECTIONS] };
const amsgrad: UpdateFunction = {
  name: 'amsgrad',
  wgsl: amsgradWgsl,
  states: ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'],
  squares: ['exp_avg_sq', 'max_exp_avg_sq'],
  link: [CORRECTIONS],
};

/**
 * Adam (Kingma & Ba 2015). PyTorch's learning rate is 0.001.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adam({ learningRate: 0.001, betas: [0.9, 0.99] });
 */
export function adam(given: AdamOptions): Optimizer {
  return adamLike('adam', readOptions<AdamOptions, typeof options>('adam', options, given), false);
}
export { adam as create };

/** Adam, or with decoupled weight decay AdamW, from options that have been checked. */
export function adamLike(
  name: string,
  given: Required<Omit<AdamOptions, 'schedule'>> & Pick<Parameters<typeof optimizerOf>[1], 'schedule'>,
  decoupled: boolean,
) {
  const { betas, eps, amsgrad: largest, ...common } = given;
  const [beta1, beta2] = betas;
  return optimizerOf(name, common, { update: largest ? amsgrad : usual, params: { beta1, beta2, eps }, betas, decoupled });
}

const adam64: Update64 = (g, state, { t, learningRate }, p) => {
  state[0] = p.beta1! * state[0]! + (1 - p.beta1!) * g;
  state[1] = p.beta2! * state[1]! + (1 - p.beta2!) * g ** 2;
  // With AMSGrad there is a third, the largest of the second so far.
  if (state.length > 2) state[2] = Math.max(state[2]!, state[1]);
  const spread = Math.sqrt(state.at(-1)! / (1 - p.beta2! ** t));
  return -(learningRate * (state[0] / (1 - p.beta1! ** t))) / (spread + p.eps!);
};
export const update64: OptimizerFeature['update64'] = [
  [usual, adam64],
  [amsgrad, adam64],
];

export const adaptive = true;
export const byRate = true;
export const torch = 'Adam';
export const text: Texts = {
  en: { title: 'Adam', summary: "Divides each parameter's step by the size of its own gradient." },
  zh: { title: 'Adam', summary: '每个参数的步长除以其自身梯度的大小。' },
};
