// From a document to the engine's own parts. The documents' names are PyTorch's where PyTorch has one; the engine's may differ.
import { requireObject } from '../errors.ts';
import { TENSOR_KINDS } from '../inspect/history.ts';
import type { ProbeFeature } from '../inspect/probe.ts';
import { PROBES, type ProbeName } from '../inspect/probe_index.ts';
import type { ProbeOptions } from '../inspect/probes.ts';
import { type Sequential, sequential } from '../nn/sequential.ts';
import { accumulate } from '../train/accumulation.ts';
import { averageWeights } from '../train/average.ts';
import { earlyStopping } from '../train/early_stopping.ts';
import { rollBack } from '../train/roll_back.ts';
import type { FitOptions, TrainerOptions } from '../train/trainer.ts';
import { DEFAULT_SEED, type Splits } from './data.ts';
import type { Experiment, LayerDocument, ModelDocument, ProbesDocument } from './document.ts';
import { buildLayers } from './registry/layers.ts';
import { buildLoss } from './registry/losses.ts';
import { buildMetric } from './registry/metrics.ts';
import { buildOptimizer } from './registry/optimizers.ts';
import { givenExperiment, givenLayers } from './schema.ts';
import { requireModelSize } from './size.ts';

/** The document's trainer, but for its device. */
export function trainerOptions(given: Experiment, splits: Splits): TrainerOptions {
  const document = givenExperiment('trainerOptions', given);
  requireObject('trainerOptions: splits', splits, 'parts of the data, as loadData gives them');
  const { train, validation } = splits;
  requireObject('trainerOptions: train', train, 'a data set, as dataset() builds it');
  const { optimizer, training } = document;
  requireModelSize(document, train.features);
  return {
    model: buildModel(document.model),
    loss: buildLoss(document.loss, train.classes === undefined),
    ...(document.metrics ? { metrics: document.metrics.map(buildMetric) } : {}),
    optimizer: buildOptimizer(optimizer),
    data: { train, ...(validation ? { validation } : {}), ...(document.data.stream === undefined ? {} : { stream: document.data.stream }) },
    batchSize: training.batchSize,
    ...(training.accumulate === undefined ? {} : { accumulate: accumulate(training.accumulate) }),
    ...(training.average ? { average: averageWeights(training.average) } : {}),
    seed: document.seed ?? DEFAULT_SEED,
    probes: buildProbes(document.probes ?? {}),
    onNonFinite: typeof training.onNonFinite === 'object' ? rollBack(training.onNonFinite.rollBack) : (training.onNonFinite ?? 'stop'),
    ...(optimizer.clip ? { clip: optimizer.clip } : {}),
    ...(optimizer.groups ? { groups: optimizer.groups } : {}),
  };
}

/** How long the document trains, and what may end it. */
export function fitOptions(given: Experiment): FitOptions {
  const { training } = givenExperiment('fitOptions', given);
  const { epochs, steps, validateEvery, earlyStopping: stopping } = training;
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(steps === undefined ? {} : { steps }),
    ...(validateEvery === undefined ? {} : { validateEvery }),
    ...(stopping ? { earlyStopping: earlyStopping(stopping) } : {}),
  };
}

/** The model of a document, or layers as one. `modelDocument` is the way back. */
export function buildModel(given: ModelDocument | readonly LayerDocument[]): Sequential {
  return sequential(buildLayers(givenLayers(Array.isArray(given) ? given : (given as ModelDocument | undefined)?.layers)));
}

/** All that the rules look at by default. */
export function buildProbes(document: ProbesDocument): ProbeOptions {
  requireObject('buildProbes', document, 'the probes of a document');
  const { every = 1, tensors, layers, ...given } = document;
  const asked = Object.entries<ProbeFeature>(PROBES).flatMap(([name, feature]) => {
    const options = given[name as ProbeName] ?? (feature.usual?.(tensors ?? TENSOR_KINDS) ? {} : undefined);
    return options ? [[name, feature.create(options)]] : [];
  });
  return {
    every,
    tensors: tensors ?? ['z', 'delta', 'weight_gradient', 'weight', 'update'],
    ...Object.fromEntries(asked),
    ...(layers && layers !== 'all' ? { layers } : {}),
  };
}
