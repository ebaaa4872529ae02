// A validation pass of a run. Loaded with the first.
import type { AnyDataset } from '../data/columns.ts';
import type { AnyModel } from '../nn/model.ts';
import type { Ending } from './ending.ts';
import type { Validation } from './evaluation.ts';
import type { Trainer } from './trainer.ts';

/** Rejects where the run ends meanwhile. */
export async function validate(trainer: Trainer<AnyModel>, validation: AnyDataset, ending: Ending): Promise<Validation> {
  const { store, model, options, current, history } = trainer;
  store.weights.linked?.pull();
  return (await model.evaluator(options.loss)).check(validation, current.submitted, history, ending);
}
