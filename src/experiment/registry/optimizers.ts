// Optimizers as documents name them, from the list of optimizers.
import { requireName, requireObject } from '../../errors.ts';
import type { Options } from '../../option_table.ts';
import type { Optimizer, OptimizerFeature } from '../../train/optimizers/optimizer.ts';
import { OPTIMIZERS } from '../../train/optimizers.ts';
import type { OptimizerDocument } from '../document.ts';
import { withSchedules, wrongInSchedule } from './schedules.ts';

/** All optimizers that a document may have, by their names. */
export const OPTIMIZER_FEATURES: Readonly<Record<string, OptimizerFeature<object>>> = OPTIMIZERS;

/** The options of an optimizer that are its own: documents treat the rate, and what changes it, alike in all. */
export function ownOptions({ options }: OptimizerFeature<object>): Options {
  const { learningRate: _learningRate, schedule: _schedule, ...own } = options;
  return own;
}

/**
 * Makes the optimizer of a document, with its schedule. Clipping and groups are the trainer's.
 *
 * @param document - The optimizer with its learning rate and options.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for an unknown name or option, and for a value outside its range.
 * @example
 * const optimizer = buildOptimizer({ name: 'adam', learningRate: 0.001, schedule: { name: 'cosine', tMax: 1000 } });
 */
export function buildOptimizer(document: OptimizerDocument): Optimizer {
  requireObject('optimizer', document, 'an object with a name');
  const { name, clip: _clip, groups: _groups, ...given } = document;
  requireName('optimizer: name', name, Object.keys(OPTIMIZERS));
  const { options, create } = OPTIMIZER_FEATURES[name]!;
  return create(withSchedules(options, given));
}

/** What is wrong in an optimizer's document though every option is in its range: where, and what. */
export function* wrongInOptimizer(document: OptimizerDocument): Generator<readonly [place: string, message: string]> {
  const { wrong } = OPTIMIZER_FEATURES[document.name]!;
  yield* wrong?.(document) ?? [];
  if (!document.schedule) return;
  for (const [place, message] of wrongInSchedule(document.schedule, document.learningRate)) yield [`schedule.${place}`, message];
}
