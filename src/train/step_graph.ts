// One training step as one graph: batch, forward, loss, backward, norm, clipping, statistics, update.
import { backward, dependents } from '../autodiff.ts';
import { ShapeError, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { type ProbeOptions, type ProbePlan, planProbes } from '../inspect/probes.ts';
import { deriveTaps, type Taps } from '../inspect/taps.ts';
import { BLOCK, layOut } from '../layout.ts';
import type { Groups, Initializers } from '../nn/build.ts';
import type { Loss } from '../nn/losses.ts';
import { type AnyModel, type BuiltModel, buildAny, declareInputs, type InputType } from '../nn/model.ts';
import { beginStepOp, gatherRowsOp } from '../ops/batches.ts';
import { copyOp } from '../ops/copy.ts';
import { endStepOp, squaredNormOp } from '../ops/end_step.ts';
import { clearPadding } from '../ops/padding.ts';
import type { RegularizationAttrs } from '../ops/regularization.ts';
import { updateOp } from '../ops/updates.ts';
import { type StoredDType, sameShape, shapeText, type TensorType } from '../shape.ts';
import type { Accumulation } from './accumulation.ts';
import type { Average } from './average.ts';
import type { Clip } from './clip.ts';
import { appendLosses, countingIn, type Losses, type Part, partsOf, targetType, weightsType } from './objective.ts';
import type { Optimizer } from './optimizers.ts';

/** The group of nodes that only the last batch of a step runs, if it has several. */
export const UPDATE_GROUP = 'update';

export interface StepGraphOptions {
  readonly model: AnyModel;
  readonly loss: Loss | Losses;
  readonly optimizer: Optimizer;
  /** Parameters trained differently from the rest, or not at all. */
  readonly groups?: Groups;
  readonly clip?: Clip | undefined;
  /** Rows of the batch's tensors, a multiple of 4; the true rows are known to the GPU alone. */
  readonly batch: number;
  /** The model's inputs, a sample of each. */
  readonly inputs: Readonly<Record<string, Required<InputType>>>;
  /** Where batches come from: gathered from the resident data set, or written from outside. */
  readonly source: 'dataset' | 'batch';
  readonly shuffle: boolean;
  /** Batches in the ring of a streamed data set; the whole set is on the GPU by default. */
  readonly ringBatches?: number;
  /** What bytes are divided by, for the tensors of the data set that are stored as bytes; the others are stored as they are used. */
  readonly bytes?: Readonly<Record<string, number>> | undefined;
  /** Samples of a full batch in that ring. */
  readonly ringBatchSize?: number;
  readonly probes: ProbeOptions | null;
  /** `regularizationLossOp`, where weights have an L1 or L2 regularization (`batchTypes` tells); loaded by those alone. */
  readonly regularization: Op<RegularizationAttrs> | undefined;
  /** Several batches of a step; one by default. */
  readonly accumulate?: Accumulation | undefined;
  /** Appends what changes the images of the batch; they stay as they are by default. */
  readonly augment?: ((graph: Graph, value: Value) => Value) | undefined;
  /** Of the weights after each update; none by default. */
  readonly average?: Average | undefined;
  /** False omits the update, to inspect a step without taking it. */
  readonly update?: boolean;
  /** Statistics of all rows, also of those that a loss ignores: to find where a number is not finite. */
  readonly everyRow?: boolean;
}

export interface StepGraph {
  readonly graph: Graph;
  /** Inputs and targets of the batch, by the name that the data set has for them. */
  readonly batch: Readonly<Record<string, Value>>;
  readonly parts: readonly Part[];
  readonly model: BuiltModel;
  /** What can be seen of the model. */
  readonly taps: Taps;
  /** One per sample, of which the mean is trained. */
  readonly losses: Value;
  readonly initializers: Initializers;
  /** Gradient of each parameter, which lies in the gradient arena. */
  readonly gradientSlots: ReadonlyMap<Value, string>;
  readonly probes: ProbePlan | null;
}

/** Batches that make a step. */
export const batchesOf = ({ accumulate }: { accumulate?: Accumulation }): number => accumulate?.batches ?? 1;

export function buildStepGraph(options: StepGraphOptions): StepGraph {
  const { model, loss, optimizer, batch, inputs } = options;
  const graph = new Graph();
  const initializers: Initializers = new Map();
  const batches = batchesOf(options);
  const group = batches > 1 ? UPDATE_GROUP : 'step';
  graph.apply(beginStepOp, [], { accumulate: batches }, 'begin_step');
  const { parts, types } = batchTypes(model, loss, inputs, batch);
  const tensors = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, batchTensor(graph, name, type, options)]));
  const own = Object.fromEntries(Object.keys(inputs).map((name) => [name, options.augment?.(graph, tensors[name]!) ?? tensors[name]!]));
  const built = buildAny(model, graph, own, 'train', initializers, options.groups);
  const taps = deriveTaps({ nodes: built.nodes, inputs: Object.values(own), outputs: built.outputs });
  const { losses, seed, weight } = appendLosses(graph, loss, parts, built.outputs, tensors);
  const gradients = backward(graph, losses, seed);
  const { gradientSlots, gradientOf } = assignGradientSlots(graph, gradients);
  // The sum over losses counts every row, so padding must be zero. The library's losses write zeros there: then this costs nothing.
  const counted = clearPadding(graph, losses);
  options.accumulate?.append(graph, counted, gradientSlots, gradientOf, weight);

  const layout = layOut(graph.values.filter(({ origin }) => origin === 'parameter'));
  const gradientsInSlots = [...gradientOf.values()];
  const partials = graph.apply(squaredNormOp, gradientsInSlots, {}, 'gradient_norm', group)[0]!;
  const factorsOf = optimizer.factorsWith?.(options.groups) ?? options.groups;
  const factors = factorsOf ? { factors: factorsOf } : {};
  const penalised = layout.entries.some((entry) => entry.l1 > 0 || entry.l2 > 0);
  const regularizationLosses = penalised
    ? graph.apply(options.regularization!, [], { blocks: layout.words / BLOCK, ...factors }, 'regularization_loss', group)
    : [];
  const { clip } = options;
  graph.apply(
    endStepOp,
    [counted, partials, ...regularizationLosses, ...(weight ? [weight] : [])],
    { maxNorm: clip && 'norm' in clip ? clip.norm : 0, beta1: optimizer.betas[0], beta2: optimizer.betas[1] },
    'end_step',
    group,
  );
  const counting = options.everyRow ? undefined : countingIn(graph, loss, parts, built, tensors);
  // Below the first trained layer, deltas are not computed just to be probed.
  const trained = dependents(graph, ({ origin }) => origin === 'parameter');
  const probes = options.probes
    ? planProbes(
        {
          taps,
          counting,
          gradientOf: (value) => (value.origin === 'parameter' ? gradientOf.get(value) : trained.has(value) ? gradients.get(value) : undefined),
          gradients: { partials, of: gradientsInSlots },
          parameterWords: layout.words,
        },
        options.probes,
      )
    : null;
  probes?.append(graph, 'before');
  if (options.update !== false) {
    const clipValue = clip && 'value' in clip ? clip.value : 0;
    if (optimizer.prepare) for (const [parameter, gradient] of gradientOf) optimizer.prepare(graph, parameter, gradient, { group, clipValue, ...factors });
    graph.apply(
      updateOp,
      gradientsInSlots,
      {
        update: optimizer.update,
        params: optimizer.params,
        weightDecay: optimizer.weightDecay,
        decoupled: optimizer.decoupled,
        clipValue,
        ...factors,
        ...(probes?.updateObservers ? { observers: probes.updateObservers } : {}),
      },
      'update',
      group,
    );
    options.average?.append(graph, group, factors);
    // Any one of them updates all.
    built.updates[0]?.append(graph, built.updates, batches > 1);
    for (const { op, buffer, value } of built.assignments) graph.apply(op, [value, buffer], { everyBatch: batches > 1 }, `${buffer.name}/assigned`);
    probes?.append(graph, 'after');
  }
  return { graph, batch: tensors, parts, model: built, taps, losses, initializers, gradientSlots, probes };
}

