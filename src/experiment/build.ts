// From a document to the engine's own parts. The documents' names are PyTorch's where PyTorch has one; the engine's may differ.
import { requireObject } from '../errors.ts';
import { TENSOR_KINDS } from '../inspect/history.ts';
import type { ProbeFeature } from '../inspect/probe.ts';
import { PROBES, type ProbeName } from '../inspect/probe_index.ts';
import type { ProbeOptions } from '../inspect/probes.ts';
import { type Sequential, sequential } from '../nn/sequential.ts';
import { accumulate } from '../train/accumulation.ts';
import { augment } from '../train/augment.ts';
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
import { DIGIT_SHAPE } from './sources/digits.ts';

/**
 * Turns a document into what `createTrainer` takes.
 *
 * @param given - The experiment, as `parseExperiment` returns it.
 * @param splits - Its data sets, as `loadData` gives them.
 * @returns Options for `engine.createTrainer`.
 * @throws UsageError for what is no experiment or no data set, and for a model with more parameters than a document may ask for.
 * @example
 * const trainer = await engine.createTrainer(trainerOptions(experiment, await loadData(experiment)));
 */
export function trainerOptions(given: Experiment, splits: Splits): TrainerOptions {
  const document = givenExperiment('trainerOptions', given);
  requireObject('trainerOptions: splits', splits, 'parts of the data, as loadData gives them');
  const { train, validation } = splits;
  requireObject('trainerOptions: train', train, 'a data set, as dataset() builds it');
  const { data, optimizer, training } = document;
  requireModelSize(document, train.features);
  return {
    model: buildModel(document.model),
    loss: buildLoss(document.loss, train.classes === undefined),
    ...(document.metrics ? { metrics: document.metrics.map((metric) => buildMetric(metric, splits.train.reading?.targets)) } : {}),
    optimizer: buildOptimizer(optimizer),
    data: { train, ...(validation ? { validation } : {}), ...(document.data.stream === undefined ? {} : { stream: document.data.stream }) },
    batchSize: training.batchSize,
    ...(training.accumulate === undefined ? {} : { accumulate: accumulate(training.accumulate) }),
    ...('augment' in data && data.augment ? { augment: augment(data.augment, data.source === 'digits' ? { image: DIGIT_SHAPE } : {}) } : {}),
    ...(training.average ? { average: averageWeights(training.average) } : {}),
    seed: document.seed ?? DEFAULT_SEED,
    probes: buildProbes(document.probes ?? {}),
    onNonFinite: typeof training.onNonFinite === 'object' ? rollBack(training.onNonFinite.rollBack) : (training.onNonFinite ?? 'stop'),
    ...(optimizer.clip ? { clip: optimizer.clip } : {}),
    ...(optimizer.groups ? { groups: optimizer.groups } : {}),
  };
}

/**
 * Turns a document into what `trainer.fit` takes: how long it trains, and what ends it early.
 *
 * @param given - The experiment, as `parseExperiment` returns it.
 * @returns Options for `trainer.fit`.
 * @throws UsageError for what is no experiment.
 * @example
 * const history = await trainer.fit(fitOptions(experiment));
 */
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

/**
 * Builds the model that a document describes. `modelDocument` is the way back.
 *
 * @param given - The `model` of a document, or its list of layers.
 * @returns A model of layers in a row.
 * @throws UsageError for a wrong layer, with its place.
 * @example
 * const model = buildModel([{ type: 'dense', units: 16 }, { type: 'activation', name: 'tanh' }, { type: 'dense', units: 2 }]);
 */
export function buildModel(given: ModelDocument | readonly LayerDocument[]): Sequential {
  return sequential(buildLayers(givenLayers(Array.isArray(given) ? given : (given as ModelDocument | undefined)?.layers)));
}

/**
 * Turns the `probes` of a document into what `createTrainer` takes; what the rules of `diagnose` read is watched by default.
 *
 * @param document - The probes; `{}` for the defaults.
 * @returns Options for `createTrainer({ probes })`.
 * @throws UsageError for what is no object, and for options of a probe that it does not take.
 * @example
 * const probes = buildProbes({ every: 10, norms: { every: 1 } });
 */
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
