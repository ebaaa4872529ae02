// The experiment document: one JSON document that says data, model, loss, optimizer, training and probes. The command
// line, the page, the tests and embedding apps run the same document. schema.ts checks one; build.ts turns one into a run.
// Written out, not inferred from the schema: the published declarations must not need the validator library.
import type { FittedDocument } from '../data/fitted.ts';
import type { GeneratorName } from '../data/generators/index.ts';
import type { TensorKind } from '../inspect/history.ts';
import type { ProbeDocuments } from '../inspect/probe_index.ts';
import type { FORMATS } from '../io/formats.ts';
import type { ModelDocument } from '../nn/document.ts';
import type { Augmentation } from '../train/augment.ts';
import type { AverageOptions } from '../train/average.ts';
import type { Clip } from '../train/clip.ts';
import type { OPTIMIZERS } from '../train/optimizers.ts';
import type { RollBackOptions } from '../train/roll_back.ts';
import type { Schedule } from '../train/schedules/schedule.ts';
import type { SCHEDULES } from '../train/schedules.ts';
import type { LossDocument, LossName } from './registry/losses.ts';
import type { MetricDocument, MetricName } from './registry/metrics.ts';

export type { FittedDocument } from '../data/fitted.ts';
export type * from '../nn/document.ts';
export type { LossDocument, LossName } from './registry/losses.ts';
export type { MetricDocument, MetricName } from './registry/metrics.ts';

/** A whole experiment. Everything that is left out has the default that its own comment says. */
export interface Experiment {
  /** Where the schema is, for editors; ignored. */
  $schema?: string;
  /** The version of the names in the document: what has none may have those of format 1. `parseExperiment` puts it there, so that whatever is written says it. */
  format?: typeof FORMATS.experiment;
  /** A short name for tables and files. */
  name?: string;
  /** A sentence or two: what to see. */
  description?: string;
  /** Decides initial values, splits, order of samples, dropout masks. Default 1. */
  seed?: number;
  /** Where the rows come from. */
  data: DataDocument;
  /** The layers. */
  model: ModelDocument;
  /** A loss by name, or with options: `{"name": "huber", "delta": 0.5}`. */
  loss: LossName | LossDocument;
  /** What is measured in addition to the loss, in validations and at the end: `["f1", {"name": "top_k", "k": 3}]`. Classifications always have an accuracy. */
  metrics?: (MetricName | MetricDocument)[];
  /** The optimizer with its learning rate, schedule, clipping and parameter groups. */
  optimizer: OptimizerDocument;
  /** How long it trains, in batches of what size, and when it ends early. */
  training: TrainingDocument;
  /** What is watched of the layers; by default all that the rules of `diagnose` read, at every step. */
  probes?: ProbesDocument;
  /** How the rows were read and prepared, saved with the model so that new rows become the same numbers. Training ignores it. */
  fitted?: FittedDocument;
}

/** Where the rows come from: a generator, the digits, a CSV or a Parquet file, images in folders, CIFAR-10, IDX files, NumPy's files, or the document itself. */
export type DataDocument =
  | GeneratorDocument
  | DigitsDocument
  | CsvDocument
  | ParquetDocument
  | ImagesDocument
  | Cifar10Document
  | IdxDocument
  | NumpyDocument
  | ArraysDocument;

/** How the rows reach the GPU. */
export interface Streamed {
  /** Batches are brought to the GPU ahead of the steps instead of the whole training part at the start, to the same bits. Default: where it does not fit. */
  stream?: boolean;
}

/** How the rows are divided and scaled. */
export interface Prepared extends Streamed {
  /** Fractions of the rows set apart, each in [0, 1). For data of their own test part (digits), `test` is not for choosing. Default: none. */
  split?: { validation?: number; test?: number };
  /** Mean 0 and standard deviation 1 per column, by the training part only; of a regression's targets too, which answers are turned back from. Default false. */
  standardise?: boolean;
  /** Of a regression: trains on the natural logarithms of its targets, all above 0, and answers in their own unit; errors count as ratios. Default false. */
  logTargets?: boolean;
}

/** How images are changed while they are trained on. */
export interface Augmented {
  /**
   * Random changes of each training batch, in this order, on the GPU: `[{"type": "flip"}, {"type": "shift", "pixels": 2}]`. Of images alone, and not of standardised
   * ones. Default: none.
   */
  augment?: Augmentation[];
}

/** Rows made by a function: `{"source": "generator", "name": "two_spirals", "params": {"rows": 1000}}`. */
export interface GeneratorDocument extends Prepared, Augmented {
  /** Tells the sources apart. */
  source: 'generator';
  /** Which generator: `two_spirals`, `xor`, ... */
  name: GeneratorName;
  /** Its parameters; those left out have their defaults. */
  params?: Record<string, number>;
}

