// Schedules that react to validations. Loaded with the first of them.
import { UsageError } from '../errors.ts';
import type { ValidationRecord } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import type { TrainerOptions } from './options.ts';
import type { Trainer } from './trainer.ts';

/** Throws a UsageError where there are no validations. */
export function requireValidation({ data }: TrainerOptions<AnyModel>): void {
  if (!data?.validation) throw new UsageError('optimizer: its schedule reacts to validations: give data.validation');
}

/** Lets the schedule react: another factor holds from the next step on. A rate that was set by hand stays. */
export function react({ learningRates, options }: Trainer<AnyModel>, { step, validationLoss }: ValidationRecord): void {
  const { optimizer } = options;
  if (!optimizer.react || learningRates.live) return;
  learningRates.reacted = optimizer.react(learningRates.reacted, { step, validationLoss, learningRate: learningRates.at(step) });
  learningRates.restore(step, undefined);
}
