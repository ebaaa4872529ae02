// Runs an isolated node on the device and in float64, and says how far apart they are.
import { FathomError } from '../errors.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { Runner } from '../gpu/runner.ts';
import type { Value } from '../graph/graph.ts';
import type { BufferName } from '../graph/op.ts';
import { runsWith } from '../groups.ts';
import type { ParameterLayout } from '../layout.ts';
import * as LIMITS from '../limits.ts';
import { LOG_ROW, LOG_ROWS } from '../ops/end_step.ts';
import { type Ring, ringRow } from '../ops/rings.ts';
import { comparedRows, ROW_DIFFERENCES, spreadOf } from '../ops/row_differences.ts';
import type { SegmentNormAttrs } from '../ops/segment_norm.ts';
import { ACTIVITY, activityParts, MOMENTS, type StatisticsAttrs } from '../ops/statistics.ts';
import { REFERENCE } from '../reference/index.ts';
import type { InterpreterState } from '../reference/interpreter_state.ts';
import { placeOfValue } from '../scheduler/place_of.ts';
import type { Dispatch, Range } from '../scheduler/plan.ts';
import { RUN_BYTES, RUN_STATE, type RunWord } from '../train/run_state.ts';
import { type Contents, hasTwin } from './contents.ts';
import { type Isolated, SUMS, variantOf } from './isolate.ts';

/** Numbers from the device beside those of float64. */
export interface Compared {
  /** What they are: an output, an arena, a word of the run state. */
  readonly name: string;
  readonly got: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
}

/** The farthest number. */
export interface Worst {
  /** Where: `dense_3/z[17]`. */
  readonly at: string;
  readonly got: number;
  readonly expected: number;
  /** The distance, as a fraction of the largest expected number of the tensor. */
  readonly error: number;
}

/** What came of the dispatches of a node that ran together. */
export interface Outcome {
  /** The kernel variants that ran. */
  readonly variants: readonly string[];
  readonly worst: Worst;
}

/** Whether both are none that 32 bits hold: WGSL leaves open what such a number becomes. */
const neitherFits = (got: number, expected: number): boolean => !Number.isFinite(got) && !(Math.abs(expected) <= LIMITS.float32);

/** The farthest of all numbers. One that is not finite is as far as can be where the other is. */
export function worstOf(all: readonly Compared[]): Worst {
  let worst: Worst = { at: '', got: 0, expected: 0, error: 0 };
  for (const { name, got, expected } of all) {
    let scale = 0;
    for (let i = 0; i < expected.length; i++)
      if (Number.isFinite(expected[i]) && !neitherFits(got[i]!, expected[i]!)) scale = Math.max(scale, Math.abs(expected[i]!));
    for (let i = 0; i < expected.length; i++) {
      const [g, e] = [got[i]!, expected[i]!];
      const error = g === e || neitherFits(g, e) ? 0 : Math.abs(g - e) / (scale || 1);
      if (!(error <= worst.error)) worst = { at: `${name}[${i}]`, got: g, expected: e, error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error };
    }
  }
  return worst;
}

/** The sets of groups with which a step runs different dispatches of the node: none, each by itself, all. */
function groupSets(dispatches: readonly Dispatch[]): string[][] {
  const all = [...new Set(dispatches.flatMap(({ when }) => [...when.groups, ...when.unless]))].filter((group) => group !== 'step');
  const sets = new Map<string, string[]>();
  for (const groups of [[], ...all.map((group) => [group]), all]) {
    const running = dispatches.flatMap(({ when }, i) => (runsWith(when, groups) ? [i] : []));
    if (running.length > 0 && !sets.has(running.join())) sets.set(running.join(), groups);
  }
  return [...sets.values()];
}

