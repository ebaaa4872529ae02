// Which step's weights a run keeps, and why.
import { figure } from '../format.ts';
import type { History } from '../inspect/history.ts';

/** A sentence on the step that is kept; undefined where it is the last one for no reason but the end. */
export function keptText({ keptStep, validations }: Pick<History, 'keptStep' | 'validations'>): string | undefined {
  const kept = validations.find(({ step }) => step === keptStep);
  const last = validations.at(-1);
  if (keptStep === undefined || !kept || !last) return undefined;
  const after = last.step === keptStep ? '' : `; after step ${last.step} it was ${figure(last.validationLoss)}`;
  return `Kept: the weights after step ${keptStep}, of the lowest validation loss (${figure(kept.validationLoss)}, of ${validations.length} validations${after}).`;
}
