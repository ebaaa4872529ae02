// The record of a run, as plain data: the engine writes it, the diagnosis, the reports and the demo read it, and
// anybody may write one from another framework (see the JSON Lines schema in src/experiment).
import type { RunFacts } from './facts.ts';
import type { LayerMetrics } from './probe_index.ts';
import type { Steps } from './steps.ts';

/**
 * The six tensors of a layer that can be watched. z is the input of the activation (after batch norm, where there is one), delta = dL/dz, update what
 * the optimizer asked for, clipping, penalties and weight decay included, before the weights round it; 0 in a step that was skipped.
 */
export const TENSOR_KINDS = ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] as const;
/** The name of a tensor of a layer that can be watched. */
export type TensorKind = (typeof TENSOR_KINDS)[number];
/** Tensors whose norms can be had without their other statistics. */
export const NORM_KINDS = ['delta', 'weight_gradient'] as const;
/** The name of a tensor whose norm can be had alone. */
export type NormKind = (typeof NORM_KINDS)[number];

/**
 * Statistics of one tensor at one step. Over the finite elements only; the counts are over all of them.
 * Where no element is finite the numbers are 0 and the counts tell. Of logs of other frameworks a number that they do not have is NaN.
 */
export interface TensorStats {
  /** Number of elements, non-finite ones included; padding never. */
  count: number;
  /** The square root of the sum of squares. */
  l2: number;
  /** The square root of the mean square. */
  rms: number;
  /** The mean. */
  mean: number;
  /** Population standard deviation. */
  std: number;
  /** The smallest element. */
  min: number;
  /** The largest element. */
  max: number;
  /** Mean of |x|. */
  absMean: number;
  /** Fraction of elements that are +0 or -0. */
  zeroFraction: number;
  /** Elements that are NaN. */
  nanCount: number;
  /** Elements that are infinite, of either sign. */
  infCount: number;
  /** Counts of |x| per bin: [under the first edge (zeros left out), between the edges ..., from the last edge on]. */
  histogram?: number[];
}

/** What one layer showed at one step, with the figures of probes. Only requested figures are there. */
export interface LayerRecord extends LayerMetrics {
  /** Statistics of the tensors that are watched. */
  tensors: Partial<Record<TensorKind, TensorStats>>;
  /** L2 norms alone, where only they were asked for: they cost next to nothing. */
  norms?: Partial<Record<NormKind, number>>;
  /**
   * |update| / |weight|, by L2 norm and by mean absolute value, the weight before the update. `applied`: how much of the update float32 weights
   * could hold, |weight after - weight before| / |update| by L2 norm, from 0 to 1; absent where nothing was asked for, or where it was not measured. `absMean` is
   * NaN where a log has L2 norms alone.
   */
  updateToWeight?: { l2: number; absMean: number; applied?: number };
}

/**
 * One training step. `layers` is there on probed steps, in the order of `History.layers`, and `joins` in that of `History.joins`. The history of a log of
 * another framework need not have more than `step` and `loss`: there the other numbers may be absent.
 */
export interface StepRecord {
  /** Steps are numbered from 1: the first update is step 1. Logs of other frameworks may begin at 0. */
  step: number;
  /** Fractional epoch after the step; absent where batches are given one by one: there is no data set to count. */
  epoch?: number;
  /** The data loss: penalties are apart. */
  loss: number;
  /** L1 and L2 penalties. */
  regularizationLoss: number;
  /** Global L2 norm of the data gradient over all parameters, before clipping. */
  gradientNorm: number;
  /** Learning rate used in the step. */
  learningRate: number;
  /** The layers, in the order of `History.layers`, where the step was probed. */
  layers?: LayerRecord[];
  /** The joins, in the order of `History.joins`, where the step was probed. */
  joins?: LayerRecord[];
}

/** One validation pass. */
export interface ValidationRecord {
  /** The step after which it was made. */
  step: number;
  /** Fractional epoch after that step. */
  epoch: number;
  /** Mean loss of the steps since the validation before. */
  trainLoss: number;
  /** Mean loss over the validation set. */
  validationLoss: number;
  /** Fraction of right answers, for classification only. */
  validationAccuracy?: number;
  /** The same over the rows of the steps since the validation before. */
  trainAccuracy?: number;
  /** The requested ones by name; with several outputs `output/name`. */
  validationMetrics?: Record<string, number>;
  /** How often each class was the answer on the validation set, for classification only: a network that answers but one has not learned. */
  predictedClasses?: readonly number[];
  /** The same over the rows of the steps since the validation before. */
  trainMetrics?: Record<string, number>;
}

