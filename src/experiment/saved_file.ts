// What the file of a model holds beside its parameters: how it was built, how its data were prepared, and by what loss it was trained.
import { DataError } from '../errors.ts';
import { readDocument, readModelDescription } from '../io/checkpoint.ts';
import type { Loss } from '../nn/losses.ts';
import type { Experiment, FittedDocument, LayerDocument } from './document.ts';
import { fittedIn } from './fitted_in.ts';
import { largest, type Meaning } from './predictions.ts';
import { buildLoss, lossFrom } from './registry/losses.ts';
import { parseExperiment, parseModelDescription } from './schema.ts';

/**
 * Reads the experiment document in the file of a model or a checkpoint.
 *
 * @param file - What `runExperiment` gave to `save` or `checkpoint.write`.
 * @returns The document.
 * @throws DataError where the file is damaged or holds no document; UsageError for a document that is wrong.
 * @example
 * const experiment = documentOf(bytes);
 */
export function documentOf(file: Uint8Array): Experiment {
  // What a program puts beside the description of its model is a note of its own.
  if (readModelDescription(file) !== undefined)
    throw new DataError(
      'the file was saved by a program: it says what its model is, and holds no document of an experiment with data to be run or evaluated on: give rows in a CSV to evaluate or predict',
    );
  const document = readDocument(file);
  if (document === undefined) throw new DataError('the file holds a model but no document that says what model: save it with the document of its experiment');
  return parseExperiment(document);
}

/** What a file is opened by. */
export interface Contents {
  /** Of a file that a run of an experiment has left. */
  document?: Experiment;
  layers: readonly LayerDocument[];
  fitted: FittedDocument;
  loss?: Meaning;
  /** What evaluates it; absent where the file does not say it. */
  trainedBy?: Loss;
}

/** What the file holds. A document of an experiment comes first, where it says how its data were prepared. */
export function contentsOf(file: Uint8Array): Contents {
  const description = readModelDescription(file);
  if (description !== undefined) {
    const { layers, fitted, loss } = parseModelDescription(description);
    if (!loss) return { layers, fitted };
    // As our losses have it: a single output is for the second of two classes.
    const toClassIndex = (row: Float32Array): number => (row.length === 1 ? Number(row[0]! > 0) : largest(row));
    const { options, ...meaning } = loss;
    return {
      layers,
      fitted,
      loss: { ...meaning, ...(loss.task === 'classification' ? { toClassIndex } : {}) },
      ...(options ? { trainedBy: lossFrom(loss.name, options) } : {}),
    };
  }
  const document = documentOf(file);
  if (!document.fitted)
    throw new DataError('the file does not say how the data of its model were prepared: save the model at the end of a run of its experiment');
  const fitted = fittedIn(document.data, document.fitted);
  const loss = buildLoss(document.loss, fitted.classes === undefined);
  return { document, layers: document.model.layers, fitted, loss, trainedBy: loss };
}
