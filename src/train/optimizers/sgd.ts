// Stochastic gradient descent, with momentum or without.

import wgsl from '../../../shaders/optimizers/sgd.wgsl';
import withoutMomentumWgsl from '../../../shaders/optimizers/sgd_without_momentum.wgsl';
import { UsageError } from '../../errors.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type Optimizer, type OptimizerFeature, type OptimizerOptions, optimizerOf, optimizerOptions } from './optimizer.ts';

/** Options of SGD. */
export interface SgdOptions extends OptimizerOptions {
  /** At least 0 and below 1; 0 by default. */
  momentum?: number;
  /** Fraction of the gradient that does not enter the momentum, from 0 to 1; 0 by default. */
  dampening?: number;
  /** Nesterov's momentum, which needs a momentum above 0 and no dampening. False by default. */
  nesterov?: boolean;
}

export const options = {
  ...optimizerOptions,
  momentum: { type: 'number', min: 0, below: 1, default: 0 },
  dampening: { type: 'number', min: 0, max: 1, default: 0 },
  nesterov: { type: 'boolean', default: false },
} as const satisfies OptionTable<SgdOptions>;

const withoutMomentum: UpdateFunction = { name: 'sgd_without_momentum', wgsl: withoutMomentumWgsl, states: [] };
const withMomentum: UpdateFunction = { name: 'sgd', wgsl, states: ['momentum_buffer'] };

/**
 * Stochastic gradient descent, with momentum where asked for: w -= learningRate v, v = momentum v + (1 - dampening) g, which starts as g (PyTorch's SGD).
 *
 * @param given - The learning rate is needed; no momentum by default.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, for a value outside its range, and for `nesterov` without momentum or with dampening.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true });
 */
export function sgd(given: SgdOptions): Optimizer {
  const { momentum, dampening, nesterov, ...common } = readOptions<SgdOptions, typeof options>('sgd', options, given);
  for (const [place, message] of wrong({ momentum, dampening, nesterov })) throw new UsageError(`sgd: ${place}: ${message}`);
  return momentum === 0
    ? optimizerOf('sgd', common, { update: withoutMomentum, params: {} })
    : optimizerOf('sgd', common, { update: withMomentum, params: { momentum, dampening, nesterov: nesterov ? 1 : 0 } });
}
export { sgd as create };

export function* wrong({ momentum = 0, dampening = 0, nesterov = false }: Omit<SgdOptions, 'learningRate'>): Generator<[string, string]> {
  if (nesterov && (momentum === 0 || dampening !== 0)) yield ['nesterov', 'needs a momentum above 0 and no dampening, as in PyTorch'];
}

export const update64: OptimizerFeature['update64'] = [
  [withoutMomentum, (g, _state, { learningRate }) => -learningRate * g],
  [
    withMomentum,
    (g, state, { t, learningRate }, p) => {
      const v = t === 1 ? g : p.momentum! * state[0]! + (1 - p.dampening!) * g;
      state[0] = v;
      return -learningRate * (p.nesterov ? g + p.momentum! * v : v);
    },
  ],
];

export const torch = 'SGD';
export const text: Texts = {
  en: { title: 'SGD', summary: 'Follows the gradient of the batch, with momentum if asked.' },
  zh: { title: 'SGD', summary: '按批次的梯度下降，可加动量。' },
};
