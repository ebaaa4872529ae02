// What a node is tried on: seeded numbers, and where an input follows from others (statistics of a norm, what an activation saved), what follows from those.

import type { Words } from '../gpu/buffers.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { BufferName } from '../graph/op.ts';
import type { ParameterLayout } from '../layout.ts';
import type { ActivationAttrs } from '../ops/activations.ts';
import { type GatherAttrs, LEARNING_RATE_ROWS } from '../ops/batches.ts';
import type { EndStepAttrs } from '../ops/end_step.ts';
import { createInterpreterState, REFERENCE, type Tensor64, zeros64 } from '../reference/index.ts';
import { arenaOf, type InterpreterState, type Run64 } from '../reference/interpreter_state.ts';
import { sizeOf } from '../shape.ts';
import { RUN_BYTES, RUN_STATE, startingState } from '../train/run_state.ts';
import { type Isolated, SUMS } from './isolate.ts';
import type { Source } from './origin.ts';

/** What the device is given, and the twin. */
export interface Contents {
  /** Numbers of the inputs, of the isolated graph. */
  readonly inputs: ReadonlyMap<Value, Tensor64>;
  /** The buffers that outlive a step. */
  readonly buffers: ReadonlyMap<BufferName, Words>;
  /** The same for the twin. */
  readonly state: InterpreterState;
}

/** Numbers of a small generator (Numerical Recipes' constants) in [-1, 1), as f32 holds them: good enough to tell sums apart, and fast. */
export function numbers(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
}

const made = (shape: readonly number[], next: () => number): Tensor64 => {
  const tensor = zeros64(shape);
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = Math.fround(next());
  return tensor;
};

/** The learning rate of a step, counted from 0. */
const rateAt = (step: number): number => Math.fround(0.01 / (1 + (step % 7)));

/** Batches in the data set, the last of which is not whole. */
const BATCHES = 2.5;

export function contentsOf(source: Source, { node, graph, plan, originals, slots }: Isolated): Contents {
  const rows = Number.isFinite(source.rows) ? source.rows : 0xffffff;
  const datasetSize = Number.isFinite(source.rows) ? Math.ceil(rows * BATCHES) : rows;
  const state = createInterpreterState(graph.values, { rows, batch: rows, datasetSize, key: [11, 13], learningRateAt: rateAt, gradientSlots: slots });
  Object.assign(state.run, { step: 1, batches: 1, rowsInStep: rows, clip: 0.75, learningRate: rateAt(0) });
  const inputs = new Map<Value, Tensor64>();
  const fill = filler(source, node, state);
  for (const [value, old] of originals) {
    const { tensor, z } = fill(old);
    inputs.set(value, tensor);
    if (z) state.preActivations.set(value, z);
  }
  const buffers = new Map<BufferName, Words>();
  const given = new Map([...originals.keys()].map((value) => [`${value.origin} ${value.name}`, inputs.get(value)!]));
  const arena = (name: BufferName, { entries, words }: ParameterLayout, next: () => number): void => {
    const all = new Float32Array(words);
    for (const { path, shape, offset } of entries) {
      // Such that a product of many is of the size of one.
      const scale = shape.length > 1 ? 1 / Math.sqrt(sizeOf(shape) / shape.at(-1)!) : 1;
      const tensor = given.get(`${name.slice(0, -1)} ${path}`) ?? made(shape, () => scale * next());
      all.set(tensor.data, offset);
      arenaOf(state, name).set(path, tensor);
    }
    buffers.set(name, all);
  };
  const wanted = new Set<BufferName>([...plan.persistentBuffers.keys(), 'parameters', 'buffers']);
  for (const name of wanted) {
    if (name === 'run') buffers.set(name, runWords(source, state.run));
    else if (name === 'learning_rates')
      buffers.set(
        name,
        Float32Array.from({ length: LEARNING_RATE_ROWS }, (_, step) => rateAt(step)),
      );
    else if (name === 'buffers') arena(name, plan.bufferLayout, positive(numbers(3)));
    else if (name === 'parameters' || name === 'retained/previous') arena(name, plan.layout, numbers(name.length));
    else if (name === 'retained/update' && node.inputs.length > 0 && node.op.name !== 'update') arena(name, plan.layout, numbers(17));
    else if (name.startsWith('optimizer/')) arena(name, plan.layout, hasTwin(name) ? positive(numbers(name.length)) : () => 0);
    else if (name.startsWith('data/')) buffers.set(name, dataOf(node.attrs as GatherAttrs, state, datasetSize));
  }
  const asked = buffers.get('retained/update');
  if (asked) buffers.set('retained/update', withMoves(asked as Float32Array));
  return { inputs, buffers, state };
}

/** A third state is one that the twins of some updates do without: NAdam's product of momenta, RMSprop's mean where it is not centered. */
export const hasTwin = (name: BufferName): boolean => !/^optimizer\/[2-9]/.test(name);

const positive =
  (next: () => number): (() => number) =>
  () =>
    0.1 + 0.4 * (next() + 1);

/** What stands behind the updates that were asked for: how far the weights moved, a norm for four of them. */
function withMoves(asked: Float32Array): Float32Array {
  const all = new Float32Array(asked.length * 1.25);
  all.set(asked);
  for (let i = 0; i < asked.length / 4; i++) all[asked.length + i] = Math.hypot(...asked.subarray(4 * i, 4 * i + 4));
  return all;
}

