// Huber's loss: squared near zero, linear beyond.
import wgsl from '../../../shaders/losses/huber.wgsl';
import type { ElementwiseLoss } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { ANY_TARGET } from '../targets.ts';
import { type AllTargets, type BestConstant, bestElementwise } from './constant.ts';
import { elementwise } from './elementwise.ts';
import { type Loss, readLossOptions } from './loss.ts';

/** Options of the Huber loss. */
export interface HuberOptions {
  /** The error from which it is linear, above 0; 1 by default. */
  delta?: number;
}

const DELTA = 1;
export const options = { delta: { type: 'number', above: 0, default: DELTA } } as const satisfies OptionTable<HuberOptions>;

export const entry: ElementwiseLoss = {
  name: 'huber',
  wgsl,
  inOps: 'huber',
  params: { delta: DELTA },
  columns: 'mean',
  value: (y, t, p) => (Math.abs(y - t) <= p.delta! ? 0.5 * (y - t) ** 2 : p.delta! * (Math.abs(y - t) - 0.5 * p.delta!)),
  derivative: (y, t, p) => Math.max(-p.delta!, Math.min(p.delta!, y - t)),
};

/**
 * Half the squared error up to `delta`, linear beyond, its mean over all elements (Huber 1964): PyTorch's huber_loss.
 *
 * @param given - delta is 1 by default.
 * @returns A loss for outputs and targets [batch, n].
 * @throws UsageError for another option, or a delta that is not above 0.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: huber({ delta: 0.5 }), optimizer, data: { train } });
 */
export function huber(given: HuberOptions = {}): Loss {
  const { delta } = readLossOptions<HuberOptions, typeof options>('huber', options, given);
  return elementwise(entry, { task: 'regression', targets: ANY_TARGET, params: { delta } });
}
export { huber as create };

export const bestConstant = (targets: AllTargets, { delta = DELTA }: HuberOptions): BestConstant => bestElementwise(targets, entry, { delta });

export const text: Texts = {
  en: { title: 'Huber', summary: 'Squared for errors up to delta and linear beyond, so that outliers do not pull harder the farther away they are.' },
  zh: { title: 'Huber 损失', summary: '误差不超过 delta 时取平方，超过后为线性，离群值再远拉力也不再增大。' },
};
