// NAdam: Adam with Nesterov's momentum.
import wgsl from '../../../shaders/optimizers/nadam.wgsl';
import { CORRECTIONS } from '../../ops/corrections.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type DecoupledOptions, decoupledOptions, type Optimizer, type OptimizerFeature, optimizerOf } from './optimizer.ts';

/** Options of NAdam. */
export interface NadamOptions extends DecoupledOptions {
  /** How soon the momentum reaches its full value, at least 0. 0.004 by default. */
  momentumDecay?: number;
}

export const options = withOptions(decoupledOptions, { momentumDecay: { type: 'number', min: 0, default: 0.004 } }) satisfies OptionTable<NadamOptions>;

const update: UpdateFunction = { name: 'nadam', wgsl, states: ['exp_avg', 'exp_avg_sq', 'correction'], squares: ['exp_avg_sq'], link: [CORRECTIONS] };

/**
 * NAdam (Dozat 2016). PyTorch's learning rate is 0.002.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = nadam({ learningRate: 0.002, weightDecay: 0.01, decoupledWeightDecay: true });
 */
export function nadam(given: NadamOptions): Optimizer {
  const { betas, eps, momentumDecay, decoupledWeightDecay: decoupled, ...common } = readOptions<NadamOptions, typeof options>('nadam', options, given);
  return optimizerOf('nadam', common, { update, params: { beta1: betas[0], beta2: betas[1], eps, momentum_decay: momentumDecay }, betas, decoupled });
}
export { nadam as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { t, learningRate }, p) => {
      const momentum = (step: number): number => p.beta1! * (1 - 0.5 * 0.96 ** (step * p.momentum_decay!));
      const product = Array.from({ length: t }, (_, step) => momentum(step + 1)).reduce((a, b) => a * b);
      state[0] = p.beta1! * state[0]! + (1 - p.beta1!) * g;
      state[1] = p.beta2! * state[1]! + (1 - p.beta2!) * g ** 2;
      const ahead = ((1 - momentum(t)) / (1 - product)) * g + (momentum(t + 1) / (1 - product * momentum(t + 1))) * state[0];
      return -(learningRate * ahead) / (Math.sqrt(state[1] / (1 - p.beta2! ** t)) + p.eps!);
    },
  ],
];

export const adaptive = true;
export const byRate = true;
export const torch = 'NAdam';
export const text: Texts = {
  en: { title: 'NAdam', summary: "Adam with Nesterov's momentum, which looks a step ahead." },
  zh: { title: 'NAdam', summary: '带 Nesterov 动量的 Adam，向前看一步。' },
};
