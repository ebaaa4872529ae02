// A source of rows: what a document may say of it, which files it names, and how its rows are read. One file each; index.ts has the list.
import * as v from 'valibot';
import type { Dataset } from '../../data/dataset.ts';
import type { Texts } from '../../texts.ts';
import { type Augmentation, augmentationList } from '../../train/augment.ts';
import { boolean, fraction, object, optionSchema } from '../check.ts';
import type { Reading } from './reading.ts';

/** What is known of a source. */
export interface Source<Data> {
  /** What a document may say. */
  readonly schema: v.GenericSchema;
  /** What it is, in a sentence. */
  readonly text: Texts;
  /** Where rows come from, in a few words, to be said of what was understood of them; absent where that needs no telling. */
  origin?(data: Data): string;
  /** The same data with its paths replaced. Which files a document names, and where they lie after it has moved, follows from this; absent where it names none. */
  withPaths?(data: Data, replace: (path: string) => string): Data;
  /** The path is that of a folder; `read` gives the list of files in it by that name, as JSON. */
  readonly folder?: true;
  /** What each row is called, where it has a name. */
  names?(data: Data, reading: Reading): Promise<readonly string[]>;
  /** What numbers were divided by before files of models said so. */
  readonly divisor?: number;
  /** All rows but those of a test part of their own, not scaled yet, with the targets that the source has. */
  rows(data: Data, reading: Reading): Dataset | Promise<Dataset>;
  /** The test part in files of its own, where there is one. */
  test?(data: Data, reading: Reading, all: Dataset): Promise<Dataset> | undefined;
}

/** Says of the batches of a source how they come to the GPU. */
export const stream = v.exactOptional(
  v.pipe(boolean(), v.description('Batches are uploaded to the GPU ahead of the steps. Default: if the training part does not fit.')),
);

/** What may be said of most sources: how rows are divided and scaled. */
export const prepared = {
  stream,
  split: v.exactOptional(object({ validation: v.exactOptional(fraction()), test: v.exactOptional(fraction()) })),
  standardise: v.exactOptional(boolean()),
  logTargets: v.exactOptional(
    v.pipe(boolean(), v.description('Train on the logarithms of targets above 0, and answer in their own unit: errors count as ratios. Default false.')),
  ),
};

/** What may be said of sources whose rows may be images: how they are changed while they are trained on. */
export const augmented = {
  augment: v.exactOptional(
    v.pipe(
      optionSchema(augmentationList) as v.GenericSchema<Augmentation[]>,
      v.description('Random changes of each training batch, in this order: of images, and not of standardised ones. Default: none.'),
    ),
  ),
};
