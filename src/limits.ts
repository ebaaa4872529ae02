// Limits on what a document, a file or a program may request. Each is far beyond what is trained here and far below what exhausts a process, and is
// checked before anything of that size is made. What a device holds is less, and checked against its own limits when a plan is made.

export const LIMITS = {
  /** JSON within JSON, and with it layers within layers. */
  nesting: 200,
  /** Lists and objects in a document. */
  entries: 10_000_000,
  /** Layers of a model, those inside of blocks included and repeats written out. */
  layers: 10_000,
  /** Blocks within blocks of a program's model. */
  depth: 100,
  /** Columns of a layer's output. */
  units: 2 ** 24,
  /** Numbers in a row of data. */
  inputs: 2 ** 24,
  /** Trained numbers of a model: 4 GiB of them. */
  parameters: 2 ** 30,
  classes: 2 ** 16,
  /** Classes up to which a confusion matrix is counted. */
  confusion: 1000,
  batchSize: 2 ** 24,
  /** Rows of a data source: their indexes have 32 bits. */
  rows: 2 ** 32 - 1,
  /** Batches that make a step: they are in one submit. */
  accumulate: 4096,
  /** Runs of a program in one submit. */
  runs: 2 ** 16,
  /** Steps and epochs, however they are counted. */
  steps: 2 ** 31 - 1,
  histogramEdges: 63,
  /** Numbers of a data set that is made and not read: 512 MiB. */
  values: 2 ** 27,
  /** Numbers that are handed over as anything but a Float32Array: 4 GiB once they are one. */
  numbers: 2 ** 30,
} as const;

// Messages print a limit with its thousands apart.
export { count } from './format.ts';