/** Types of a batch's tensors, inputs first, and the losses that they are for. Throws ShapeError and UsageError where model and losses do not fit. */
export function batchTypes(
  model: AnyModel,
  loss: Loss | Losses,
  inputs: StepGraphOptions['inputs'],
  batch: number,
): { parts: readonly Part[]; types: Record<string, TensorType>; outputs: Record<string, TensorType>; placed: BuiltModel['placed']; penalised: boolean } {
  const graph = new Graph();
  const { outputs, placed } = buildAny(model, graph, declareInputs(graph, inputs, batch), 'infer');
  const outputTypes = Object.fromEntries(Object.entries(outputs).map(([name, { type }]) => [name, type]));
  for (const [name, { shape, rowsPerSample }] of Object.entries(outputTypes))
    if (shape.length < 2 || rowsPerSample !== 1)
      throw new ShapeError(`the model's output${model.kind === 'model' ? ` ${name}` : ''} must be [batch, features], got ${shapeText(shape)}`);
  const parts = partsOf(loss, Object.keys(outputs));
  const types = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]): [string, TensorType] => [name, { shape: [batch, ...shape], dtype, rowsPerSample: 1 }]),
  );
  const want = (name: string, type: TensorType, as: string): void => {
    const known = types[name];
    if (known && (known.dtype !== type.dtype || !sameShape(known.shape.filter(isWide), type.shape.filter(isWide))))
      throw new UsageError(`loss: ${name} is wanted as ${known.dtype} ${shapeText(known.shape)} and, as the ${as}, as ${type.dtype} ${shapeText(type.shape)}`);
    types[name] ??= type;
  };
  for (const part of parts) {
    const output = outputTypes[part.output]!;
    want(part.target, targetType(part, output), `targets of ${part.output}`);
    if (part.weights !== undefined) want(part.weights, weightsType(output), `weights of ${part.output}`);
  }
  const penalised = graph.values.some(({ options: { l1 = 0, l2 = 0 } = {} }) => l1 > 0 || l2 > 0);
  return { parts, types, outputs: outputTypes, placed, penalised };
}

