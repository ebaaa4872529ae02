// Remedies: each is a pure function from a document to a mended one, with the reason in words, or null where it does not apply.
// They only propose; treat.ts measures whether a proposal helps.
import type { Finding, RemedyId } from '../inspect/diagnose/index.ts';
import { criticalGain, gainForDepth } from '../inspect/theory/mean_field.ts';
import type { Nonlinearity } from '../inspect/theory/quadrature.ts';
import { ACTIVATIONS } from '../ops/activation_table.ts';
import type { ActivationDocument, DenseDocument, Experiment, LayerDocument, OptimizerDocument } from './document.ts';
import { depthOf, hiddenBlocks, mapBlocks, unrollFirst } from './layers.ts';

/** A changed document and why it should help. */
export interface Proposal {
  document: Experiment;
  why: string;
}

/** `finding` is what asked for it, where that matters: a learning rate can be too large or too small. */
export type Remedy = (document: Experiment, finding?: Finding) => Proposal | null;

/** All remedies, in the order in which they are offered where nothing else decides. */
export const REMEDIES: Readonly<Record<RemedyId, Remedy>> = {
  critical_initialisation: criticalInitialisation,
  activation: betterActivation,
  batch_norm: insertBatchNorm,
  residual: addShortcuts,
  clip: clipGradient,
  learning_rate: changeRate,
  optimizer: useAdam,
  larger_batch: enlargeBatch,
  l2: addL2,
  dropout: addDropout,
  early_stopping: stopEarly,
};

/** Above this sw2 the critical point only exists on paper: sigmoid's 103 saturates most units. */
const LARGEST_GAIN = 10;

/** The activation as the theory takes it, its parameters filled in. */
export function nonlinearityOf(layer: ActivationDocument | undefined): Nonlinearity {
  const entry = ACTIVATIONS[layer?.name ?? 'linear'] as (typeof ACTIVATIONS)['linear'] & { kinks?(params: object): number[] };
  const params = { ...entry.params, ...layer?.params };
  const value = entry.value as (x: number, params: object) => number;
  const derivative = entry.derivative as (x: number, params: object) => number;
  const kinks = entry.kinks?.(params);
  return { value: (x) => value(x, params), derivative: (x) => derivative(x, params), ...(kinks ? { kinks } : {}) };
}

/**
 * The sw2 = fan-in * Var(W) at which a gradient keeps its size: the critical gain, or for GELU-like functions the one for the given depth.
 * Inverted dropout that keeps a share p multiplies the squared factor by 1/p, so sw2 shrinks by p. Undefined where there is none of use.
 */
export function usefulGain(layer: ActivationDocument | undefined, depth: number, keep = 1): number | undefined {
  const phi = nonlinearityOf(layer);
  const gain = criticalGain(phi) ?? (depth >= 2 ? gainForDepth(phi, depth) : undefined);
  return gain === undefined || gain > LARGEST_GAIN ? undefined : round(gain * keep);
}

function criticalInitialisation(document: Experiment): Proposal | null {
  const { layers } = document.model;
  const depth = depthOf(layers);
  const names = new Map<string, number>();
  let changed = false;
  const mended = mapBlocks(layers, (block, dense, { residual }) => {
    // Batch norm undoes any scale, and between shortcuts the scale of the branch decides.
    if (residual || block.some((layer) => layer.type === 'batch_norm')) return block;
    const phi = block.find((layer) => layer.type === 'activation');
    const dropout = block.find((layer) => layer.type === 'dropout');
    const scale = usefulGain(phi, depth, 1 - (dropout?.rate ?? 0));
    if (scale === undefined) return block;
    names.set(phi?.name ?? 'linear', scale);
    if (same(sw2Of(dense), scale)) return block;
    changed = true;
    return [{ ...dense, initial: { scheme: 'variance_scaling', scale, mode: 'fan_in', distribution: 'normal' } }, ...block.slice(1)];
  });
  if (!changed) return null;
  const values = [...names].map(([name, scale]) => `${scale} for ${name}`).join(', ');
  return {
    document: withLayers(document, mended),
    why: `Weights of variance s / fan-in with the critical s (${values}), so that a gradient keeps its size from layer to layer.`,
  };
}

