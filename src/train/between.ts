// What happens in a run while no step is in flight: recovery, validation and its consequences, checkpoints. Loaded when the first of them is due.
import type { AnyModel } from '../nn/model.ts';
import type { Ending } from './ending.ts';
import type { LoopOptions, RunEvent } from './loop.ts';
import { recover } from './non_finite.ts';
import type { Trainer } from './trainer.ts';
import { validate } from './validation.ts';

/** `validationAt`: the step of the next validation, `last`: that of the run. Returns whether early stopping ends the run. */
export async function* between(
  trainer: Trainer<AnyModel>,
  { validation, earlyStopping: rule, checkpoints }: LoopOptions,
  ending: Ending,
  validationAt: number,
  last: number,
): AsyncGenerator<RunEvent, boolean, void> {
  const { halted, submitted } = trainer.current;
  if (halted) {
    const recovered = await recover(trainer, ending, halted);
    if (recovered) yield recovered;
    return false;
  }
  if (!validation || (submitted !== validationAt && submitted !== last)) {
    if (checkpoints) yield* checkpoints.take(trainer, rule);
    return false;
  }
  const validated = await validate(trainer, validation, ending);
  if (!validated) return false;
  const early = !!rule?.update(validated.record);
  yield validated;
  if (checkpoints) yield* checkpoints.take(trainer, rule, validated.record);
  return early;
}
