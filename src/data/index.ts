export { fromCifar10 } from './cifar.ts';
export type { Column, NamedDataset } from './columns.ts';
export { type CsvTable, parseCsv } from './csv.ts';
export { type CsvColumn, type FromCsvOptions, fromCsv } from './csv_dataset.ts';
export type { CsvOptions } from './csv_options.ts';
export { type ColumnSummary, type DataSummary, summaryText, type TableSummary } from './csv_summary.ts';
export { type Dataset, type DatasetInput, dataset, type Numbers, type Scaling, type TargetScaling, take } from './dataset.ts';
export { fromDigitsCsv } from './digits.ts';
export { GENERATORS, type Generator, type GeneratorName, type GeneratorParam, generate } from './generators/index.ts';
export { fromIdx, gunzip, type Idx, type IdxData, parseIdx } from './idx.ts';
export { type ColumnInput, namedDataset } from './named_dataset.ts';
export { type FromNpyOptions, fromNpy, type Npy, parseNpy, unpackNpz } from './npy.ts';
export { permuted } from './permutation.ts';
export {
  applyScaling,
  applyTargetScaling,
  divideBy,
  fitMinMax,
  fitStandardiser,
  oneHot,
  type Split,
  type SplitOptions,
  type StandardiseOptions,
  split,
  standardise,
} from './prepare.ts';
export type { RowsSummary, RowTargets } from './rows_summary.ts';
export type { Batch, BatchSource, GivenBatch, NamedSource } from './source.ts';
