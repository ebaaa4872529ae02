// From a trainer's options to its parts: graph, plan, buffers and pipelines.
import { type AnyDataset, columnsOf, givenTensors } from '../data/columns.ts';
import { infoOf, isSource } from '../data/source.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { type BufferProvider, Runner } from '../gpu/runner.ts';
import type { BufferName } from '../graph/op.ts';
import type { History } from '../inspect/history.ts';
import { RETENTION, Steps } from '../inspect/steps.ts';
import { infoOf as layersOf } from '../inspect/taps.ts';
import { type AnyModel, inputsOf } from '../nn/model.ts';
import { foldIn, keyOf } from '../random.ts';
import type { Plan } from '../scheduler/plan.ts';
import { planOf } from '../scheduler/schedule.ts';
import { roundUp } from '../shape.ts';
import type { BatchInput } from './batch_input.ts';
import type { Grouping } from './groups.ts';
import { later } from './later.ts';
import { initialWeights, LiveModel, type ModelOptions } from './live_model.ts';
import { targetRules } from './objective.ts';
import { batchSizeOf, checkData, checkOptions, isStreamed, type TrainerOptions } from './options.ts';
import { ParameterStore, Weights } from './parameters.ts';
import { Run } from './run.ts';
import { startingState } from './run_state.ts';
import { batchesOf, batchTypes, buildStepGraph, type StepGraph, type StepGraphOptions } from './step_graph.ts';
import type { Stream } from './stream.ts';
import { stored } from './tensors.ts';

export interface Assembly<M extends AnyModel> {
  readonly run: Run;
  graph: StepGraph;
  graphOptions: StepGraphOptions;
  /** What groups can refer to, and the groups in effect. */
  readonly grouping: Grouping;
  /** The first one: the step loop has the one that runs. */
  readonly runner: Runner;
  readonly store: ParameterStore;
  readonly model: LiveModel<M>;
  /** What was made for this trainer and is destroyed with it: the model, unless it was given alive, and weights of its own. */
  owned: readonly { destroy(): void }[];
  /** The training set, or the ring that it is streamed through. */
  readonly data: Buffers;
  readonly bufferProvider: BufferProvider;
  readonly stream: Stream | undefined;
  /** Where there is no data set. */
  readonly batchInput: BatchInput | undefined;
}