/** What is known of a layer before the first step. A layer here is one weight that data are multiplied with, and the activation that follows. */
export interface LayerInfo {
  /** Path in the model, as in errors, checkpoints and the page: `dense_3`. */
  name: string;
  /** The output layer's z are the logits: rules about depth leave it out. */
  role: 'hidden' | 'output';
  /** Name of the activation after it; 'linear' where there is none, 'unknown' where a log does not say. */
  activation: string;
  /** Inputs of a unit. */
  fanIn: number;
  /** Units. */
  width: number;
  /** True where batch norm stands between the weight and the activation. */
  batchNorm: boolean;
  /** True for another norm, such as layer norm. */
  normalised?: boolean;
  /** True in a branch that is added to what goes past it, such as that of a residual block. */
  residual: boolean;
  /** Whether every path from the input to the output passes the layer. Where it is absent, layers outside of residual blocks are taken for it. */
  trunk?: boolean;
  /** True where the weight is frozen: it has no gradient and no update. After `setGroups`, as it is now. */
  frozen?: boolean;
  /** Of a layer in a branch: the layer or join of the trunk that the branch leaves from; 'input' before the first. */
  branchOf?: string;
  /** Of a layer of the trunk in a model of several inputs: those whose trunk it is on; absent where it is on that of each. */
  inputs?: readonly string[];
}

/** A place of the trunk where branches come together again, a residual block's sum for one: it has a z and a delta, but no weight. */
export interface JoinInfo {
  /** Its path, as that of a layer: `residual_1`. */
  name: string;
  /** As of a layer: whether what follows is the output. */
  role: LayerInfo['role'];
  /** Name of the activation after it; 'linear' where there is none. */
  activation: string;
  /** Its features. */
  width: number;
  /** How many of `History.layers` come before it. */
  after: number;
  /** As of a layer. */
  inputs?: readonly string[];
}

/** A run that turned non-finite: where it began. */
export interface NonFinite {
  /** The step, counted from 1. */
  step: number;
  /** The first layer, in the order of computation, whose tensor was not finite; absent where only the loss was. */
  layer?: string;
  /** Which tensor, or which of the step's numbers. */
  tensor: TensorKind | 'loss' | 'regularization_loss' | 'gradient_norm';
  /** Elements that were NaN. */
  nanCount: number;
  /** Elements that were infinite. */
  infCount: number;
}

/** On which device a run continued after the loss of its own. */
export interface DeviceRecovery {
  /** What was said of the loss. */
  lost: string;
  /** What the platform calls the adapter of the new device. */
  adapter: string;
  /** Whether it is an adapter of the same kind: then the run has the bits of one that was never interrupted. On another, bits differ from there. */
  equal: boolean;
}

/** How a run continued after a non-finite step or the loss of its device: that step, the step it went back to, and the learning rate since. */
export interface Recovery {
  /** The step that was not finite, or the last one before the loss of the device. */
  from: number;
  /** The step to which the run went back; 0 for its beginning. */
  to: number;
  /** The learning rate with which it went on. */
  learningRate: number;
  /** What was not finite; absent where the device was lost. */
  nonFinite?: NonFinite;
  /** Where the device was lost. */
  device?: DeviceRecovery;
}

/** Everything a run tells. Rows are in the order of steps; there may be gaps in `steps`. */
export interface History {
  /** The layers, in the order of computation. */
  layers: LayerInfo[];
  /** Where branches of the trunk come together, if any do. */
  joins?: JoinInfo[];
  /** A list of StepRecord, in columns. */
  steps: Steps;
  /** The validations, in order. */
  validations: ValidationRecord[];
  /** Where the run turned non-finite and stopped; absent where it did not. */
  nonFinite?: NonFinite;
  /** Where it went back and on; the steps that were taken back are not in `steps`. */
  recoveries?: Recovery[];
  /** Edges of the histograms, where there are any. */
  histogramEdges?: number[];
  /**
   * What the loss is about; the rules measure it against the loss of knowing nothing. `chance` is that loss, the best of a constant answer (the targets'
   * variance for MSE); without it ln(classes) is taken for a classification, else what the run began with.
   */
  task?: { kind: 'classification' | 'regression'; classes?: number; baselineLoss?: number };
  /** Whether each step's loss is a mean over many, as of an epoch: the first one then says nothing of the loss before training. */
  averaged?: true;
  /** The step whose weights early stopping put back at the end, where it did and nothing was validated since: the validations after it are of weights that nobody keeps. */
  keptStep?: number;
  /** How often each class was the answer at the end, where the run had no validations that say it. */
  predictedClasses?: readonly number[];
  /** What the run is made of: data, loss, options. The rules look for causes there. */
  facts?: RunFacts;
}

/** A history as plain data, with a list of records for its steps: what `JSON.parse` or `postMessage` gives. */
export type HistoryData = Omit<History, 'steps'> & { steps: Iterable<StepRecord> };
