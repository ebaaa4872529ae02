// AdamW: Adam whose weight decay does not go through the gradient.
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type AdamOptions, adamLike, options as adamOptions } from './adam.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of AdamW. */
export interface AdamwOptions extends AdamOptions {
  /** Fraction of each weight, times the learning rate, that is taken off in a step. 0.01 by default. */
  weightDecay?: number;
}

export const options = withOptions(adamOptions, { weightDecay: { type: 'number', min: 0, default: 0.01 } }) satisfies OptionTable<AdamwOptions>;

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019). PyTorch's learning rate is 0.001.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adamw({ learningRate: 0.001, weightDecay: 0.1 });
 */
export function adamw(given: AdamwOptions): Optimizer {
  return adamLike('adamw', readOptions<AdamwOptions, typeof options>('adamw', options, given), true);
}
export { update64 } from './adam.ts';
export { adamw as create };

export const adaptive = true;
export const byRate = true;
export const torch = 'AdamW';
export const text: Texts = {
  en: { title: 'AdamW', summary: 'Adam whose weight decay shrinks the weights directly, whatever the size of the gradient.' },
  zh: { title: 'AdamW', summary: '权重衰减与梯度解耦的 Adam：直接缩小权重，与梯度大小无关。' },
};
