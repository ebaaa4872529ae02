// What the page and the source of a run (the worker with the engine, or the recorded run) say to each other. Plain
// data only: everything here passes through postMessage. Large things are typed arrays and are transferred.

import type { Comparison } from '../src/experiment/judge.ts';
import type { PreflightCheck } from '../src/experiment/preflight/index.ts';
import type { RemedyId } from '../src/experiment/remedies/index.ts';
import type { ReportInput } from '../src/experiment/report.ts';
import type { Verdict } from '../src/experiment/try_remedies.ts';
import type { Finding, FindingWords } from '../src/inspect/diagnose/index.ts';
import type { JoinInfo, LayerInfo, NonFinite, TensorKind, TensorStats, ValidationRecord } from '../src/inspect/history.ts';
import type { Texts } from '../src/texts.ts';
import type { CsvFile, ExperimentDocument } from './document.ts';
import type { Cells } from './map/cells.ts';
import type { Settings } from './settings.ts';

/** Numbers per row and step in `steps.layers`, in this order. NaN and Infinity stand for themselves. */
export const FIELDS = ['delta', 'update', 'dead', 'saturated'] as const;

/** Steps per second that the speeds mean; `max` is as fast as the device allows. */
export const SPEEDS = { slow: 15, fast: 60, max: Number.POSITIVE_INFINITY } as const;
export type Speed = keyof typeof SPEEDS;

/** One way to fix what a finding is about: the document it leads to is the whole proposal. */
export interface RemedyMessage {
  id: RemedyId;
  /** Its words: the remedies themselves, with layers and theory behind them, stay in the worker. */
  text: Texts;
  document: ExperimentDocument;
}

/** What a rule says. `layer` counts rows (rows.ts) from 1, the first after the input. */
export interface FindingMessage extends Pick<Finding, 'rule' | 'kind' | 'severity' | 'message' | 'evidence' | 'consequenceOf'> {
  layer?: number;
  /** Words of the rule, its icon, and the level that the finding passed: the rules themselves stay in the worker. */
  text: Texts<FindingWords>;
  icon?: string;
  level?: number;
  remedies: RemedyMessage[];
}

/** What the diagnosis says. */
export interface FindingsMessage {
  type: 'findings';
  run: number;
  /** The gravest first. */
  findings: FindingMessage[];
  /** Titles of the rules that matter and could not judge. */
  unchecked?: Texts<Pick<FindingWords, 'title'>>[];
  /** The loss of the best constant answer on the targets of the training part, where it is known. */
  baselineLoss?: number;
  nonFinite?: NonFinite;
}

/** A check before training, and its answer. */
export interface CheckMessage extends Pick<PreflightCheck, 'name' | 'outcome' | 'sentence' | 'evidence'> {
  text: Texts<{ readonly title: string }>;
  /** What the rule finds that made it fail. */
  cause?: Texts<Pick<FindingWords, 'title'>>;
}

/** What can be told before training. */
export interface PreflightMessage {
  type: 'preflight';
  run: number;
  checks: CheckMessage[];
  /** Whether all checks were made, those with steps of their own too. */
  whole: boolean;
  /** The step of the rows that are learned by heart, while all checks are being made. */
  running?: number;
}

/** How the model that there is now compares with the untreated one, as `fathom treat` would say. */
export interface JudgementMessage extends Pick<Comparison, 'unit' | 'loss' | 'untreatedLoss' | 'baselineLoss'> {
  type: 'judgement';
  run: number;
  verdict: Verdict;
}

/** What the theory says of a network before its first step. */
export interface TheoryMessage {
  /** log10 of rms delta relative to the last row, per row, the first one first. */
  delta: Float32Array;
  /** Factor per layer on rms delta at the fixed point, for the label. */
  factor: number;
  /** Squared backward factor per row, as chi in the literature. */
  chi: Float32Array;
}

