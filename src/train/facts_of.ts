// What a run is made of, from its trainer: data, loss, what changes the weights. For the diagnosis; no program carries it that does not ask for it.
import { type Column, columnsOf } from '../data/columns.ts';
import { isSource } from '../data/source.ts';
import type { InputFacts, LayerFacts, OutputFacts, RunFacts, TargetFacts, TrainingFacts } from '../inspect/facts.ts';
import type { Place, Taps } from '../inspect/taps.ts';
import { type AllTargets, bestConstantError } from '../nn/losses/constant.ts';
import type { Loss, LossFeature } from '../nn/losses/loss.ts';
import { LOSSES } from '../nn/losses.ts';
import type { AnyModel } from '../nn/model.ts';
import type { ActivationAttrs } from '../ops/activations.ts';
import type { DropoutAttrs } from '../ops/dropout.ts';
import { lastOf } from '../shape.ts';
import { measureInput, measureTargets } from './measure_data.ts';
import type { Part } from './objective.ts';
import type { Trainer } from './trainer.ts';

/** What is asked of a trainer, or of one that is not made: a document that is written for another framework has facts, too. */
export type Described = Pick<Trainer<AnyModel>, 'options' | 'batchSize'> & {
  readonly model: Pick<Trainer<AnyModel>['model'], 'inputs'>;
  readonly parts: Pick<Trainer<AnyModel>['parts'], 'graph'>;
};

/** All that a trainer knows of its run. Of batches from a source, or that are given one by one, nothing is known but their size. */
export function factsOfTrainer(trainer: Described): RunFacts {
  const { data } = trainer.options;
  const { graph } = trainer.parts;
  const columns = data && !isSource(data.train) ? columnsOf(data.train) : undefined;
  const validation = data?.validation && !isSource(data.validation) ? columnsOf(data.validation) : undefined;
  const names = data && 'featureNames' in data.train ? data.train.featureNames : undefined;
  const inputs = columns && inputFacts(Object.keys(trainer.model.inputs), columns, names);
  return {
    ...(inputs ? { inputs } : {}),
    outputs: graph.parts.map((part) => outputFacts(part, graph.model.outputs[part.output]!, graph.taps, columns, validation)),
    training: trainingFacts(trainer),
    layers: layerFacts(graph.taps, graph.model, trainer.batchSize),
  };
}

/** Those of numbers: of tokens and other indices a mean says nothing. */
function inputFacts(names: readonly string[], columns: Readonly<Record<string, Column>>, features: readonly string[] | undefined): InputFacts[] {
  return names.flatMap((name) => {
    const column = columns[name];
    return column && !(column.values instanceof Int32Array) ? [measureInput(name === 'x' ? 'input' : name, column, features)] : [];
  });
}

function outputFacts(
  part: Part,
  output: { type: { shape: readonly number[] } },
  taps: Taps,
  columns: Readonly<Record<string, Column>> | undefined,
  validation: Readonly<Record<string, Column>> | undefined,
): OutputFacts {
  const { loss } = part;
  const act = activationBefore(output, taps);
  const units = lastOf(output.type as never);
  const column = columns?.[part.target];
  const known = column && targetFacts(part, column, units, part.weights === undefined ? undefined : columns?.[part.weights]);
  const onNew = part.weights === undefined ? validation?.[part.target] : undefined;
  const unseen = onNew && constantOf(part, withoutIgnored(onNew, loss), units);
  return {
    name: part.output === 'y' ? 'output' : part.output,
    loss: loss.options === undefined ? 'custom' : loss.name,
    task: loss.task,
    units,
    activation: act?.name ?? 'linear',
    ...smoothingOf(loss),
    range: act ? rangeOf(act) : [-Infinity, Infinity],
    ...known,
    ...(unseen ? { validationBaselineLoss: unseen.lossOf(unseen.targets), validationBaselineError: bestConstantError(unseen.targets, unseen.lossOf) } : {}),
  };
}

/** Its label smoothing, where there is any. */
function smoothingOf({ options }: Loss): Pick<OutputFacts, 'labelSmoothing'> {
  const { labelSmoothing } = (options ?? {}) as { labelSmoothing?: number };
  return labelSmoothing ? { labelSmoothing } : {};
}

/** The activation after the last weights. */
function activationBefore(output: object, { layers, joins }: Taps): ActivationAttrs | undefined {
  const places: readonly (Place & { role: string })[] = [...layers, ...joins];
  return (places.find(({ h }) => h === output) ?? places.findLast(({ role }) => role === 'output'))?.act;
}

/** Between which numbers a function lies: it is looked at from -1e6 to 1e6, and what still moves there has no bound. */
function rangeOf({ name, entry, params }: ActivationAttrs): [number, number] {
  // One of the program's own, of which nothing is known.
  if (!entry.file.endsWith(name)) return [-Infinity, Infinity];
  let [low, high] = [Infinity, -Infinity];
  for (let power = -8; power <= 24; power++)
    for (const x of [-(1.5 ** power), 0, 1.5 ** power]) {
      const value = entry.value(x, params);
      if (value < low) low = value;
      if (value > high) high = value;
    }
  const [left, right] = [entry.value(-1e6, params), entry.value(1e6, params)];
  return [Math.min(left, right) < low - 1 ? -Infinity : low, Math.max(left, right) > high + 1 ? Infinity : high];
}

