// Checks that functions get a trainer. By its methods rather than its class: a program may contain two copies of the package.
import { requireMethod } from '../errors.ts';
import type { AnyModel } from '../nn/model.ts';
import type { LiveModel } from './live_model.ts';
import type { Trainer } from './trainer.ts';

/** Throws a UsageError for anything but a trainer. */
export function requireTrainer(where: string, given: unknown): asserts given is Trainer<AnyModel> {
  requireMethod(where, given, 'setLearningRate', 'a trainer, as engine.createTrainer makes it');
}

/** Throws a UsageError for anything but a trainer or a live model. */
export function requireTrained(where: string, given: unknown): asserts given is Trainer<AnyModel> | LiveModel<AnyModel> {
  requireMethod(where, given, 'parameters', 'a trainer or a live model');
}