/** Points of the tables over q, the mean square of an activation's input, and the decades that they cover. */
export const GRID = 201;
const SMALLEST_SIZE = -12;
const DECADES = 20;
/** q at a point of the tables. */
export const sizeAt = (i: number): number => 10 ** (SMALLEST_SIZE + (DECADES * i) / (GRID - 1));
/** Where log10 of q stands among the points, between them and inside. */
export const placeOf = (q: number): number => Math.max(0, Math.min(GRID - 1.001, ((q - SMALLEST_SIZE) * (GRID - 1)) / DECADES));

/** What the page needs to say what another gain would do. */
export interface HandMessage {
  /** E[φ²], E[φ′²], E[φ] and E[φ′⁴] at each point of the tables. */
  square: Float32Array;
  slope: Float32Array;
  mean: Float32Array;
  fourth: Float32Array;
  /** The largest slope that the activation has. */
  steepest: number;
  /** Fan-in times the variance of the weights at a gain of 1: of the first layer and of the others. */
  first: number;
  hidden: number;
  /** Mean of x² over the data. */
  input: number;
}

/** Why theory has no say: batch norm over data of few columns, an activation straight after a shortcut's sum, a layer that it does not know. */
export type NoTheory = 'flat_data' | 'post_activation' | 'unknown_layer';

/** How much further than the data the decision surface reaches. */
export const MARGIN = 1.06;

/** Points along a side of the plane over which units are shown. */
export const UNIT_GRID = 24;

/** The points of a two-dimensional data set as the model sees them, thinned to a few hundred. */
export interface PointsMessage {
  x: Float32Array;
  label: Uint8Array;
  /** Half the side of the square that the decision surface covers. */
  reach: number;
}

/** `start` is what a program of PyTorch begins with: rows and first weights. */
export type ExportKind = 'weights' | 'history' | 'csv' | 'report' | 'document' | 'start';

export type ToWorker =
  /** With `compare`, the run is judged against the one before it, or against the one that that was compared with. */
  /** `resume` goes on from the last checkpoint, or from the one that the browser kept of an earlier visit; with `keep` it may be kept. */
  /** `half` is half the side of the plane on which the rows lie, where they are drawn on one. */
  | {
      type: 'start';
      run: number;
      document: ExperimentDocument;
      playing: boolean;
      resume?: boolean | 'stored';
      compare?: boolean;
      keep?: boolean;
      half?: number;
    }
  /** Asks for a test of the run's kernels once it has taken some steps. */
  | { type: 'self_test' }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'step' }
  | { type: 'speed'; speed: Speed }
  | { type: 'learningRate'; learningRate: number }
  | { type: 'watch'; layer: number | null }
  /** Whether steps in between are taken apart to time each kernel. */
  | { type: 'profile'; on: boolean }
  | { type: 'digit'; pixels: Float32Array }
  /** Asks for the map of depth against gain, beside a run that is paused; what is known is not computed again. */
  | { type: 'map'; settings: Settings; csv: CsvFile | null; cells: Cells }
  | { type: 'map_stop' }
  /** Asks for all checks of a run that waits for its first step; they end at the next step, too. */
  | { type: 'preflight' }
  | { type: 'preflight_stop' }
  | { type: 'export'; kind: ExportKind }
  | { type: 'load'; name: string; bytes: Uint8Array }
  /** Whether a document is one, before anything that runs is touched: the answer is `checked`. */
  | { type: 'check'; document: ExperimentDocument };

export interface StartedMessage {
  type: 'started';
  run: number;
  /** Steps taken already: not 0 where it goes on from a checkpoint. */
  step: number;
  layers: LayerInfo[];
  joins?: JoinInfo[];
  theory: TheoryMessage | null;
  /** Why there is no theory, where that is worth saying. */
  noTheory?: NoTheory;
  /** For turning the factor by hand; absent where the page cannot. */
  hand?: HandMessage | null;
  points: PointsMessage | null;
  task: 'classification' | 'regression';
  /** That the document names, with their words. */
  metrics?: { name: string; text: Texts }[];
  classes: number;
  features: number;
  rows: number;
  /** The loss of the best constant answer, of a recording or a log; a live run measures it with the first findings. */
  baselineLoss: number | null;
  parameters: number;
}

