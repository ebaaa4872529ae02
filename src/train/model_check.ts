// Checks that a checkpoint is of this model: tensors of equal shapes may be of other layers, as tanh's and ReLU's are.
import { DataError, isObject, show } from '../errors.ts';
import { readModelDescription } from '../io/checkpoint.ts';
import type { AnyModel } from '../nn/model.ts';
import { describe, type ModelDescription } from './described.ts';
import type { Trainer } from './trainer.ts';

/**
 * Throws a DataError where the file says that its model or its loss is another than the trainer's. What one of the two does not say (a layer of one's own, an
 * option that its version had not) is not compared.
 */
export function checkModel(trainer: Trainer<AnyModel>, file: Uint8Array): void {
  const written = readModelDescription(file) as Partial<ModelDescription> | null | undefined;
  const here = describe(trainer);
  if (!Array.isArray(written?.layers) || !('layers' in here)) return;
  for (const [i, layer] of here.layers.entries()) compare(`layer ${i + 1}`, written.layers[i], layer);
  compare('the loss', written.loss, here.loss);
}

function compare(what: string, written: unknown, here: unknown): void {
  if (!isObject(written) || !isObject(here)) return;
  for (const [key, value] of Object.entries(here)) {
    const there = (written as Record<string, unknown>)[key];
    if (there !== undefined && JSON.stringify(there) !== JSON.stringify(value))
      throw new DataError(
        `checkpoint: ${what}: its run has the ${key} ${show(there)}, this trainer ${show(value)}: the steps would differ; \`load\` takes its parameters alone`,
      );
  }
}
