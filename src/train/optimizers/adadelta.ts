// Adadelta: the size of a step follows that of the earlier ones.
import wgsl from '../../../shaders/optimizers/adadelta.wgsl';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type Optimizer, type OptimizerFeature, type OptimizerOptions, optimizerOf, optimizerOptions } from './optimizer.ts';

/** Options of Adadelta. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of both running means, at least 0 and below 1. 0.9 by default. */
  rho?: number;
  /** Added inside both square roots, at least 0. 1e-6 by default. */
  eps?: number;
}

export const options = withOptions(optimizerOptions, {
  rho: { type: 'number', min: 0, below: 1, default: 0.9 },
  eps: { type: 'number', min: 0, default: 1e-6 },
}) satisfies OptionTable<AdadeltaOptions>;

const update: UpdateFunction = { name: 'adadelta', wgsl, states: ['square_avg', 'acc_delta'], squares: ['square_avg', 'acc_delta'] };

/**
 * Adadelta (Zeiler 2012). PyTorch's learning rate is 1.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adadelta({ learningRate: 1 });
 */
export function adadelta(given: AdadeltaOptions): Optimizer {
  const { rho, eps, ...common } = readOptions<AdadeltaOptions, typeof options>('adadelta', options, given);
  return optimizerOf('adadelta', common, { update, params: { rho, eps } });
}
export { adadelta as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { learningRate }, p) => {
      state[0] = p.rho! * state[0]! + (1 - p.rho!) * g ** 2;
      const delta = (Math.sqrt(state[1]! + p.eps!) / Math.sqrt(state[0] + p.eps!)) * g;
      state[1] = p.rho! * state[1]! + (1 - p.rho!) * delta ** 2;
      return -learningRate * delta;
    },
  ],
];

export const torch = 'Adadelta';
export const text: Texts = {
  en: { title: 'Adadelta', summary: 'Takes steps of the size of the earlier ones.' },
  zh: { title: 'Adadelta', summary: '步长跟随此前各步的大小。' },
};