/** The run state as the twin has it, as words of the device; Adam's corrections are those of a step whose end is past. */
export function runWords({ nodes }: Pick<Source, 'nodes'>, run: Run64): Uint32Array {
  const { datasetSize, batch, key, skipNonFinite } = run;
  const words = startingState({ datasetSize, batch, key, skipNonFinite });
  const floats = new Float32Array(words.buffer);
  const { at } = RUN_STATE;
  words[at.step] = run.step;
  words[at.batches] = run.batches;
  words[at.skipped] = run.skipped;
  words[at.epoch] = run.epoch;
  words[at.batch_start] = run.batchStart;
  words[at.rows] = run.rows;
  words[at.rows_in_step] = run.rowsInStep;
  words[at.halted] = run.halted ? 1 : 0;
  words[at.non_finite] = run.nonFinite ? 1 : 0;
  floats[at.loss] = run.loss;
  floats[at.regularization_loss] = run.regularizationLoss;
  floats[at.norm] = run.norm;
  floats[at.clip] = run.clip;
  floats[at.learning_rate] = run.learningRate;
  const { beta1 = 0, beta2 = 0 } = (nodes.find(({ op }) => op.name === 'end_step')?.attrs ?? {}) as Partial<EndStepAttrs>;
  const t = run.step - run.skipped;
  floats[at.bias_correction1] = 1 - beta1 ** t;
  floats[at.bias_correction2] = 1 - beta2 ** t;
  return words.subarray(0, RUN_BYTES / 4);
}

/** The data set of a node that gathers rows, stored as it is on the device. */
function dataOf(attrs: GatherAttrs, { data, run }: InterpreterState, datasetSize: number): Float32Array | Int32Array | Uint8Array {
  const { type, stored = 'f32', divisor = 1, ringBatches } = attrs;
  const columns = sizeOf(type.shape) / type.shape[0]!;
  // Batches in a ring start at whole words.
  const perWord = stored === 'u8' ? 4 : 1;
  const batch = run.batch * columns;
  const words = Math.ceil(batch / perWord);
  const count = ringBatches ? ringBatches * words * perWord : datasetSize * columns;
  const next = numbers(23);
  const element = stored === 'f32' && type.dtype === 'f32' ? () => Math.fround(next()) : () => Math.floor((next() + 1) * (stored === 'u8' ? 128 : 50));
  const bytes = Array.from({ length: Math.ceil(count / 4) * 4 }, element);
  const used = ringBatches ? bytes.filter((_, i) => i % (words * perWord) < batch) : bytes.slice(0, count);
  const values = Float64Array.from(used, (value) => (stored === 'u8' && type.dtype === 'f32' ? Math.fround(value / divisor) : value));
  (data as Map<BufferName, Tensor64>).set(attrs.data, { shape: [values.length / columns, ...type.shape.slice(1)], data: values });
  return stored === 'u8' ? Uint8Array.from(bytes) : stored === 'i32' ? Int32Array.from(bytes) : Float32Array.from(bytes);
}

/** Ops whose outputs no seeded numbers could stand for. */
const COMPUTED: ReadonlySet<string> = new Set(['take_rows', 'list_rows']);

/** An input, and of what an activation saved its own input, of which its derivative is a function. */
interface Filled {
  readonly tensor: Tensor64;
  readonly z?: Tensor64;
}

/** Numbers for the inputs of a node, those of the whole graph; the same for the same value. */
function filler({ makers }: Source, node: Node, state: InterpreterState): (value: Value) => Filled {
  const known = new Map<Value, Filled>();
  const saved = savedInput(node);
  const classes = node.op.classes?.(node);
  const fresh = (value: Value): Filled => {
    const { type, origin } = value;
    const next = numbers(value.id + 29);
    const maker = makers.get(value);
    if (type.dtype === 'i32' && !(maker && COMPUTED.has(maker.op.name))) {
      const count = classes?.labels === value ? classes.count : 2;
      return { tensor: made(type.shape, () => Math.floor((0.5 + next() / 2) * count)) };
    }
    if (value === saved?.value) {
      const z = made(type.shape, () => 2 * next());
      const { entry, params } = saved.activation;
      return { z, tensor: { shape: type.shape, data: z.data.map((x) => Math.fround(entry.value(x, params))) } };
    }
    if (maker && SUMS.has(maker.op.name) && value === maker.outputs[0]) {
      const up = positive(next);
      let i = 0;
      return { tensor: made(type.shape, () => (i++ % 2 === 0 ? 1 : up())) };
    }
    if (maker && (COMPUTED.has(maker.op.name) || (value !== maker.outputs[0] && !SUMS.has(maker.op.name)))) {
      const outputs = REFERENCE[maker.op.name]!(
        maker.inputs.map((input) => fill(input).tensor),
        maker.attrs,
        maker,
        state,
      );
      const { shape, data } = outputs[maker.outputs.indexOf(value)]!;
      return { tensor: { shape, data: data.map(Math.fround) } };
    }
    const scale = origin === 'parameter' && type.shape.length > 1 ? 1 / Math.sqrt(sizeOf(type.shape) / type.shape.at(-1)!) : 1.5;
    const domain = (node.attrs as Partial<ActivationAttrs>).entry?.domain;
    const above = origin === 'buffer' || domain ? positive(next) : () => scale * next();
    return { tensor: made(type.shape, above) };
  };
  const fill = (value: Value): Filled => {
    let filled = known.get(value);
    if (!filled) {
      filled = fresh(value);
      known.set(value, filled);
    }
    return filled;
  };
  return fill;
}

/** The input of a derivative that is the activation's output. */
function savedInput({ op, inputs, attrs }: Node): { value: Value; activation: ActivationAttrs } | undefined {
  const { entry, activation = entry ? (attrs as ActivationAttrs) : undefined } = attrs as { entry?: ActivationAttrs['entry']; activation?: ActivationAttrs };
  if (!/grad/.test(op.name) || activation?.entry?.gradientFrom !== 'output') return undefined;
  return { value: inputs[op.name === 'activation_grad' ? 1 : 2]!, activation };
}
