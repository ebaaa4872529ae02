// Adagrad: the more a parameter has moved, the smaller its steps.
import wgsl from '../../../shaders/optimizers/adagrad.wgsl';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type Optimizer, type OptimizerFeature, type OptimizerOptions, optimizerOf, optimizerOptions } from './optimizer.ts';

/** Options of Adagrad. */
export interface AdagradOptions extends OptimizerOptions {
  /** The learning rate of update t, from 1, is divided by 1 + (t - 1) lrDecay. At least 0; 0 by default. */
  lrDecay?: number;
  /** Where the sum of squares starts, at least 0. 0 by default. */
  initialAccumulatorValue?: number;
  /** Added to the square root, at least 0. 1e-10 by default. */
  eps?: number;
}

export const options = withOptions(optimizerOptions, {
  lrDecay: { type: 'number', min: 0, default: 0 },
  initialAccumulatorValue: { type: 'number', min: 0, default: 0 },
  eps: { type: 'number', min: 0, default: 1e-10 },
}) satisfies OptionTable<AdagradOptions>;

const update: UpdateFunction = { name: 'adagrad', wgsl, states: ['sum'], squares: ['sum'] };

/**
 * Adagrad (Duchi 2011). PyTorch's learning rate is 0.01.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adagrad({ learningRate: 0.01 });
 */
export function adagrad(given: AdagradOptions): Optimizer {
  const { lrDecay, initialAccumulatorValue, eps, ...common } = readOptions<AdagradOptions, typeof options>('adagrad', options, given);
  return optimizerOf('adagrad', common, { update, params: { lr_decay: lrDecay, initial_accumulator_value: initialAccumulatorValue, eps } });
}
export { adagrad as create };

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { t, learningRate }, p) => {
      state[0] = (t === 1 ? p.initial_accumulator_value! : state[0]!) + g ** 2;
      return -((learningRate / (1 + (t - 1) * p.lr_decay!)) * g) / (Math.sqrt(state[0]) + p.eps!);
    },
  ],
];

export const torch = 'Adagrad';
export const text: Texts = {
  en: { title: 'Adagrad', summary: "Divides each parameter's step by the size of all its gradients so far." },
  zh: { title: 'Adagrad', summary: '每个参数的步长除以其迄今所有梯度的大小。' },
};