/** The targets of an output and what the best constant answer to them is worth. */
function targetFacts(
  { loss, weight }: Part,
  column: Column,
  units: number,
  counts: Column | undefined,
): Pick<OutputFacts, 'targets' | 'baselineLoss' | 'baselineAccuracy'> {
  const width = loss.targetSize(units);
  const counted = withoutIgnored(column, loss);
  if (counted.values.length === 0) return {};
  const kind: TargetFacts['kind'] = loss.targetDtype === 'i32' ? 'classes' : loss.targets?.distribution ? 'probabilities' : 'values';
  const targets = measureTargets(counted, { kind, columns: width, classes: units });
  const values = numbersOf(counted);
  const weights = counts && numbersOf(counts);
  // Of targets of which some are left out nobody says which weights are theirs.
  if (weights && weights.length * width !== values.length) return { targets };
  const known = constantOf({ loss, weight }, counted, units, weights);
  return {
    targets,
    ...(known ? { baselineLoss: known.lossOf(known.targets) } : {}),
    ...(loss.task === 'classification' && loss.toClassIndex && !weights ? { baselineAccuracy: largestShare(values, width, loss.toClassIndex.bind(loss)) } : {}),
  };
}

/** Targets, and the loss of the best constant answer to any, times the output's weight; undefined for a loss of one's own, and for no targets. */
function constantOf(
  { loss, weight }: Pick<Part, 'loss' | 'weight'>,
  column: Column,
  outputs: number,
  weights?: ArrayLike<number>,
): { targets: AllTargets; lossOf(targets: AllTargets): number } | undefined {
  const feature: LossFeature | undefined = loss.options && Object.hasOwn(LOSSES, loss.name) ? LOSSES[loss.name as keyof typeof LOSSES] : undefined;
  if (!feature || column.values.length === 0) return undefined;
  const targets: AllTargets = { values: numbersOf(column), columns: loss.targetSize(outputs), outputs, ...(weights ? { weights } : {}) };
  return { targets, lossOf: (of) => weight * feature.bestConstant(of, loss.options!).loss };
}

function withoutIgnored(column: Column, { ignored }: Loss): Column {
  if (ignored === undefined || !column.values.includes(ignored as never)) return column;
  return { ...column, values: (column.values as Int32Array).filter((value) => value !== ignored) };
}

/** As the loss gets them. */
const numbersOf = ({ values, divisor }: Column): ArrayLike<number> => (divisor === undefined ? values : Float32Array.from(values, (value) => value / divisor));

/** The share of the most frequent class: what always answering it gets right. */
function largestShare(values: ArrayLike<number>, width: number, classOf: (row: Float32Array) => number): number {
  const rows = values.length / width;
  const counts = new Map<number, number>();
  const row = new Float32Array(width);
  for (let at = 0; at < rows; at++) {
    for (let i = 0; i < width; i++) row[i] = values[at * width + i]!;
    const label = classOf(row);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Math.max(...counts.values()) / rows;
}

/** Steps at which a schedule shows: early ones of a warm-up, late ones of a fall. */
const LATER = [1, 10, 100, 1000, 1e4, 1e5];

function trainingFacts({ options, batchSize }: Pick<Described, 'options' | 'batchSize'>): TrainingFacts {
  const { optimizer, data, clip } = options;
  const rows = data && !isSource(data.train) ? data.train.rows : (data?.train as { rows: number } | undefined)?.rows;
  return {
    optimizer: optimizer.name,
    learningRate: optimizer.learningRateAt(0),
    weightDecay: optimizer.weightDecay,
    decoupled: optimizer.decoupled,
    // With dampening steps are a mean of gradients, and no longer than without.
    ...(optimizer.params['momentum'] && !optimizer.params['dampening'] ? { momentum: optimizer.params['momentum'] } : {}),
    batchSize,
    ...(rows === undefined ? {} : { rows }),
    // Documents know its name.
    ...(optimizer.react || LATER.some((step) => optimizer.learningRateAt(step) !== optimizer.learningRateAt(0)) ? { schedule: 'custom' } : {}),
    ...(clip ? { clip: { ...clip } } : {}),
  };
}

type Built = Described['parts']['graph']['model'];

/** Penalties of the weights, and dropout and batch norm between them and the next. */
function layerFacts({ layers }: Taps, { nodes, updates }: Built, batchSize: number): LayerFacts[] {
  const ends = layers.map(({ product }) => nodes.indexOf(product));
  const rates = new Array<number>(layers.length).fill(0);
  const samples = new Map<number, number>();
  const momenta = new Map<number, number>();
  // What is done to the inputs counts for the first weights.
  const layerBefore = (at: number): number => ends.reduce((found, end, i) => (end < at && (ends[found]! > at || end > ends[found]!) ? i : found), 0);
  nodes.forEach((node, at) => {
    const layer = layerBefore(at);
    if (node.op.name === 'dropout') rates[layer] = Math.max(rates[layer]!, (node.attrs as DropoutAttrs).rate);
    if (node.op.name === 'batch_norm') {
      const momentum = updates.find(({ batch }) => node.outputs.includes(batch))?.momentum;
      if (momentum !== undefined) momenta.set(layer, Math.min(momentum, momenta.get(layer) ?? 1));
      samples.set(
        layer,
        node.outputs[0]!.type.shape.slice(1, -1).reduce((product, size) => product * size, batchSize),
      );
    }
  });
  return layers.flatMap(({ name, weight }, i) => {
    const { l1 = 0, l2 = 0 } = weight.options ?? {};
    const [batchNormSamples, batchNormMomentum] = [samples.get(i), momenta.get(i)];
    if (!(l1 > 0 || l2 > 0 || rates[i]! > 0 || batchNormSamples)) return [];
    return [
      {
        name,
        l1,
        l2,
        dropout: rates[i]!,
        ...(batchNormSamples ? { batchNormSamples } : {}),
        ...(batchNormMomentum === undefined ? {} : { batchNormMomentum }),
      },
    ];
  });
}
