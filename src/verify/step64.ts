// A step in float64 from the bits that the device has, node by node, and each node's kernels beside it on those numbers.
import { type AnyDataset, columnsOf, rowsOfColumn } from '../data/columns.ts';
import { UsageError } from '../errors.ts';
import { count } from '../format.ts';
import type { Words } from '../gpu/buffers.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { BufferName } from '../graph/op.ts';
import type { ParameterLayout } from '../layout.ts';
import * as LIMITS from '../limits.ts';
import type { AnyModel } from '../nn/model.ts';
import { type GatherAttrs, LEARNING_RATE_ROWS } from '../ops/batches.ts';
import { loadKernels } from '../ops/kernel_choice.ts';
import { createInterpreterState, REFERENCE, type Tensor64, tensor64 } from '../reference/index.ts';
import { arenaOf, type InterpreterState } from '../reference/interpreter_state.ts';
import { sizeOf } from '../shape.ts';
import { RUN_STATE } from '../train/run_state.ts';
import { batchesOf } from '../train/step_graph.ts';
import { stored } from '../train/tensors.ts';
import type { Trainer } from '../train/trainer.ts';
import { checkNode, type Worst } from './check_node.ts';
import { type Contents, numbers, runWords } from './contents.ts';
import { type Isolated, isolate } from './isolate.ts';
import { type Source, stepSource } from './origin.ts';
import type { StepNumbers } from './replay.ts';
import { costOf, RIGHT_WITHIN } from './self_test.ts';

/** A node whose kernels compute other numbers than float64. */
export interface WrongNode {
  /** Its op, and its name in the graph. */
  readonly op: string;
  readonly node: string;
  /** What its dispatches run. */
  readonly kernels: readonly string[];
  /** The farthest number. */
  readonly worst: Worst;
}

/** The first number that is not finite, or that 32 bits do not hold. */
export interface NotFinite {
  /** Whether it comes with the data or the weights, is computed, or comes up between terms whose sum would fit. */
  readonly from: 'data' | 'weights' | 'computed' | 'terms';
  /** Which: `dense_3/z[17]`. */
  readonly at: string;
  /** What it is in float64. */
  readonly value: number;
  /** The op that computes it. */
  readonly op?: string;
}

/** What float64 makes of a step. */
export interface Step64 {
  readonly numbers: StepNumbers;
  /** In the order of the step. */
  readonly wrong: readonly WrongNode[];
  readonly first: NotFinite | undefined;
  /** Nodes whose kernels were run beside it, and what of the others is left out. */
  readonly checked: number;
  readonly unchecked: readonly string[];
}

/** Multiply-adds that float64 takes about a minute for. */
const MOST = 2 ** 34;
/** Bytes of a data set that is uploaded once more, to try the kernel that gathers rows. */
const MOST_DATA = 2 ** 26;

/** Takes the next step of a trainer in float64, which leaves the trainer as it is. Rejects with UsageError where an op has no twin, and for a step that is too large. */
export async function stepInFloat64(trainer: Trainer<AnyModel>): Promise<Step64> {
  const { device, cache, parts } = trainer;
  const source = stepSource({ ...parts.graphOptions, probes: null }, parts.graphOptions.batch, trainer.batchSize);
  const custom = source.nodes.find(({ op }) => !Object.hasOwn(REFERENCE, op.name));
  if (custom) throw new UsageError(`explainStep: ${custom.op.name} has no float64 twin: steps with operations of one's own cannot be explained`);
  await loadKernels();
  const isolated = new Map(source.nodes.map((node) => [node, isolate(source, node, device.capabilities)] as const));
  const work = [...isolated.values()].reduce((sum, each) => sum + (each ? costOf(each) : 0), 0);
  if (work > MOST) throw new UsageError(`explainStep: float64 takes about ${count(work)} multiply-adds for the step: at most ${count(MOST)}`);
  const world = await worldOf(trainer, source);
  const batches = batchesOf(trainer.options);
  const wrong: WrongNode[] = [];
  const unchecked: string[] = [];
  let first = notFiniteAtFirst(world);
  let checked = 0;
  for (let i = 0; i < batches; i++) {
    const last = i === batches - 1;
    for (const node of source.nodes) {
      if (!last && node.group !== 'step') continue;
      const inputs = node.inputs.map((value) => world.values.get(value)!);
      const finite = inputs.every(isFinite64);
      const own = isolated.get(node);
      let terms = false;
      if (last && own && finite) {
        const why = whyUnchecked(node, world, batches);
        if (why) unchecked.push(`${node.op.name}: ${why}`);
        else {
          checked++;
          const outcomes = await checkNode(device, cache, own, () => contentsOf(source, own, world));
          const worst = outcomes.map((outcome) => outcome.worst).reduce((a, b) => (b.error > a.error ? b : a));
          if (worst.error > RIGHT_WITHIN && worst.error > sensitivity(node, inputs, world)) {
            terms = !Number.isFinite(worst.got) && overflows(inputs);
            if (terms) first ??= { from: 'terms', at: worst.at, value: worst.expected, op: node.op.name };
            else wrong.push({ op: node.op.name, node: node.name, kernels: [...new Set(own.plan.dispatches.map(({ kernel }) => kernel))], worst });
          }
        }
      }
      const outputs = REFERENCE[node.op.name]!(inputs, node.attrs, node, world);
      node.outputs.forEach((value, k) => {
        const tensor = outputs[k];
        if (!tensor) return;
        world.values.set(value, tensor);
        if (!first && finite) first = notFiniteIn(value.name, tensor, node.inputs.length === 0 ? 'data' : 'computed', node.op.name);
      });
    }
  }
  const { loss, regularizationLoss, norm } = world.run;
  return { numbers: { loss, regularizationLoss, gradientNorm: norm }, wrong, first, checked, unchecked: [...new Set(unchecked)] };
}

