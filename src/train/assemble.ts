// From what a trainer is asked for to what it is made of: graph, plan, buffers and pipelines.
import type { Dataset } from '../data/dataset.ts';
import { divisorOf } from '../data/source.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { type Residents, Runner } from '../gpu/runner.ts';
import type { ResidentName } from '../graph/op.ts';
import type { History } from '../inspect/history.ts';
import { infoOf } from '../inspect/taps.ts';
import { startingValues } from '../nn/sequential.ts';
import { checkTargets } from '../nn/targets.ts';
import { slotWords } from '../ops/batches.ts';
import { fold, keyOf } from '../random.ts';
import { schedule } from '../scheduler/schedule.ts';
import { BYTES, elementsOf, roundUp } from '../shape.ts';
import { batchSizeOf, checkData, checkOptions, streamedSource, type TrainerOptions, targetsOf } from './options.ts';
import { ParameterStore } from './parameters.ts';
import { startingState } from './run_state.ts';
import { batchesOf, buildStepGraph, type StepGraph, type StepGraphOptions } from './step_graph.ts';
import { Stream, slotsFor } from './stream.ts';

export interface Assembly {
  readonly graph: StepGraph;
  readonly graphOptions: StepGraphOptions;
  readonly runner: Runner;
  readonly store: ParameterStore;
  /** The training set, or the ring that it is streamed through. */
  readonly data: Buffers;
  readonly residents: Residents;
  readonly stream: Stream | undefined;
}

/** Builds everything that steps need. Rejects with ShapeError, DataError, UsageError, KernelError or DeviceError, and leaves nothing behind then. */
export async function assemble(device: Device, cache: PipelineCache, options: TrainerOptions): Promise<Assembly> {
  device.check();
  const features = checkOptions(options);
  const batch = batchSizeOf(options);
  const { shuffle = true, accumulate } = options;
  const { maxBufferBytes } = device.capabilities;
  const source = options.data && streamedSource(options.data, maxBufferBytes);
  const divisor = options.data && divisorOf(options.data.train);
  const stored = divisor === undefined ? 'f32' : 'u8';
  const slots = source ? slotsFor(batch, Math.max(features * BYTES[stored], source.targetWidth * 4), maxBufferBytes, batchesOf(options)) : 0;
  const graphOptions: StepGraphOptions = {
    model: options.model,
    loss: options.loss,
    optimizer: options.optimizer,
    batch: roundUp(batch, 4),
    features,
    source: options.data ? 'dataset' : 'feed',
    shuffle,
    slots,
    slotSamples: batch,
    stored,
    ...(divisor === undefined ? {} : { divisor }),
    probes: options.probes === undefined ? {} : options.probes,
    ...(accumulate ? { accumulate } : {}),
    ...(options.clip ? { clip: options.clip } : {}),
  };
  const graph = buildStepGraph(graphOptions);
  if (options.data) checkData(options, graph);
  const plan = schedule(graph.graph, {
    capabilities: device.capabilities,
    pins: graph.pins,
    keep: [graph.model.output, graph.losses],
  });
  const key = keyOf(options.seed ?? 0);
  const store = new ParameterStore(device, plan.layout, plan.runningLayout, options.optimizer.states);
  const data = new Buffers(device);
  const residents: Residents = { buffer: (name: ResidentName) => store.buffer(name) ?? data.get(name) };
  try {
    store.set(new Map([...startingValues(graph.initials, fold(key, 'initial values'))].map(([path, values]) => [path, { data: values }])));
    if (source) {
      data.create('data/x', slots * slotWords(batch, source.features, stored) * 4);
      data.create('data/y', slots * slotWords(batch, source.targetWidth, 'f32') * 4);
    } else if (options.data) {
      const train = options.data.train as Dataset;
      const x = train.bytes?.values ?? train.x;
      const { y } = train;
      data.create('data/x', x.byteLength);
      data.write('data/x', x);
      data.create('data/y', y.byteLength);
      data.write('data/y', elementsOf(graph.targets.type, y));
    }
    const runKey = fold(key, 'run');
    store.write('run', startingState({ samples: options.data?.train.rows ?? batch, batch, key: runKey, tolerant: options.onNonFinite === 'continue' }));
    const runner = await Runner.create(device, plan, residents, cache);
    const targets = targetsOf('data source: y', options.loss, graph);
    const streaming = {
      batch,
      shuffle,
      key: runKey,
      slots,
      checkTargets: (y: Float32Array, rowOf: (index: number) => number) => checkTargets(y, { ...targets, rowOf }),
    };
    const stream =
      source &&
      new Stream(source, streaming, (name, rows, offset) =>
        data.write(name, rows instanceof Float32Array && name === 'data/y' ? elementsOf(graph.targets.type, rows) : rows, offset),
      );
    return { graph, graphOptions, runner, store, data, residents, stream };
  } catch (error) {
    store.destroy();
    data.destroy();
    throw error;
  }
}

/** A history before the first step. */
export function emptyHistory({ graph }: Assembly, { probes, loss, data }: TrainerOptions): History {
  return {
    ...infoOf(graph.taps),
    steps: [],
    checks: [],
    ...(probes?.histograms ? { histogramEdges: [...probes.histograms.edges] } : {}),
    task: { kind: loss.task, ...(data?.train.classes ? { classes: data.train.classes } : {}) },
  };
}