export interface StepsMessage {
  type: 'steps';
  run: number;
  /** Number of the first step in the batch. */
  first: number;
  loss: Float32Array;
  norm: Float32Array;
  learningRate: Float32Array;
  epoch: number;
  /** steps x rows x FIELDS. */
  layers: Float32Array;
  /** Of a network with blocks, rms delta where each branch begins, per row at the last of the steps; NaN for a row that is no block. */
  branches?: Float32Array;
}

/** What the GPU time of a step goes into. */
export const GPU_PARTS = ['forward', 'backward', 'weight_gradients', 'update', 'statistics'] as const;
export type GpuPart = (typeof GPU_PARTS)[number];

/** Means over the steps measured, in milliseconds. */
export interface GpuTimesMessage {
  type: 'gpu_times';
  run: number;
  /** Steps measured. */
  steps: number;
  /** Forward and backward per row. */
  layers: Float32Array;
  parts: Record<GpuPart, number>;
}

export type FromWorker =
  /** What the theory says, long before the kernels of the network are compiled. */
  | { type: 'foreseen'; run: number; theory: TheoryMessage | null; noTheory?: NoTheory }
  /** `adapter` is null where the browser hides its name. */
  | { type: 'ready'; adapter: string | null; fallback: boolean }
  | StartedMessage
  | StepsMessage
  | { type: 'validation'; run: number; record: ValidationRecord }
  | {
      type: 'detail';
      run: number;
      layer: number;
      step: number;
      tensors: Partial<Record<TensorKind, TensorStats>>;
      applied?: number;
      edges: number[];
      chi: number;
    }
  /** From the top left, row by row: the class that the network answers plus how sure it is of it, in [0, 1). */
  | { type: 'surface'; run: number; size: number; values: Float32Array }
  /** What each unit of the open layer answers over the same square: [units, UNIT_GRID, UNIT_GRID]. */
  | { type: 'units'; run: number; layer: number; values: Float32Array }
  | { type: 'confusion'; run: number; counts: number[][] }
  | JudgementMessage
  | FindingsMessage
  | PreflightMessage
  | { type: 'digit'; scores: Float32Array }
  | { type: 'status'; run: number; stepsPerSecond: number; dispatches: number; bytes: number }
  | { type: 'ended'; run: number; reason: 'early_stopping' | 'non_finite'; step: number }
  /** What a report is made of; the page has the document to draw it in. */
  | { type: 'report'; input: Omit<ReportInput, 'treatment'> }
  | { type: 'exported'; kind: ExportKind; name: string; mime: string; bytes: Uint8Array }
  | { type: 'checkpoint'; run: number; step: number }
  /** The browser has kept a run of this document from an earlier visit. */
  | { type: 'stored'; run: number; step: number }
  /** `old` where the file is of a version with other paths. */
  | { type: 'loaded'; name: string; old: boolean }
  /** What is wrong with the document that was to be checked; null for nothing. */
  | { type: 'checked'; wrong: string | null }
  | GpuTimesMessage
  /** A row of the map: what arrives, as log10, by gain; how much of the colours is done, and in how many seconds. */
  | { type: 'map_row'; j: number; ratio: Float32Array; done: number; seconds: number; coarse: boolean }
  /** Where networks learn, of the whole map. */
  | ({ type: 'map_learns'; done: number; seconds: number } & Omit<Cells, 'ratio'>)
  /** The map is whole, or was stopped. */
  | { type: 'map_end' }
  | { type: 'lost'; run: number; step: number; message: string }
  /** All kernels of a run were tested, and none that is still used is wrong. */
  | { type: 'self_tested' }
  /** Some were wrong, portable ones took their place, and the run begins again. */
  | { type: 'replaced'; message: string }
  /** So are those: what the run has shown is not to be trusted, and it ends. */
  | { type: 'wrong_numbers' }
  | { type: 'no_gpu'; message: string }
  /** The run ended by it. */
  | { type: 'failed'; run: number; message: string }
  /** One wish could not be met; the run goes on. */
  | { type: 'refused'; message: string; wish?: 'profile' };

/** Where a run comes from: a worker, or a recording. */
export interface Source {
  post(message: ToWorker, transfer?: Transferable[]): void;
  listen(listener: (message: FromWorker) => void): void;
  close(): void;
}
