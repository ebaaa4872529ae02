export { type CsvOptions, type CsvTable, parseCsv } from './csv.ts';
export { type CsvColumn, type FromCsvOptions, fromCsv } from './csv_dataset.ts';
export { type Dataset, type DatasetInput, dataset, type Numbers, take } from './dataset.ts';
export { fromDigitsCsv } from './digits.ts';
export { GENERATORS, type Generator, type GeneratorName, type GeneratorParam, generate } from './generators.ts';
export { fromIdx, gunzip, type Idx, type IdxData, parseIdx } from './idx.ts';
export { permuted } from './permutation.ts';
export { applyScaling, divideBy, fitMinMax, fitStandardiser, oneHot, type Scaling, type Split, type SplitOptions, split } from './prepare.ts';
export type { Batch, BatchSource, GivenBatch } from './source.ts';
