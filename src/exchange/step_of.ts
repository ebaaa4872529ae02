// The graph of a document's step without a device: what its parameters are, how they start, and what can be seen of its layers.
import { trainerOptions } from '../experiment/build.ts';
import { DEFAULT_SEED, type LoadedData } from '../experiment/data.ts';
import type { Experiment } from '../experiment/document.ts';
import type { Groups } from '../nn/build.ts';
import { settingsOf } from '../nn/groups.ts';
import { inputsOf } from '../nn/model.ts';
import { regularizationLossOp } from '../ops/regularization.ts';
import { type HostTensor, roundUp, sizeOf } from '../shape.ts';
import { groupedGraph, readGroups } from '../train/groups.ts';
import { initialWeights } from '../train/live_model.ts';
import type { TrainerOptions } from '../train/options.ts';
import { batchTypes, type StepGraph } from '../train/step_graph.ts';

/** A step that will not be taken. */
export interface PlannedStep {
  readonly options: TrainerOptions;
  readonly graph: StepGraph;
  readonly inputs: ReturnType<typeof inputsOf>;
  /** Settings of parameters and layers by path. */
  readonly groups: Groups;
  /** Parameters and running statistics as they start, by path. */
  readonly weights: ReadonlyMap<string, HostTensor>;
}

/** Throws what creating a trainer would throw, but for what the device says. */
export function stepOf(document: Experiment, data: LoadedData): PlannedStep {
  const options = trainerOptions(document, data) as unknown as TrainerOptions;
  const { model, loss, optimizer, accumulate, average, clip } = options;
  const inputs = inputsOf(model as Parameters<typeof inputsOf>[0], data.train.features);
  const batch = roundUp(document.training.batchSize, 4);
  const { placed } = batchTypes(model as Parameters<typeof batchTypes>[0], loss, inputs, batch);
  const whole = {
    ...{ model, loss, optimizer, batch, inputs, probes: {}, source: 'dataset', shuffle: true, ringBatches: 0, ringBatchSize: document.training.batchSize },
    regularization: regularizationLossOp,
    ...(accumulate ? { accumulate } : {}),
    ...(average ? { average } : {}),
    ...(clip ? { clip } : {}),
  } as Parameters<typeof groupedGraph>[0]['whole'];
  const groups = readGroups(options, { placed, shares: [] });
  const { graph } = groupedGraph({ whole, idle: false }, groups);
  const start = initialWeights(graph.initializers, document.seed ?? DEFAULT_SEED);
  const weights = new Map<string, HostTensor>();
  for (const [path, { shape }] of graph.initializers) weights.set(path, { shape, data: (start.get(path) as { data: Float32Array }).data });
  for (const { shape, data: numbers } of weights.values()) if (sizeOf(shape) !== numbers.length) throw new Error('a tensor is not of its shape');
  return { options, graph, inputs, groups: settingsOf(groups), weights };
}