const fits = (value: number): boolean => Math.abs(value) <= LIMITS.float32;
const isFinite64 = ({ data }: Tensor64): boolean => data.every(fits);

function notFiniteIn(name: string, { data }: Tensor64, from: NotFinite['from'], op?: string): NotFinite | undefined {
  const i = data.findIndex((value) => !fits(value));
  return i < 0 ? undefined : { from, at: `${name}[${i}]`, value: data[i]!, ...(op === undefined ? {} : { op }) };
}

/** In what the step begins with. */
function notFiniteAtFirst({ values }: InterpreterState): NotFinite | undefined {
  for (const [{ name, origin }, tensor] of values) {
    const found = notFiniteIn(name, tensor, origin === 'input' ? 'data' : 'weights');
    if (found) return found;
  }
  return undefined;
}

/** Sums of squares and products of such numbers may be more than 32 bits hold on the way to a result that fits. */
function overflows(inputs: readonly Tensor64[]): boolean {
  return inputs.some(({ data }) => data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) ** 2 * data.length > LIMITS.float32);
}

/**
 * How far the results of float64 move where each input moves by as much as a result may be off, as a fraction of the largest result: where terms cancel, no kernel
 * can do better.
 */
function sensitivity(node: Node, inputs: readonly Tensor64[], world: InterpreterState): number {
  if (node.op.effect || node.outputs.length === 0) return 0;
  const next = numbers(41);
  const run = (given: readonly Tensor64[]): readonly (Tensor64 | undefined)[] => {
    const apart = { ...world, run: { ...world.run }, preActivations: new Map(world.preActivations), values: new Map(world.values) };
    return REFERENCE[node.op.name]!([...given], node.attrs, node, apart);
  };
  const moved = inputs.map(({ shape, data }, i) =>
    node.inputs[i]!.type.dtype === 'i32' ? { shape, data } : { shape, data: data.map((value) => value * (1 + RIGHT_WITHIN * next())) },
  );
  const [before, after] = [run(inputs), run(moved)];
  return before.reduce((most, tensor, k) => {
    if (!tensor) return most;
    const scale = tensor.data.reduce((largest, value) => (fits(value) ? Math.max(largest, Math.abs(value)) : largest), 0);
    const by = tensor.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - after[k]!.data[i]!)), 0);
    return Math.max(most, by / (scale || 1));
  }, 0);
}

function whyUnchecked({ op, attrs }: Node, { data }: InterpreterState, batches: number): string {
  if (op.name === 'accumulate' && batches > 1) return 'what it added up before is not at hand';
  const gathered = (attrs as Partial<GatherAttrs>).data;
  const size = gathered === undefined ? 0 : (data.get(gathered)?.data.length ?? 0) * 4;
  return size > MOST_DATA ? 'the data set is large' : '';
}

