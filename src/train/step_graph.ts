// One training step as one graph: batch, forward, loss, backward, norm, clipping, statistics, update.
import { backward } from '../autodiff.ts';
import { UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { type ProbeOptions, type ProbePlan, planProbes } from '../inspect/probes.ts';
import { deriveTaps, type Taps } from '../inspect/taps.ts';
import { BLOCK, layOut } from '../layout.ts';
import type { Loss } from '../nn/losses.ts';
import type { BuiltModel, Initials, Sequential } from '../nn/sequential.ts';
import { beginStepOp, gatherRowsOp } from '../ops/batches.ts';
import { copyOp } from '../ops/copy.ts';
import { finishStepOp, penaltyOp, squaredNormOp } from '../ops/finish.ts';
import { clearPadding } from '../ops/padding.ts';
import { updateOp } from '../ops/updates.ts';
import { batch as batchType, type StoredDType } from '../shape.ts';
import type { Accumulation } from './accumulation.ts';
import type { Optimizer } from './optimizers.ts';

/** Clipping of the data gradient: by its global norm (direction unchanged) or value by value. */
export type Clip = { norm: number } | { value: number };

/** What only the last batch of a step runs, where there are several. */
export const UPDATE_GROUP = 'update';

export interface StepGraphOptions {
  readonly model: Sequential;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly clip?: Clip;
  /** Rows of the batch's tensors, a multiple of 4; the true rows are known to the GPU alone. */
  readonly batch: number;
  readonly features: number;
  /** Where batches come from: gathered from the resident data set, or written from outside. */
  readonly source: 'dataset' | 'feed';
  readonly shuffle: boolean;
  /** Batches in the ring of a streamed data set; the whole set is on the GPU by default. */
  readonly slots?: number;
  /** How the data set's inputs are stored: f32 by default, or bytes and what they are divided by. */
  readonly stored?: StoredDType;
  readonly divisor?: number;
  /** Samples of a full batch in that ring. */
  readonly slotSamples?: number;
  readonly probes: ProbeOptions | null;
  /** Several batches of a step; one by default. */
  readonly accumulate?: Accumulation;
  /** False leaves the update out: to look at a step without taking it. */
  readonly update?: boolean;
}

export interface StepGraph {
  readonly graph: Graph;
  readonly x: Value;
  readonly targets: Value;
  readonly model: BuiltModel;
  /** What can be seen of the model. */
  readonly taps: Taps;
  readonly losses: Value;
  readonly initials: Initials;
  /** Gradient of each parameter, which lies in the gradient arena. */
  readonly pins: ReadonlyMap<Value, string>;
  readonly probes: ProbePlan | null;
}

/** Batches that make a step. */
export const batchesOf = ({ accumulate }: { accumulate?: Accumulation }): number => accumulate?.batches ?? 1;

export function buildStepGraph(options: StepGraphOptions): StepGraph {
  const { model, loss, optimizer, batch, features } = options;
  const graph = new Graph();
  const initials: Initials = new Map();
  const batches = batchesOf(options);
  const group = batches > 1 ? UPDATE_GROUP : 'step';
  graph.apply(beginStepOp, [], { accumulate: batches }, 'begin_step');
  const targetWidth = loss.targetWidth(model.outputWidth(features));
  const gathered = options.source === 'dataset';
  const { shuffle, slots = 0, slotSamples = 0, stored = 'f32', divisor = 1 } = options;
  const dtype = loss.targetDtype ?? 'f32';
  const x = gathered
    ? graph.apply(gatherRowsOp, [], { data: 'data/x', type: batchType(batch, features), stored, divisor, shuffle, slots, slotSamples }, 'x')[0]!
    : graph.input('x', [batch, features], { batch: true, padding: 'alike' });
  const targets = gathered
    ? graph.apply(
        gatherRowsOp,
        [],
        { data: 'data/y', type: { ...batchType(batch, targetWidth), dtype }, stored: dtype, shuffle, slots, slotSamples },
        'targets',
      )[0]!
    : graph.input('targets', [batch, targetWidth], { dtype, batch: true, padding: 'alike' });
  const built = model.build(graph, x, 'train', initials);
  const taps = deriveTaps({ nodes: built.nodes, inputs: [x], output: built.output });
  const losses = loss.build(graph, built.output, targets);
  const gradients = backward(
    graph,
    losses,
    graph.scope('grad', () => loss.seed?.(graph, losses) ?? null),
  );
  const { pins, gradientOf } = pinGradients(graph, gradients);
  // What adds them up counts every row. The losses of the library leave zeros there: then this costs nothing.
  const counted = clearPadding(graph, losses);
  options.accumulate?.append(graph, counted, pins, gradientOf);

  const layout = layOut(graph.values.filter(({ origin }) => origin === 'parameter'));
  const pinned = [...gradientOf.values()];
  const partials = graph.apply(squaredNormOp, pinned, {}, 'gradient_norm', group)[0]!;
  const penalised = layout.entries.some((entry) => entry.l1 > 0 || entry.l2 > 0);
  const penalties = penalised ? graph.apply(penaltyOp, [], { blocks: layout.words / BLOCK }, 'penalty', group) : [];
  const { clip } = options;
  graph.apply(
    finishStepOp,
    [counted, partials, ...penalties],
    { maxNorm: clip && 'norm' in clip ? clip.norm : 0, beta1: optimizer.betas[0], beta2: optimizer.betas[1] },
    'finish_step',
    group,
  );
  const probes = options.probes
    ? planProbes(
        {
          taps,
          gradientOf: (value) => (value.origin === 'parameter' ? gradientOf.get(value) : gradients.get(value)),
          gradients: { partials, of: pinned },
          parameterWords: layout.words,
        },
        options.probes,
      )
    : null;
  probes?.append(graph, 'before');
  if (options.update !== false) {
    graph.apply(
      updateOp,
      pinned,
      {
        update: optimizer.update,
        params: { ...optimizer.params, clip_value: clip && 'value' in clip ? clip.value : 0 },
        ...(probes?.updateObservers ? { observers: probes.updateObservers } : {}),
      },
      'update',
      group,
    );
    const [running] = built.updates;
    if (running)
      graph.apply(
        running.op,
        built.updates.map((update) => update.batch),
        { updates: built.updates, everyBatch: batches > 1 },
        'update_running',
      );
    for (const { op, buffer, value } of built.assignments) graph.apply(op, [value, buffer], { everyBatch: batches > 1 }, `${buffer.name}/assigned`);
    probes?.append(graph, 'after');
  }
  return { graph, x, targets, model: built, taps, losses, initials, pins, probes };
}

/** Each parameter's gradient gets a value of its own, made by a node, that can lie in the gradient arena. */
function pinGradients(graph: Graph, gradients: ReadonlyMap<Value, Value>): { pins: Map<Value, string>; gradientOf: Map<Value, Value> } {
  const pins = new Map<Value, string>();
  const gradientOf = new Map<Value, Value>();
  for (const parameter of graph.values.filter((value) => value.origin === 'parameter')) {
    let gradient = gradients.get(parameter);
    if (!gradient) throw new UsageError(`${parameter.name}: the loss does not depend on this parameter`);
    // A gradient that several want (a bias behind a shortcut, say) is copied to its place.
    const shared = pins.has(gradient) || gradient.origin !== 'node' || isIntermediate(graph, gradient);
    if (shared) gradient = graph.apply(copyOp, [gradient], {}, `grad/${parameter.name}`)[0]!;
    pins.set(gradient, parameter.name);
    gradientOf.set(parameter, gradient);
  }
  return { pins, gradientOf };
}

function isIntermediate(graph: Graph, value: Value): boolean {
  return graph.nodes.some((node) => node.inputs.includes(value));
}