/** Axes of size 1 change nothing: a target may be an input, too. */
const isWide = (size: number, axis: number): boolean => axis === 0 || size !== 1;

/** A tensor of the batch: gathered from the data set, or written from outside. */
function batchTensor(
  graph: Graph,
  name: string,
  type: TensorType,
  { source, shuffle, ringBatches = 0, ringBatchSize = 0, bytes = {} }: StepGraphOptions,
): Value {
  if (source === 'batch') return graph.input(name, type, { padding: 'alike' });
  const divisor = bytes[name];
  const stored: StoredDType = divisor === undefined ? type.dtype : 'u8';
  return graph.apply(gatherRowsOp, [], { data: `data/${name}`, type, stored, divisor: divisor ?? 1, shuffle, ringBatches, ringBatchSize }, name)[0]!;
}

/** Each parameter's gradient gets a value of its own, made by a node, that can lie in the gradient arena. */
function assignGradientSlots(graph: Graph, gradients: ReadonlyMap<Value, Value>): { gradientSlots: Map<Value, string>; gradientOf: Map<Value, Value> } {
  const gradientSlots = new Map<Value, string>();
  const gradientOf = new Map<Value, Value>();
  for (const parameter of graph.values.filter((value) => value.origin === 'parameter')) {
    let gradient = gradients.get(parameter);
    if (!gradient) throw new UsageError(`${parameter.name}: the loss does not depend on this parameter`);
    // A gradient with several readers (a bias after a shortcut, say) is copied to its place.
    const shared = gradientSlots.has(gradient) || gradient.origin !== 'node' || isIntermediate(graph, gradient);
    if (shared) gradient = graph.apply(copyOp, [gradient], {}, `grad/${parameter.name}`)[0]!;
    gradientSlots.set(gradient, parameter.name);
    gradientOf.set(parameter, gradient);
  }
  return { gradientSlots, gradientOf };
}

function isIntermediate(graph: Graph, value: Value): boolean {
  return graph.nodes.some((node) => node.inputs.includes(value));
}