/** Runs it once for each set of groups in which other dispatches run, on what `contents` makes for it each time. */
export async function checkNode(device: Device, cache: PipelineCache, isolated: Isolated, contentsOf: () => Contents): Promise<Outcome[]> {
  const { plan, graph, node } = isolated;
  const buffers = new Buffers(device);
  let runner: Runner | undefined;
  try {
    const outcomes: Outcome[] = [];
    for (const groups of groupSets(plan.dispatches)) {
      const contents = contentsOf();
      runner ??= await create(device, cache, isolated, contents, buffers);
      for (const [name, words] of contents.buffers) if (buffers.get(name) && words.length > 0) buffers.write(name, words);
      for (const [value, tensor] of contents.inputs) {
        const { buffer, offset, type } = placeOfValue(plan, value);
        runner.write(buffer, type.dtype === 'i32' ? Int32Array.from(tensor.data) : Float32Array.from(tensor.data), offset * 4);
      }
      const running = plan.dispatches.filter(({ when }) => runsWith(when, groups));
      const wanted = readsOf(isolated, contents.state, running);
      const reading = runner.run(
        [groups],
        wanted.map(({ range }) => range),
      );
      // The twin computes while the device does.
      twin(graph.nodes, contents);
      const bytes = await reading;
      let at = 0;
      const compared = wanted.flatMap(({ range, decode }) => {
        const part = bytes.slice(at, at + range.size);
        at += range.size;
        return decode(part);
      });
      outcomes.push({ variants: running.map(variantOf), worst: worstOf(compared) });
    }
    return outcomes;
  } catch (error) {
    // The loss of the device is no fault of a node.
    if (error instanceof FathomError) throw error;
    throw new Error(`${node.op.name} ${node.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    runner?.destroy();
    buffers.destroy();
  }
}

function create(device: Device, cache: PipelineCache, { plan }: Isolated, contents: Contents, buffers: Buffers): Promise<Runner> {
  const { layout, bufferLayout } = plan;
  return device
    .attempt(() => {
      const own = new Set([...plan.activations, ...plan.sums].map(({ buffer }) => buffer));
      for (const [name, min] of plan.persistentBuffers) {
        if (own.has(name)) continue;
        const known = contents.buffers.get(name)?.byteLength ?? 0;
        const whole =
          name === 'log' ? LOG_ROWS * LOG_ROW.words * 4 : name === 'run' ? RUN_BYTES : name === 'buffers' ? bufferLayout.words * 4 : layout.words * 4;
        buffers.create(name, Math.max(min, known, min || known ? 0 : whole));
      }
      for (const name of ['parameters', 'gradients'] as const) if (!buffers.get(name)) buffers.create(name, layout.words * 4);
      if (!buffers.get('buffers')) buffers.create('buffers', bufferLayout.words * 4);
    })
    .then(() => Runner.create(device, plan, { buffer: (name) => buffers.get(name) }, cache));
}

/** Computes the nodes in float64. */
function twin(nodes: Isolated['graph']['nodes'], { inputs, state }: Contents): void {
  for (const [value, tensor] of inputs) state.values.set(value, tensor);
  for (const each of nodes) {
    const outputs = REFERENCE[each.op.name]!(
      each.inputs.map((value) => state.values.get(value)!),
      each.attrs,
      each,
      state,
    );
    each.outputs.forEach((value, i) => {
      if (outputs[i]) state.values.set(value, outputs[i]!);
    });
  }
}

/** A range to be read after the run, and what of it is compared with what the twin has left by then. */
interface Read {
  readonly range: Range;
  decode(bytes: ArrayBuffer): Compared[];
}

/** Words of the run state that the twin keeps, too. */
const RUN64: readonly (readonly [RunWord, keyof InterpreterState['run']])[] = [
  ['step', 'step'],
  ['rows', 'rows'],
  ['batch_start', 'batchStart'],
  ['epoch', 'epoch'],
  ['batches', 'batches'],
  ['skipped', 'skipped'],
  ['loss', 'loss'],
  ['regularization_loss', 'regularizationLoss'],
  ['norm', 'norm'],
  ['clip', 'clip'],
  ['learning_rate', 'learningRate'],
];

function readsOf({ node, plan, outputs, graph }: Isolated, state: InterpreterState, running: readonly Dispatch[]): Read[] {
  const written = running.flatMap(({ bindings }) => bindings.filter(({ access }) => access === 'read_write').map(({ range }) => range));
  const writes = (buffer: string, from = 0, size = Number.POSITIVE_INFINITY): boolean =>
    written.some((range) => range.buffer === buffer && (range.size === 0 || (range.offset < from + size && from < range.offset + range.size)));
  const reads: Read[] = [];
  outputs.forEach((value, i) => {
    const { buffer, offset, size, type } = placeOfValue(plan, value);
    if (!writes(buffer, offset * 4, size * 4)) return;
    reads.push({
      range: { buffer, offset: offset * 4, size: size * 4 },
      decode: (bytes) => {
        const got = type.dtype === 'i32' ? new Int32Array(bytes) : new Float32Array(bytes);
        const expected = state.values.get(value)!.data;
        return [
          {
            name: value.name,
            ...(i === 0 && SUMS.has(node.op.name)
              ? { got: wholeOf(got), expected: wholeOf(expected) }
              : node.op.name === 'regularization_loss'
                ? { got: [sum(got)], expected: [sum(expected)] }
                : { got, expected }),
          },
        ];
      },
    });
  });
  for (const name of new Set([...state.arenas.keys(), 'retained/update' as const]))
    if (writes(name) && hasTwin(name)) reads.push(...arenaReads(name, state, name === 'buffers' ? plan.bufferLayout : plan.layout));
  if (writes('run'))
    reads.push({
      range: { buffer: 'run', offset: 0, size: RUN_BYTES },
      decode: (bytes) => {
        const [words, floats] = [new Uint32Array(bytes), new Float32Array(bytes)];
        return RUN64.map(([word, key]) => {
          const at = RUN_STATE.at[word];
          return { name: `run.${word}`, got: [RUN_STATE.members[at]!.type === 'f32' ? floats[at]! : words[at]!], expected: [state.run[key] as number] };
        });
      },
    });
  const { ring } = node.attrs as { ring?: Ring };
  if (ring && node.op.name !== 'clear_row' && writes(ring.name))
    reads.push({ range: ringRow(ring, state.run.step), decode: (bytes) => statisticsOf(node, graph.nodes.at(-1)!.inputs, state, bytes) });
  return reads;
}

function arenaReads(name: BufferName, { arenas }: InterpreterState, { entries }: ParameterLayout): Read[] {
  return entries.map(({ path, offset, size }) => ({
    range: { buffer: name, offset: offset * 4, size: size * 4 },
    decode: (bytes) => {
      const expected = arenas.get(name)?.get(path)?.data;
      return expected ? [{ name: `${path} of ${name}`, got: new Float32Array(bytes), expected }] : [];
    },
  }));
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
/** What pairs of a scale and a sum of squares come to. */
const wholeOf = (pairs: ArrayLike<number>): number[] => [sum(Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i]! ** 2 * pairs[2 * i + 1]!))];

/** What a node of statistics has left in its ring. */
function statisticsOf({ op, name, attrs }: Isolated['node'], inputs: readonly Value[], state: InterpreterState, bytes: ArrayBuffer): Compared[] {
  const floats = new Float32Array(bytes);
  const integers = new Uint32Array(bytes);
  if (op.name === 'moments') {
    const at = MOMENTS.at;
    return state.moments.get(name)!.flatMap((expected, i): Compared[] => {
      const word = (of: keyof typeof at): number => floats[i * MOMENTS.words + at[of]]!;
      const scaled = (of: keyof typeof at): number => word(of) * word('scale');
      const moved = (attrs as StatisticsAttrs).sources[i] === 'moved';
      const l2 = { name: `l2 of ${inputs[i]!.name}`, got: [scaled('l2')], expected: [expected.l2] };
      if (moved) return [l2];
      const { rms, mean, std, min, max, absMean } = expected;
      // Beside one another: a mean that is nearly nothing has the rounding of what cancelled.
      const rest = {
        got: [scaled('rms'), scaled('mean'), scaled('deviation'), word('low'), word('high'), scaled('abs_mean')],
        expected: [rms, mean, std, min, max, absMean],
      };
      return [
        l2,
        { name: `statistics of ${inputs[i]!.name}`, ...rest },
        { name: `count of ${inputs[i]!.name}`, got: [word('total')], expected: [expected.count] },
      ];
    });
  }
  if (op.name === 'histogram')
    return state.histograms
      .get(name)!
      .map((expected, i) => ({ name: `histogram of ${inputs[i]!.name}`, got: integers.subarray(i * expected.length, (i + 1) * expected.length), expected }));
  if (op.name === 'segment_norm') {
    const { sums } = attrs as SegmentNormAttrs;
    return state.norms.get(name)!.map((expected, i) => ({ name: `norm of ${inputs[sums + i]!.name}`, got: [floats[i]!], expected: [expected] }));
  }
  if (op.name === 'row_differences') {
    let at = 0;
    return state.spreads.get(name)!.map(({ effectiveRank, rowSpread }, i) => {
      const words = comparedRows(inputs[i]!.type) * ROW_DIFFERENCES.words;
      const got = spreadOf(floats.subarray(at, at + words), state.run.rows);
      at += words;
      return { name: `rank of ${inputs[i]!.name}`, got: [got?.effectiveRank ?? 0, got?.rowSpread ?? 0], expected: [effectiveRank, rowSpread] };
    });
  }
  if (op.name === 'unit_activity') {
    const { layers } = attrs as { layers: readonly { taken?: { type: Value['type'] } | undefined }[] };
    const got = state.activity.get(name)!.map(() => ({ dead: 0, saturated: 0 }));
    activityParts(inputs.map(({ type }, i) => layers[i]!.taken?.type ?? type)).forEach(({ layer }, i) => {
      got[layer]!.dead += integers[i * ACTIVITY.words + ACTIVITY.at.dead]!;
      got[layer]!.saturated += integers[i * ACTIVITY.words + ACTIVITY.at.saturated]!;
    });
    return state.activity
      .get(name)!
      .map(({ dead, saturated }, i) => ({ name: `activity of ${inputs[i]!.name}`, got: [got[i]!.dead, got[i]!.saturated], expected: [dead, saturated] }));
  }
  return [];
}
