// Lion: steps of one size, in the direction of the sign of a running mean.
import wgsl from '../../../shaders/optimizers/lion.wgsl';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { BETAS, type Optimizer, type OptimizerFeature, type OptimizerOptions, optimizerOf, optimizerOptions } from './optimizer.ts';

/** Options of Lion. */
export interface LionOptions extends OptimizerOptions {
  /** Fraction of the running mean in the direction of a step, and its decay; each at least 0 and below 1. [0.9, 0.99] by default. */
  betas?: readonly [number, number];
  /** Fraction of each weight, times the learning rate, that is taken off in a step: it does not go through the gradient. At least 0; 0 by default. */
  weightDecay?: number;
}

export const options = withOptions(optimizerOptions, { betas: withOptions(BETAS, { default: [0.9, 0.99] }) }) satisfies OptionTable<LionOptions>;

const update: UpdateFunction = { name: 'lion', wgsl, states: ['exp_avg'] };

/**
 * Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2): w -= rate (sign(beta1 m + (1 - beta1) g) + weightDecay w), then
 * m = beta2 m + (1 - beta2) g. Every weight moves by the learning rate, so that should be 3 to 10 times smaller than Adam's, and weight decay larger by as
 * much.
 *
 * @param given - The learning rate is needed; other defaults are the paper's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = lion({ learningRate: 0.0001, weightDecay: 1 });
 */
export function lion(given: LionOptions): Optimizer {
  const { betas, ...common } = readOptions<LionOptions, typeof options>('lion', options, given);
  return optimizerOf('lion', common, { update, params: { beta1: betas[0], beta2: betas[1] }, decoupled: true });
}
export { lion as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { learningRate }, p) => {
      const direction = Math.sign(p.beta1! * state[0]! + (1 - p.beta1!) * g);
      state[0] = p.beta2! * state[0]! + (1 - p.beta2!) * g;
      return -learningRate * direction;
    },
  ],
];

export const adaptive = true;
export const byRate = true;
export const torch = null;
export const text: Texts = {
  en: { title: 'Lion', summary: 'Moves every weight by the same amount, in the direction of its recent gradients.' },
  zh: { title: 'Lion', summary: '每个权重沿其近期梯度的方向移动相同的距离。' },
};
