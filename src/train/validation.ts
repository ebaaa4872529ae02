// A validation pass of a run. Loaded on first use.
import type { AnyDataset } from '../data/columns.ts';
import type { AnyModel } from '../nn/model.ts';
import type { Ending } from './ending.ts';
import type { ValidationEvent } from './loop.ts';
import { react } from './reaction.ts';
import type { Trainer } from './trainer.ts';

/** Validates, and lets the schedule react; undefined if the run is ended during it. */
export async function validate(trainer: Trainer<AnyModel>, validation: AnyDataset, ending: Ending): Promise<ValidationEvent | undefined> {
  const { store, model, options, current, history } = trainer;
  store.weights.linked?.pull();
  const validating = model
    .evaluators()
    .then((evaluators) => evaluators.of(options.loss, options.metrics).validate(validation, current.submitted, history, ending));
  const validated = await ending.wait(validating);
  if (!validated) return undefined;
  history.validations.push(validated.record);
  // The run goes on, from wherever early stopping went back to.
  delete history.keptStep;
  react(trainer, validated.record);
  return { type: 'validation', ...validated };
}
