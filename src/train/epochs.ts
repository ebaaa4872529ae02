// Epochs to steps and back, for trainers, documents and the page.

/** What an epoch is made of: rows of data, rows of a batch, batches of a step. */
export interface EpochOf {
  readonly rows: number;
  readonly batchSize: number;
  readonly accumulate: number;
}

/** Steps of an epoch; a fraction where `accumulate` does not divide its batches. */
export function stepsPerEpoch({ rows, batchSize, accumulate }: EpochOf): number {
  return Math.ceil(rows / batchSize) / accumulate;
}

/**
 * Steps that see all batches of so many epochs. Steps take batches one after the other, over the end of an epoch too: with 7 batches in an epoch and 3 in a step, the
 * third step takes the last batch of the first epoch and two of the second, as a loop in PyTorch does that counts its batches over all epochs. Only where the run
 * ends in the middle of a step is one more taken for the batches that are left: 27 epochs are 189 batches, 63 steps.
 */
export function stepsOfEpochs(epochs: number, { rows, batchSize, accumulate }: EpochOf): number {
  const batches = epochs * Math.ceil(rows / batchSize);
  // A tenth of an epoch is not exact in floating point: nearly whole numbers of batches are rounded.
  const whole = Math.round(batches);
  return Math.ceil((Math.abs(batches - whole) < 1e-9 * whole ? whole : Math.ceil(batches)) / accumulate);
}
