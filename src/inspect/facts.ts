// What a run is made of, beside what it measured: its data, its loss, its options. Many runs fail for a cause that no gradient shows, and the diagnosis looks for
// it here. Every part is optional, since logs of other frameworks know few of them: a rule that lacks what it needs says so instead of finding nothing.

/** One input of the model over the training part, as the first layer gets it: after all preparation. Columns are counted from 0. */
export interface InputFacts {
  /** Its name in the model; 'input' where there is but one. */
  name: string;
  /** Rows of the training part. */
  rows: number;
  /** Numbers of a row. */
  columns: number;
  /** Mean of x² over all numbers. */
  meanSquare: number;
  /** The least and the largest number. */
  min: number;
  /** The largest number. */
  max: number;
  /** Columns whose value never changes. */
  constantColumns: number;
  /** Columns that are a copy of an earlier one, a multiple or a shift included (correlation of 1 within 1e-6). */
  duplicateColumns?: number;
  /** The largest |mean| / standard deviation of a column that is not constant, and that column. */
  offCentre: { value: number; column: number };
  /** The least standard deviation of a column that is not constant, and that column. */
  smallestStd: { value: number; column: number };
  /** The largest standard deviation, and its column. */
  largestStd: { value: number; column: number };
  /**
   * A number that may stand for a missing value: it is the least or the largest of its column, there in so many rows, and so many times as far from all others as
   * these lie apart. Of several columns the one with the farthest; absent where there is none.
   */
  code?: { value: number; column: number; rows: number; apart: number };
  /** Names of the columns, where the data have them. */
  names?: readonly string[];
}

/** What targets can be: class numbers, one number or more a row, or rows of probabilities that sum to 1. */
export const TARGET_KINDS = ['classes', 'values', 'probabilities'] as const;

/** What the targets of one output are. */
export interface TargetFacts {
  /** Class numbers (one number a row), one number or more a row, or rows of probabilities that sum to 1. */
  kind: (typeof TARGET_KINDS)[number];
  /** Rows of the training part. */
  rows: number;
  /** Numbers of a row: 1 for classes. */
  columns: number;
  /** The least target. */
  min: number;
  /** The largest target. */
  max: number;
  /** The mean over all rows and columns. */
  mean: number;
  /** The mean over columns of each column's variance (divided by the rows): the MSE of the best constant answer. */
  variance: number;
  /** Rows of each class, by class number, or of each distinct value (in ascending order) where there are at most 20. */
  counts?: readonly number[];
  /** Those values, where `counts` is by value. */
  values?: readonly number[];
}

/** One output of the model, and the loss that stands on it. */
export interface OutputFacts {
  /** Its name in the model; 'output' where there is but one. */
  name: string;
  /** The loss, by its name in documents; 'custom' for a function of one's own. */
  loss: string;
  /** Whether its answers are classes or values. */
  task: 'classification' | 'regression';
  /** Numbers of an answer. */
  units: number;
  /** Name of the activation after the last weights: 'linear' where there is none, as most losses want it. */
  activation: string;
  /** Between which numbers the answers must lie after that activation: [0, Infinity] for ReLU. [-Infinity, Infinity] where nothing bounds them. */
  range: readonly [number, number];
  /** Label smoothing of the loss; absent for none. */
  labelSmoothing?: number;
  /** What the targets are. */
  targets?: TargetFacts;
  /** The loss of the best constant answer on the targets of the training part, in the unit of the recorded loss: of several outputs, times its weight in their sum. */
  baselineLoss?: number;
  /** The same on the validation part, by the answer that is best there: few rows may be harder or easier than the training part. */
  validationBaselineLoss?: number;
  /** The standard error of that, as an estimate from so many rows: large where they are few, or have heavy tails. */
  validationBaselineError?: number;
  /** The accuracy of the best constant answer: the fraction of the most frequent class. */
  baselineAccuracy?: number;
}

/** What changes the weights. */
export interface TrainingFacts {
  /** The optimizer, by its name in documents. */
  optimizer: string;
  /** Its learning rate at the first step, the schedule's factor included. */
  learningRate: number;
  /** Its weight decay; 0 for none. */
  weightDecay: number;
  /** Whether the decay is apart from the gradient (AdamW) or part of it (L2). */
  decoupled: boolean;
  /** How much of the last step SGD carries into the next; absent for none, and for optimizers whose steps do not add up. */
  momentum?: number;
  /** Rows of a full batch. */
  batchSize: number;
  /** Rows of the training part; absent where batches are given one by one. */
  rows?: number;
  /** The name of the schedule of the learning rate, 'custom' where a program made it; absent for none. */
  schedule?: string;
  /** How gradients are clipped; absent where they are not. */
  clip?: { norm?: number; value?: number };
}

/** What one layer of weights adds to the loss or takes from the signal; in the order of `History.layers`, only where there is any of it. */
export interface LayerFacts {
  /** Its path, as in `History.layers`. */
  name: string;
  /** Its L1 penalty; 0 for none. */
  l1: number;
  /** Its L2 penalty; 0 for none. */
  l2: number;
  /** Fraction that dropout sets to zero between these weights and the next, for the first of the inputs too; 0 for none. */
  dropout: number;
  /** Samples over which a batch norm between these weights and the next takes mean and variance: rows of a batch, times positions of a map; absent for none. */
  batchNormSamples?: number;
  /** The momentum of that batch norm, the least of several: how much of each batch comes into its running statistics, as in PyTorch. */
  batchNormMomentum?: number;
}

/** What a run is made of. What is not known is left out. */
export interface RunFacts {
  /** The inputs of the model. */
  inputs?: InputFacts[];
  /** Its outputs. */
  outputs?: OutputFacts[];
  /** What changes the weights. */
  training?: TrainingFacts;
  /** Layers with penalties or dropout. */
  layers?: LayerFacts[];
}

/** The loss of the best constant answer, over all outputs; undefined where it is not known of each. */
export function baselineOf({ outputs }: Pick<RunFacts, 'outputs'>, of: 'baselineLoss' | 'validationBaselineLoss' = 'baselineLoss'): number | undefined {
  if (!outputs || outputs.length === 0) return undefined;
  return outputs.reduce<number | undefined>((sum, { [of]: loss }) => (sum === undefined || loss === undefined ? undefined : sum + loss), 0);
}
