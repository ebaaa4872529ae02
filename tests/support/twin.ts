// A trainer's twin in float64: the same step graph, interpreted.

import { type AnyDataset, columnsOf, rowsOfColumn } from '../../src/data/columns.ts';
import { infoOf } from '../../src/data/source.ts';
import type { Graph, Value } from '../../src/graph/graph.ts';
import type { TensorStats } from '../../src/inspect/history.ts';
import { type AnyModel, inputsOf } from '../../src/nn/model.ts';
import { regularizationLossOp } from '../../src/ops/regularization.ts';
import { foldIn, keyOf } from '../../src/random.ts';
import { createInterpreterState, type InterpreterState, interpretStep, type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { roundUp, sizeOf } from '../../src/shape.ts';
import { groupedGraph, readGroups } from '../../src/train/groups.ts';
import { initialWeights, LiveModel } from '../../src/train/live_model.ts';
import { sampleSize } from '../../src/train/objective.ts';
import { type HostNumbers, type HostTensor, numbersFor } from '../../src/train/parameters.ts';
import { batchesOf, buildStepGraph, type StepGraph, type StepGraphOptions } from '../../src/train/step_graph.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';

/** Tensors by the name that the data set has for them. */
export type Batch = Readonly<Record<string, Float32Array>>;

export interface TwinRecord {
  readonly loss: number;
  readonly regularizationLoss: number;
  readonly norm: number;
  readonly learningRate: number;
}

export class Twin {
  readonly step: StepGraph;
  readonly world: InterpreterState;
  /** The last step's values. */
  values: Map<Value, Tensor64> = new Map();

  private readonly accumulate: number;

  /** Starts from the trainer's parameters and running statistics; without them from those of the options' seed. */
  constructor(options: TrainerOptions<AnyModel>, given?: ReadonlyMap<string, HostTensor>) {
    const description = options.model instanceof LiveModel ? options.model.description : options.model;
    const rows = options.data?.train.rows;
    const batch = Math.min(options.batchSize ?? 32, rows ?? Number.POSITIVE_INFINITY);
    const inputs = inputsOf(description, options.features ?? sizeOf((options.data && infoOf(options.data.train).x?.shape) ?? []));
    const whole: StepGraphOptions = {
      model: description,
      loss: options.loss,
      optimizer: options.optimizer,
      batch: roundUp(batch, 4),
      inputs,
      source: options.data ? 'dataset' : 'batch',
      shuffle: options.shuffle ?? true,
      probes: options.probes === undefined ? {} : options.probes,
      regularization: regularizationLossOp,
      ...(options.accumulate ? { accumulate: options.accumulate } : {}),
      ...(options.augment ? { augment: options.augment.on(inputs, options.data?.train) } : {}),
      ...(options.average ? { average: options.average } : {}),
      ...(options.clip ? { clip: options.clip } : {}),
    };
    const groups = readGroups(options, { placed: new Map(), shares: [] });
    this.step = groups.length > 0 ? groupedGraph({ whole, idle: false }, groups).graph : buildStepGraph(whole);
    const tensors: ReadonlyMap<string, HostNumbers> = given ?? initialWeights(this.step.initializers, options.seed ?? 0);
    const of = (origin: Value['origin']): Map<string, Tensor64> =>
      new Map(
        this.graph.values
          .filter((value) => value.origin === origin)
          .map((value) => [value.name, tensor64(value.type.shape, numbersFor('Twin', tensors.get(value.name)!, value.type.shape))]),
      );
    this.accumulate = batchesOf(options);
    const train = options.data?.train as AnyDataset | undefined;
    this.world = createInterpreterState(this.graph.values, {
      parameters: of('parameter'),
      buffers: of('buffer'),
      gradientSlots: this.step.gradientSlots,
      datasetSize: rows ?? batch,
      batch,
      key: foldIn(keyOf(options.seed ?? 0), 'run'),
      skipNonFinite: options.onNonFinite === 'skip',
      learningRateAt: (step) => Math.fround(options.optimizer.learningRateAt(step)),
      ...(train
        ? {
            data: new Map(
              Object.entries(columnsOf(train)).map(([name, column]) => [
                `data/${name}` as const,
                tensor64([train.rows, ...column.shape], rowsOfColumn(column, 0, train.rows)),
              ]),
            ),
          }
        : {}),
    });
  }

  get graph(): Graph {
    return this.step.graph;
  }

  get parameters(): ReadonlyMap<string, Tensor64> {
    return this.world.arenas.get('parameters')!;
  }

  get buffers(): ReadonlyMap<string, Tensor64> {
    return this.world.arenas.get('buffers')!;
  }

  /** One step, on the data set or on a batch; rows behind the batch's are zero. */
  run(fed?: Batch): TwinRecord {
    const inputs = new Map<string, Tensor64>();
    if (fed) {
      const padded = (value: Value, data: Float32Array): Tensor64 => tensor64(value.type.shape, (i) => data[i] ?? 0);
      for (const [name, value] of Object.entries(this.step.batch)) inputs.set(name, padded(value, fed[name]!));
      const [name, value] = Object.entries(this.step.batch)[0]!;
      const rows = fed[name]!.length / sampleSize(value.type);
      Object.assign(this.world.run, { samples: rows, batch: rows });
    }
    const batchNodes = this.graph.nodes.filter((node) => node.group === 'step');
    for (let i = 1; i < this.accumulate; i++) interpretStep(this.graph, this.world, inputs, batchNodes);
    this.values = interpretStep(this.graph, this.world, inputs);
    const { loss, regularizationLoss, norm, learningRate } = this.world.run;
    return { loss, regularizationLoss, norm, learningRate };
  }

  /** Gradients of the last step by the path of their parameter. */
  gradients(): Map<string, Tensor64> {
    return new Map([...this.step.gradientSlots].map(([value, path]) => [path, this.values.get(value)!]));
  }

  /** What the probes saw, in the order in which they were asked for: source by source. */
  stats(): TensorStats[] {
    return [...this.world.moments.values()].flat();
  }
}
