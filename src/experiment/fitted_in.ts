// How the rows of a saved model were prepared, as its file says or as follows from its document.
import type { DataDocument, FittedDocument } from './document.ts';
import { sourceOf } from './sources/index.ts';

/** How the rows of a saved model were prepared. What an older file leaves out follows from its data section. */
export function fittedIn(data: DataDocument, fitted: FittedDocument): FittedDocument {
  const { divisor = sourceOf(data).divisor, table = oldTable(data, fitted.inputs) } = fitted;
  return { ...fitted, ...(divisor === undefined ? {} : { divisor }), ...(table ? { table } : {}) };
}

/** Where the columns were, where that is certain without the table: a target that was given by its name is found by it alone. */
function oldTable(data: DataDocument, inputs: number): FittedDocument['table'] {
  if (data.source !== 'digits' && (data.source !== 'csv' || data.features || typeof data.target === 'string')) return undefined;
  const target = data.source === 'csv' && typeof data.target === 'number' ? data.target : inputs;
  return { columns: inputs + 1, features: [...Array(inputs + 1).keys()].filter((column) => column !== target), target };
}
