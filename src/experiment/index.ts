// Experiments as documents: check one, run one, try remedies on one, read a history back.

export type { Unseen, UnseenPolicy } from '../data/unseen.ts';
export {
  type DiagnoseOptions,
  type Diagnosis,
  type Finding,
  type Levels,
  type OfferedRemedy,
  type OwnRule,
  RULES,
  type RuleId,
  type Severity,
  type Unchecked,
  unchecked,
} from '../inspect/diagnose/index.ts';
export type { LayerPrediction } from '../inspect/theory/signal.ts';
export { modelDocument } from '../nn/document.ts';
export type { NodeDocument } from '../nn/layers/graph.ts';
export type { Admission } from './admit.ts';
export type { AnsweredRows } from './answered_rows.ts';
export { buildModel, buildProbes, fitOptions, trainerOptions } from './build.ts';
export { DIGIT_FILES, type LoadedData, loadData, type ReadFile, type Splits } from './data.ts';
export { diagnose, factsOf } from './diagnose.ts';
export type * from './document.ts';
export { fromParquet } from './from_parquet.ts';
export { type GradientNoise, type GradientNoiseOptions, gradientNoise } from './gradient_noise.ts';
export { parseHistory } from './history_reader.ts';
export { HISTORY_FORMAT, historyJsonSchema, historyLines } from './history_schema.ts';
export type { FromImagesOptions } from './image_options.ts';
export { fromImages, type ImageFile } from './images.ts';
export { fromJson, toJson } from './json.ts';
export type { Comparison } from './judge.ts';
export type { CsvRowsOptions } from './new_rows.ts';
export { type NoiseLook, type NoiseOverRun, type NoiseOverRunOptions, noiseOverRun } from './noise_over_run.ts';
export { type InputMoments, measureInputs, type Predicted, predict, predictPlaces } from './predict.ts';
export {
  beforehand,
  type Preflight,
  type PreflightCheck,
  type PreflightCheckName,
  type PreflightOptions,
  type PreflightProgress,
  preflight,
} from './preflight/index.ts';
export type * from './public_types.ts';
export { buildLoss, LOSS_NAMES, type OptionsOf as LossOptionsOf } from './registry/losses.ts';
export { buildMetric } from './registry/metrics.ts';
export { buildOptimizer } from './registry/optimizers.ts';
export { buildSchedule } from './registry/schedules.ts';
export { type Proposal, REMEDIES, type Remedy, type RemedyId } from './remedies/index.ts';
export type { RowPredictions } from './row_predictions.ts';
export { type RunCheckpoints, type RunOptions, type RunResult, type RunStart, type RunStatus, runExperiment } from './run.ts';
export { deltaRatio, type RunSummary, summaryOf } from './run_summary.ts';
export { documentOf } from './saved_file.ts';
export { openModel, type PredictOptions, SavedModel } from './saved_model.ts';
export { experimentJsonSchema, parseExperiment } from './schema.ts';
export {
  type Diagnosed,
  examine,
  type RemedyTrial,
  type RemedyTrials,
  type TryRemediesOptions,
  tryRemedies,
  type Verdict,
} from './try_remedies.ts';