function betterActivation(document: Experiment, finding?: Finding): Proposal | null {
  const { layers } = document.model;
  const depth = depthOf(layers);
  const used = [...new Set(hiddenBlocks(layers).flatMap((block) => block.activation?.name ?? []))];
  const dying = used.every((name) => ACTIVATIONS[name].deadAtZero) || finding?.rule === 'dead_units';
  const target: ActivationDocument = dying ? { type: 'activation', name: 'leaky_relu', params: { alpha: 0.2 } } : { type: 'activation', name: 'relu' };
  if (used.length === 0 || used.every((name) => name === target.name)) return null;
  const scale = usefulGain(target, depth)!;
  const mended = mapBlocks(layers, (block, dense) => {
    if (!block.some((layer) => layer.type === 'activation')) return block;
    const initial = block.some((layer) => layer.type === 'batch_norm')
      ? dense.initial
      : ({ scheme: 'variance_scaling', scale, mode: 'fan_in', distribution: 'normal' } as const);
    return block.map((layer) => (layer.type === 'activation' ? target : layer === dense ? { ...dense, ...(initial ? { initial } : {}) } : layer));
  });
  const why = dying
    ? `leaky_relu keeps a slope of 0.2 below zero, so no unit can fall silent for ever; weights start at its critical scale, s = ${scale}.`
    : `relu has slope 1 where it is active, ${used.join(' and ')} flattens on both sides; weights start at relu's critical scale, s = ${scale}.`;
  return { document: withLayers(document, mended), why };
}

function insertBatchNorm(document: Experiment): Proposal | null {
  let changed = false;
  const mended = mapBlocks(document.model.layers, (block) => {
    const at = block.findIndex((layer) => layer.type === 'activation');
    if (at < 0 || block.some((layer) => layer.type === 'batch_norm')) return block;
    changed = true;
    return [...block.slice(0, at), { type: 'batch_norm' }, ...block.slice(at)];
  });
  if (!changed) return null;
  return {
    document: withLayers(document, mended),
    why: 'Batch norm between each weight matrix and its activation holds the activations at variance 1, whatever the weights are.',
  };
}

function addShortcuts(document: Experiment): Proposal | null {
  if (hasShortcuts(document.model.layers)) return rescaleShortcuts(document);
  let blocks = 0;
  const mended = mapBlocks(unrollFirst(document.model.layers), (block, dense, { width }) => {
    if (width !== dense.units) return block;
    blocks++;
    return [{ type: 'residual', scale: '1/sqrt(L)', layers: block }];
  });
  if (blocks === 0) return null;
  return {
    document: withLayers(document, mended),
    why: 'Shortcuts give the gradient a path past every block; branches scaled by 1/√L keep the sum from growing with depth.',
  };
}

/** Whether a residual block stands in the row, in a repeat or in a block of layers. */
function hasShortcuts(layers: readonly LayerDocument[]): boolean {
  return layers.some((layer) => layer.type === 'residual' || ((layer.type === 'repeat' || layer.type === 'sequential') && hasShortcuts(layer.layers)));
}

/** Shortcuts that are there already, with 1/√L where their branches have another scale. */
function rescaleShortcuts(document: Experiment): Proposal | null {
  let changed = false;
  const rescale = (layers: readonly LayerDocument[]): LayerDocument[] =>
    layers.map((layer) => {
      if (layer.type === 'repeat' || layer.type === 'sequential') return { ...layer, layers: rescale(layer.layers) };
      if (layer.type !== 'residual' || layer.scale === '1/sqrt(L)') return layer;
      changed = true;
      return { ...layer, scale: '1/sqrt(L)' };
    });
  const mended = rescale(document.model.layers);
  return changed
    ? { document: withLayers(document, mended), why: 'Unscaled branches double the signal per block; scaled by 1/√L they multiply it by about e in all.' }
    : null;
}

function clipGradient(document: Experiment): Proposal | null {
  const { clip } = document.optimizer;
  if (clip && 'norm' in clip && clip.norm <= 1) return null;
  return { document: withOptimizer(document, { clip: { norm: 1 } }), why: 'A gradient whose global norm is above 1 is scaled down to 1; its direction stays.' };
}