/** The 1,797 handwritten digits that come with Fathom, pixels divided by 16; 360 rows are the test part. */
export interface DigitsDocument extends Omit<Prepared, 'split' | 'logTargets'>, Augmented {
  /** Tells the sources apart. */
  source: 'digits';
  /** The fraction of the training part set apart for validation, from 0 to below 1. Default: none. */
  split?: { validation?: number };
  /** Uses only this many rows of the training part, from the first: to overfit on purpose. */
  rows?: number;
}

/** Which columns of a table are learnt from and predicted, and what missing values become. */
export interface ColumnsDocument extends Prepared {
  /** The column to predict, by name or index from 0; default the last. */
  target?: string | number;
  /** Columns to learn from; default: all the others but dates, texts that are no categories, and a first column that counts the rows. */
  features?: (string | number)[];
  /** Columns of categories that look like numbers, such as postal codes; columns of words are categories anyway. */
  categories?: (string | number)[];
  /** Default 'auto': the loss decides whether the target is classes or numbers; where it takes both, text and few different whole numbers are classes. */
  task?: 'auto' | 'classification' | 'regression';
  /** What to do with missing values: name the first, leave its row out, or take the column's mean. Default 'error'. */
  missing?: 'error' | 'drop' | 'mean';
  /** Words for a missing value beside an empty cell, ?, NA, N/A, NaN, null and none. */
  missingWords?: string[];
}

/** A Parquet file, as pandas writes it; the path is relative to the document. Nested columns and other packings than snappy are refused. */
export interface ParquetDocument extends ColumnsDocument {
  /** Tells the sources apart. */
  source: 'parquet';
  /** The path of the file. */
  path: string;
}

/** A CSV file, given as text or as a path relative to the document. How it is written is found, or given. */
export interface CsvDocument extends ColumnsDocument {
  /** Tells the sources apart. */
  source: 'csv';
  /** The path of the file, beside the document; either this or `text`. */
  path?: string;
  /** The text of the file; either this or `path`. */
  text?: string;
  /** Whether the first line holds the names of the columns; found from the text by default. */
  header?: boolean;
  /** The character between fields, a blank for runs of blanks; found from several lines by default. */
  separator?: string;
  /** What stands before the fraction of a number; found by default. */
  decimal?: '.' | ',';
  /** What stands between groups of three digits, '' for nothing; found by default. */
  thousands?: '' | ',' | '.' | ' ' | "'" | '’';
  /** The encoding: "utf-8", "utf-16le", "windows-1252", ...; found by default. */
  encoding?: string;
}

/** Images and labels in IDX files, as MNIST has them, .gz or unpacked; paths relative to the document; pixels are divided by 255. */
export interface IdxDocument extends Prepared, Augmented {
  /** Tells the sources apart. */
  source: 'idx';
  /** The path of the file of images, [rows, height, width]. */
  images: string;
  /** The path of the file of labels, [rows]. */
  labels: string;
  /** Number of classes, at least 2, where the labels do not show all of them; one more than the largest label by default. */
  classes?: number;
  /** A test part in files of its own; without it, `split.test` can set rows apart. */
  test?: { images: string; labels: string };
}

/** PNG and JPEG files in a folder that has a folder for each class; pixels are divided by 255, channels last. */
export interface ImagesDocument extends Prepared, Augmented {
  /** Tells the sources apart. */
  source: 'images';
  /** The path of the folder, relative to the document. In a program `read` gives, by this name, a JSON list of the files in it: `["cat/1.png", "dog/7.jpg"]`. */
  path: string;
  /** Height and width that all are brought to; by default that which all have. */
  size?: number[];
  /** 3 for red, green, blue, 1 for grey; default 3. */
  channels?: number;
  /** The classes in the order of their indices; by default the folders, sorted. */
  classNames?: string[];
}

/** The binary version of CIFAR-10; paths are relative to the document; pixels are divided by 255, channels last. */
export interface Cifar10Document extends Prepared, Augmented {
  /** Tells the sources apart. */
  source: 'cifar10';
  /** The paths of `data_batch_1.bin` and so on, .gz or unpacked. */
  files: string[];
  /** Files of a test part, `test_batch.bin`; without them, `split.test` can set rows apart. */
  test?: string[];
}

/** Arrays in NumPy's files: two .npy files, or two arrays of one .npz file; paths relative to the document. */
export interface NumpyDocument extends Prepared, Augmented {
  /** Tells the sources apart. */
  source: 'numpy';
  /** The path of a .npz file. Without it, `x` and `y` are the paths of .npy files. */
  path?: string;
  /** The array of inputs, [rows, ...]: its name in the .npz file, or its own file. Default "x". */
  x?: string;
  /** The array of targets, [rows] or [rows, targets], or one-hot, [rows, classes], where the loss takes classes; likewise. Default "y". */
  y?: string;
  /** Number of classes, at least 2, where y are class indices; by default those that are there, where the loss takes classes. */
  classes?: number;
  /** What unsigned bytes are divided by: 255 for pixels from 0 to 1. Default 1. */
  divisor?: number;
  /** A test part in arrays of its own, named likewise; without it, `split.test` can set rows apart. */
  test?: { x: string; y: string };
}

