// RMSprop: divides by a running root mean square of the gradient.
import wgsl from '../../../shaders/optimizers/rmsprop.wgsl';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type Optimizer, type OptimizerFeature, type OptimizerOptions, optimizerOf, optimizerOptions } from './optimizer.ts';

/** Options of RMSprop. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the running mean square, at least 0 and below 1. 0.99 by default. */
  alpha?: number;
  /** At least 0 and below 1; 0 by default. */
  momentum?: number;
  /** Subtracts the mean gradient's square. False by default. */
  centered?: boolean;
  /** Added to the square root, at least 0. 1e-8 by default. */
  eps?: number;
}

export const options = withOptions(optimizerOptions, {
  alpha: { type: 'number', min: 0, below: 1, default: 0.99 },
  momentum: { type: 'number', min: 0, below: 1, default: 0 },
  centered: { type: 'boolean', default: false },
  eps: { type: 'number', min: 0, default: 1e-8 },
}) satisfies OptionTable<RmspropOptions>;

const update: UpdateFunction = { name: 'rmsprop', wgsl, states: ['square_avg', 'momentum_buffer', 'grad_avg'], squares: ['square_avg'] };

/**
 * RMSprop (Hinton), eps outside the square root. PyTorch's learning rate is 0.01.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = rmsprop({ learningRate: 0.01, momentum: 0.9 });
 */
export function rmsprop(given: RmspropOptions): Optimizer {
  const { alpha, momentum, centered, eps, ...common } = readOptions<RmspropOptions, typeof options>('rmsprop', options, given);
  return optimizerOf('rmsprop', common, { update, params: { alpha, momentum, centered: centered ? 1 : 0, eps } });
}
export { rmsprop as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { learningRate }, p) => {
      state[0] = p.alpha! * state[0]! + (1 - p.alpha!) * g ** 2;
      state[2] = p.alpha! * state[2]! + (1 - p.alpha!) * g;
      const spread = p.centered ? state[0] - state[2] ** 2 : state[0];
      state[1] = p.momentum! * state[1]! + g / (Math.sqrt(spread) + p.eps!);
      return -learningRate * state[1];
    },
  ],
];

export const torch = 'RMSprop';
export const text: Texts = {
  en: { title: 'RMSProp', summary: "Divides each parameter's step by the size of its recent gradients." },
  zh: { title: 'RMSProp', summary: '每个参数的步长除以其近期梯度的大小。' },
};