/** Builds everything that steps need, for a new run or one that goes on. Rejects with ShapeError, DataError, UsageError, KernelError or DeviceError, after freeing what it made. */
export async function assemble<M extends AnyModel>(
  device: Device,
  cache: PipelineCache,
  options: TrainerOptions<M>,
  run = new Run(foldIn(keyOf(options.seed ?? 0), 'run')),
): Promise<Assembly<M>> {
  device.check();
  const { maxBufferBytes } = device.capabilities;
  let train = options.data?.train;
  // Loaded for streamed data, and for trainers without a data set.
  const streaming = options.data && isStreamed(options.data, maxBufferBytes) ? await later() : undefined;
  if (options.optimizer.react) (await later()).requireValidation(options as TrainerOptions<AnyModel>);
  if (isSource(train)) streaming?.requireSource(train);
  const features = checkOptions(options);
  const batch = batchSizeOf(options);
  const live = options.model instanceof LiveModel ? options.model : undefined;
  live?.alive();
  live?.on('model', device);
  const description = live?.description ?? (options.model as M);
  const inputs = live?.inputs ?? inputsOf(description, features);
  const { shuffle = true, accumulate, average } = options;
  const fed = train ? undefined : await later();
  const bytes = train && Object.fromEntries(Object.entries(infoOf(train)).flatMap(([name, info]) => (info.bytes ? [[name, info.divisor ?? 1]] : [])));
  const { types, outputs, parts, placed, penalised } = batchTypes(description, options.loss, inputs, roundUp(batch, 4));
  accumulate?.check(parts, options.data);
  if (options.metrics) (await later()).joinMetrics(options.metrics, parts, outputs);
  const wrong = options.data && checkData(options.data, { parts, types, outputs });
  if (wrong) throw (await later()).wrongTargets(wrong);
  const rules = targetRules(parts, outputs);
  fed?.requireComparable(rules);
  const ring = streaming && new streaming.Ring(batch, types, bytes!, maxBufferBytes, batchesOf(options));
  // The caller may change it while something is loaded. A source is streamed.
  const copyData = (): void => {
    if (train && !streaming) train = givenTensors('data.train', train as AnyDataset, true);
  };
  if (penalised) copyData();
  const whole: StepGraphOptions = {
    model: description,
    loss: options.loss,
    optimizer: options.optimizer,
    batch: roundUp(batch, 4),
    inputs,
    source: options.data ? 'dataset' : 'batch',
    shuffle,
    ringBatches: ring?.ringBatches ?? 0,
    ringBatchSize: batch,
    bytes,
    probes: options.probes === undefined ? {} : options.probes,
    regularization: penalised ? (await later()).regularizationLossOp : undefined,
    accumulate,
    augment: options.augment?.on(inputs, train),
    average,
    clip: options.clip,
  };
  // Loaded for groups, frozen layers, and outputs without a loss.
  const idle = parts.length < Object.keys(outputs).length;
  const grouping = options.groups || options.freeze || idle ? await later() : undefined;
  const about = { whole, idle, placed, shares: live?.shares ?? options.share ?? [] };
  const groups = grouping?.readGroups(options, about) ?? [];
  const { graphOptions, graph } = grouping?.groupedGraph(about, groups) ?? { graphOptions: whole, graph: buildStepGraph(whole) };
  const frozen = graph.graph.values.some((value) => value.frozen);
  // Weights that exist already, or are kept apart from the trained ones.
  const shared = live ?? (options.share || frozen ? await (await later()).createModel(device, cache, description, modelOptions(options, features)) : undefined);
  // A plan that leaves tensors out has a layout of its own.
  const kept = frozen ? undefined : shared?.weights;
  let plan: Plan;
  try {
    const planned = planOf(graph.graph, {
      capabilities: device.capabilities,
      gradientSlots: graph.gradientSlots,
      retain: [...Object.values(graph.model.outputs), graph.losses],
      layout: kept?.layout,
      bufferLayout: kept?.bufferLayout,
    });
    if ('then' in planned) copyData();
    plan = 'then' in planned ? await planned : planned;
  } catch (error) {
    if (!live) shared?.destroy();
    throw error;
  }
  const data = new Buffers(device);
  const made: { destroy(): void }[] = live || !shared ? [data] : [data, shared];
  try {
    const { weights, model, store } = await device.attempt(() => {
      const weights = kept ?? new Weights(device, plan.layout, plan.bufferLayout);
      const model = shared ?? new LiveModel(device, cache, description, inputs, weights);
      if (!shared) weights.set(initialWeights(graph.initializers, options.seed ?? 0));
      const store = new ParameterStore(device, weights, statesOf(options));
      store.write('run', startingState({ datasetSize: train?.rows ?? batch, batch, key: run.key, skipNonFinite: options.onNonFinite === 'skip' }));
      if (ring) ring.create(data);
      else if (train) {
        const columns = columnsOf(train as AnyDataset);
        for (const [name, type] of Object.entries(types)) {
          const values = stored(type, columns[name]!.values);
          data.create(`data/${name}`, values.byteLength);
          data.write(`data/${name}`, values);
        }
      }
      return { weights, model, store };
    });
    made.push(...(shared ? [] : [model]), ...(weights === model.weights ? [] : [weights]), store);
    const bufferProvider: BufferProvider = { buffer: (name: BufferName) => store.buffer(name) ?? data.get(name) };
    const changed = grouping?.changedBy(graph);
    if (frozen) weights.linked = grouping!.link(device, weights, [{ weights: model.weights, placement: '' }], changed);
    const runner = await Runner.create(device, plan, bufferProvider, cache);
    const batchInput = fed && new fed.BatchInput({ tensors: graph.batch, batch, rules, runner, store });
    const stream = ring && new streaming!.Stream(train!, { batch, shuffle, run, ring, types, rules });
    const owned = made.filter((each) => each !== data && each !== store);
    return {
      run,
      graph,
      graphOptions,
      grouping: { ...about, groups, set: false, since: new Map() },
      runner,
      store,
      model,
      owned,
      data,
      bufferProvider,
      stream,
      batchInput,
    };
  } catch (error) {
    for (const each of made) each.destroy();
    throw error;
  }
}

/** The arenas that are kept beside the weights, in their layout: the optimizer's states, and the average. */
function statesOf({ optimizer, average }: TrainerOptions<AnyModel>): BufferName[] {
  return [...optimizer.update.states.map((_, i) => `optimizer/${i}` as const), ...(average ? ['optimizer/average' as const] : [])];
}

function modelOptions({ model, seed = 0, share }: TrainerOptions<AnyModel>, features: number): ModelOptions {
  return { seed, ...(share ? { share } : {}), ...(model instanceof LiveModel || model.kind === 'model' ? {} : { features }) };
}

/** A history before the first step. */
export function emptyHistory({ graph }: Assembly<AnyModel>, { probes, data }: Pick<TrainerOptions, 'probes' | 'data'>): History {
  // With several outputs, the first decides.
  const { loss, target } = graph.parts[0]!;
  const classes = data && infoOf(data.train)[target]?.classes;
  return {
    ...layersOf(graph.taps),
    steps: new Steps([], RETENTION),
    validations: [],
    ...(probes?.histograms ? { histogramEdges: [...probes.histograms.edges] } : {}),
    task: { kind: loss.task, ...(classes ? { classes } : {}) },
  };
}