/** Rows in the document itself. With `classes`, y are class indices. */
export interface ArraysDocument extends Prepared {
  /** Tells the sources apart. */
  source: 'arrays';
  /** Inputs, a list of numbers for each row. */
  x: number[][];
  /** Targets, a number or a list of numbers for each row. */
  y: number[] | number[][];
  /** Number of classes, at least 2, where y are class indices; without it they are numbers to be predicted. */
  classes?: number;
}

/** What every optimizer takes. `learningRate` is the learning rate before the schedule. */
export interface OptimizerBase {
  /** Learning rate before the schedule, at least 0. */
  learningRate: number;
  /** Decay of the rate over the steps; default constant. */
  schedule?: ScheduleDocument;
  /** Clipping of the gradient before the update, by global L2 norm or elementwise. */
  clip?: Clip;
  /** Parameters that are trained otherwise than the rest, or not at all. Where one is in several, the later group decides, setting by setting. */
  groups?: GroupDocument[];
}

/** A parameter group: the paths of layers or tensors that it holds, with all below them; `*` stands for any characters. */
export interface GroupDocument {
  /** Paths of layers or tensors: `dense_1`, `block_*`. */
  match: string | string[];
  /** Times the learning rate, and times the weight decay; default 1. */
  learningRateFactor?: number;
  /** Times the weight decay; default 1. */
  weightDecayFactor?: number;
  /** A constant: no gradient, no update, no decay. Default false. */
  frozen?: boolean;
  /** What a frozen batch norm uses: its running statistics, which stay, or the batch's. Default 'running'. */
  statistics?: 'running' | 'batch';
}

/** Options as a document has them: a schedule is described, and not an object of the program. */
export type Described<Options> = {
  [Key in keyof Options]: NonNullable<Options[Key]> extends Schedule
    ? ScheduleDocument
    : NonNullable<Options[Key]> extends readonly Schedule[]
      ? ScheduleDocument[]
      : Options[Key];
};

/** What a feature's constructor takes; nothing where it takes no options. */
export type OptionsOf<Feature> = Feature extends { create(options: infer Options): unknown } ? NonNullable<Options> : never;

/** PyTorch's optimizers with PyTorch's parameters and defaults; names in camelCase. */
export type OptimizerDocument = {
  [Name in keyof typeof OPTIMIZERS]: OptimizerBase & { name: Name } & Omit<OptionsOf<(typeof OPTIMIZERS)[Name]>, keyof OptimizerBase>;
}[keyof typeof OPTIMIZERS];

/** PyTorch's schedules, counted in steps, and the inverse square root after a warm-up (Vaswani 2017). `warmup` rises linearly for `steps` and hands over to `then`, which counts from 0 there. */
export type ScheduleDocument = { [Name in keyof typeof SCHEDULES]: { name: Name } & Described<OptionsOf<(typeof SCHEDULES)[Name]>> }[keyof typeof SCHEDULES];

/** How long and how. Exactly one of `epochs` and `steps`. */
export interface TrainingDocument {
  /** Passes over the training part, at least 1. */
  epochs?: number;
  /** Updates, at least 1. */
  steps?: number;
  /** Rows of a batch, at least 1; at most the training part's. */
  batchSize: number;
  /** Batches that make one step, whose gradient is the mean over all their rows: a batch of accumulate * batchSize rows in the memory of one. Default 1. */
  accumulate?: number;
  /** An average of the weights, which is evaluated and saved at the end in their place: moving, with `decay`, or over all updates from `from` on, every so many. */
  average?: AverageOptions;
  /** Steps between two validations; default once per epoch. */
  validateEvery?: number;
  /** Stops when the validation loss has not fallen by `minDelta` for `patience` validations; `restoreBest` (default true) goes back to the best. */
  earlyStopping?: { patience: number; minDelta?: number; restoreBest?: boolean };
  /** Default 'stop': the run stops at the first step whose loss or gradient is not finite, and names the first layer and tensor. 'skip' leaves the step out and
   * goes on. `rollBack` goes back to the last good state, kept every so many steps, and goes on with the learning rate times `factor`. */
  onNonFinite?: 'stop' | 'skip' | { rollBack: RollBackOptions };
}

/** What is watched. */
export interface ProbesDocument extends ProbeDocuments {
  /** Steps from one sampled step to the next; default 1. */
  every?: number;
  /** Default: z, delta, weight_gradient, weight, update. */
  tensors?: TensorKind[];
  /** Default 'all'. */
  layers?: 'all' | string[];
}