/** Ten times more where the updates are too small to move the loss, a tenth everywhere else. */
function changeRate(document: Experiment, finding?: Finding): Proposal | null {
  const { rate } = document.optimizer;
  const up =
    finding?.rule === 'absolutely_tiny' || finding?.rule === 'loss_stuck' || (finding?.rule === 'update_size' && Number(finding.evidence.log10L2) < -2);
  const next = Number((up ? rate * 10 : rate / 10).toPrecision(6));
  return { document: withOptimizer(document, { rate: next }), why: `Steps are too ${up ? 'small' : 'large'}: learning rate ${rate} → ${next}.` };
}

/** What divides by the gradient's own size already, as Adam does. */
const ADAM_AND_KIN: readonly OptimizerDocument['name'][] = ['adam', 'adamw', 'adamax', 'nadam', 'radam'];

function useAdam(document: Experiment): Proposal | null {
  const { optimizer } = document;
  if (ADAM_AND_KIN.includes(optimizer.name)) return null;
  const { schedule, clip } = optimizer;
  const adam: OptimizerDocument = { name: 'adam', rate: 0.001, ...(schedule ? { schedule } : {}), ...(clip ? { clip } : {}) };
  return {
    document: { ...document, optimizer: adam },
    why: "Adam divides each parameter's step by the size of its own gradient, so small gradients move too.",
  };
}

function enlargeBatch(document: Experiment): Proposal | null {
  const { batchSize } = document.training;
  if (batchSize >= 512) return null;
  const next = Math.min(512, batchSize * 4);
  return {
    document: { ...document, training: { ...document.training, batchSize: next } },
    why: `The noise of a batch's gradient falls with its size: ${batchSize} → ${next} samples.`,
  };
}

function addL2(document: Experiment): Proposal | null {
  let changed = false;
  const mended = mapBlocks(document.model.layers, (block, dense) => {
    if (dense.l2) return block;
    changed = true;
    return block.map((layer) => (layer === dense ? { ...dense, l2: 1e-3 } : layer));
  });
  return changed
    ? { document: withLayers(document, mended), why: 'A penalty of 0.001/2 |W|² on the hidden weights keeps them from fitting the noise of the training part.' }
    : null;
}

function addDropout(document: Experiment): Proposal | null {
  let changed = false;
  const mended = mapBlocks(document.model.layers, (block) => {
    const at = block.findIndex((layer) => layer.type === 'activation');
    if (at < 0 || block.some((layer) => layer.type === 'dropout')) return block;
    changed = true;
    return [...block.slice(0, at + 1), { type: 'dropout', rate: 0.3 }, ...block.slice(at + 1)];
  });
  return changed
    ? { document: withLayers(document, mended), why: 'Each unit is left out of 30 % of the steps, so that none can rely on a single other one.' }
    : null;
}

function stopEarly(document: Experiment): Proposal | null {
  if (document.training.earlyStopping) return null;
  const data = document.data.split?.validation ? document.data : { ...document.data, split: { ...document.data.split, validation: 0.2 } };
  const training = { ...document.training, earlyStopping: { patience: 10, minDelta: 0, restoreBest: true } };
  return {
    document: { ...document, data, training },
    why: 'Training ends when the validation loss has not fallen for 10 checks, and goes back to the best parameters.',
  };
}

/** fan-in * Var(W) of a dense where it does not depend on the fan-in and fan-out, nor these are given; undefined otherwise. */
function sw2Of({ initial = { scheme: 'he_normal' } }: DenseDocument): number | undefined {
  if (initial.scheme === 'constant' || initial.fanIn !== undefined) return undefined;
  const gain = (initial.gain ?? 1) ** 2;
  if (initial.scheme.startsWith('he_')) return 2 * gain;
  if (initial.scheme.startsWith('lecun_')) return gain;
  return initial.scheme === 'variance_scaling' && (initial.mode ?? 'fan_in') === 'fan_in' ? initial.scale * gain : undefined;
}

const same = (a: number | undefined, b: number): boolean => a !== undefined && Math.abs(a - b) < 0.02 * b;
const round = (value: number): number => Number(value.toPrecision(6));
const withLayers = (document: Experiment, layers: LayerDocument[]): Experiment => ({ ...document, model: { ...document.model, layers } });
const withOptimizer = (document: Experiment, change: Partial<Pick<OptimizerDocument, 'rate' | 'clip'>>): Experiment => ({
  ...document,
  optimizer: { ...document.optimizer, ...change },
});