/** What the device holds before the step, for the twins. */
async function worldOf(trainer: Trainer<AnyModel>, { graph, options }: Source): Promise<InterpreterState> {
  const { store, parts } = trainer;
  const { states } = store;
  const { entries } = store.layout;
  const [tensors, words] = await Promise.all([store.read(), store.readArena('run')]);
  const run = new Uint32Array(words.buffer);
  const { at } = RUN_STATE;
  const datasetSize = run[at.dataset_size]!;
  const of = (origin: Value['origin']): Map<string, Tensor64> =>
    new Map(graph.values.filter((value) => value.origin === origin).map(({ name, type }) => [name, tensor64(type.shape, tensors.get(name)!.data)]));
  const train = trainer.options.data?.train as AnyDataset | undefined;
  const world = createInterpreterState(graph.values, {
    parameters: of('parameter'),
    buffers: of('buffer'),
    gradientSlots: options.gradientSlots ?? new Map(),
    datasetSize,
    batch: run[at.batch]!,
    key: [run[at.key0]!, run[at.key1]!],
    skipNonFinite: run[at.skip_non_finite] !== 0,
    learningRateAt: (step) => Math.fround(trainer.learningRates.past?.get(step) ?? trainer.learningRates.at(step)),
    data: new Map(train ? Object.entries(columnsOf(train)).map(([name, column]) => [`data/${name}` as const, wholeColumn(column, train.rows)]) : []),
  });
  Object.assign(world.run, { step: run[at.step], batches: run[at.batches], skipped: run[at.skipped] });
  for (const state of states) for (const { path, shape } of entries) arenaOf(world, state).set(path, tensor64(shape, tensors.get(`${state}/${path}`)!.data));
  for (const value of graph.values) {
    const { name, origin, type } = value;
    if (origin === 'parameter') world.values.set(value, arenaOf(world, 'parameters').get(name)!);
    if (origin === 'buffer') world.values.set(value, arenaOf(world, 'buffers').get(name)!);
    if (origin === 'input') world.values.set(value, tensor64(type.shape, parts.batchInput!.last![name]!));
  }
  return world;
}

/** Not copied: the twin of what gathers rows takes any list of numbers. */
function wholeColumn(column: Parameters<typeof rowsOfColumn>[0], rows: number): Tensor64 {
  return { shape: [rows, ...column.shape], data: rowsOfColumn(column, 0, rows) as unknown as Float64Array };
}

const asFloats = ({ shape, data }: Tensor64): Tensor64 => ({ shape, data: data.map(Math.fround) });

/** What a node meets in this step, as 32 bits hold it. */
function contentsOf(source: Source, { node, graph, plan, originals, slots }: Isolated, world: InterpreterState): Contents {
  const { run, learningRateAt, data } = world;
  const { datasetSize, batch, key, skipNonFinite } = run;
  const state = createInterpreterState(graph.values, {
    rows: run.rows,
    datasetSize,
    batch,
    key,
    skipNonFinite,
    learningRateAt,
    gradientSlots: slots,
    data,
  });
  Object.assign(state.run, run);
  const inputs = new Map<Value, Tensor64>();
  for (const [value, old] of originals) {
    const tensor = world.values.get(old)!;
    inputs.set(value, value.type.dtype === 'i32' ? tensor : asFloats(tensor));
    const z = world.preActivations.get(old);
    if (z) state.preActivations.set(value, z);
  }
  const buffers = new Map<BufferName, Words>();
  const arena = (name: BufferName, { entries, words }: ParameterLayout): void => {
    const all = new Float32Array(words);
    for (const { path, shape, offset } of entries) {
      const known = world.arenas.get(name)?.get(path);
      all.set(known?.data ?? [], offset);
      arenaOf(state, name).set(path, tensor64(shape, all.subarray(offset, offset + sizeOf(shape))));
    }
    buffers.set(name, all);
  };
  for (const name of new Set<BufferName>([...plan.persistentBuffers.keys(), 'parameters', 'buffers'])) {
    if (name === 'run') buffers.set(name, runWords(source, run));
    else if (name === 'learning_rates') buffers.set(name, new Float32Array(LEARNING_RATE_ROWS).fill(learningRateAt(run.step)));
    else if (name === 'buffers') arena(name, plan.bufferLayout);
    else if (name === 'parameters' || name.startsWith('optimizer/')) arena(name, plan.layout);
    else if (name.startsWith('data/')) buffers.set(name, dataOf(node.attrs as GatherAttrs, data.get(name)!));
  }
  return { inputs, buffers, state };
}

/** A column of the data set as the device holds it. */
function dataOf({ type, stored: as = 'f32', divisor = 1 }: GatherAttrs, { data }: Tensor64): Words {
  if (as === 'u8') return Uint8Array.from(data, (value) => Math.round(value * divisor));
  return stored(type, Float32Array.from(data));
}
