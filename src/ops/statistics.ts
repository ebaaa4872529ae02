// Statistics of many tensors at once, into the row of a ring that belongs to the step.
import clearText from '../../shaders/clear_row.wgsl';
import histogramText from '../../shaders/histogram.wgsl';
import perWorkgroupText from '../../shaders/lanes/per_workgroup.wgsl';
import chunksText from '../../shaders/lib/chunks.wgsl';
import doubleText from '../../shaders/lib/double.wgsl';
import orderText from '../../shaders/lib/order.wgsl';
import partialText from '../../shaders/lib/partial_moments.wgsl';
import momentsText from '../../shaders/moments.wgsl';
import combineText from '../../shaders/moments_combine.wgsl';
import anyText from '../../shaders/sources/any.wgsl';
import activityText from '../../shaders/unit_activity.wgsl';
import type { Node, Value } from '../graph/graph.ts';
import type { BufferName, Op, PersistentBuffer, Table } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { rowsOf, samplesOf, sizeOf, type TensorType } from '../shape.ts';
import { struct } from '../struct.ts';
import { type KernelChoice, kernelsFor, kernelsOf, lanesOf } from './kernel_choice.ts';
import { GRID, HIDDEN, NORM, persistent, RING, RUN_STATE, TRUE_ROWS, workgroupsFor } from './kernels.ts';
import { requireTurns } from './pieces.ts';
import { type Ring, ringBuffer, ringParams } from './rings.ts';
import { storedUpdate } from './updates.ts';

/** A tensor's statistics in a ring: `Moments` of moments_combine.wgsl, which says what each word means. */
export const MOMENTS = struct(
  ['f32', 'total', 'scale', 'mean', 'deviation', 'l2'],
  ['u32', 'low', 'high'],
  ['f32', 'abs_mean', 'zeros', 'nans', 'infs', 'rms'],
);
/** The counts of a part of a layer in a ring: `Activity` of unit_activity.wgsl. */
export const ACTIVITY = struct(['u32', 'dead', 'saturated']);
const PARTIAL_WORDS = 14;
const CHUNK_WORDS = 6;

/** Where watched tensors lie; `update` holds what the optimizer asked for, and how far the weights moved. The order is that of shaders/sources/any.wgsl. */
const ARENAS = ['activations', 'gradients', 'weights', 'update'] as const;
type Arena = (typeof ARENAS)[number];
/** What may be watched, by where it lies. Of `moved` there is a number for four weights, the norm of how far the step moved them. */
export type StatisticsSource = Arena | 'moved';
const arenaOf = (source: StatisticsSource): Arena => (source === 'moved' ? 'update' : source);

/** Words before the rows of a tensor that were taken: how many they are. */
export const HEAD = 4;

/** Says of a value that it holds, after a head, only those rows of a tensor that count (src/ops/taken_rows.ts), and brings what kernels need for it. */
export interface Taken {
  /** Of the whole tensor. */
  readonly type: TensorType;
  readonly chunks: Source;
  readonly trueRows: Source;
}

/** A tensor to be watched: a value of the graph, or a parameter. Of activations the first dimension is the batch, and padded rows are left out. */
export interface ProbedTensor {
  readonly value: Value;
  readonly source: StatisticsSource;
  readonly taken?: Taken | undefined;
}

/** The rows that count of what a layer computes: undefined where all do. `of` is the tensor, or what `x` is the gradient of. */
export interface Counting {
  /** As statistics take them: the nodes run in a group, at the steps divisible by `every`. */
  rows(of: Value, x: Value, group: string, every: number): { value: Value; taken: Taken } | undefined;
  /** With zeros for the others, in another order: for a norm. */
  norm(of: Value, x: Value, group: string, every: number): Value | undefined;
}

export interface StatisticsAttrs {
  /** Of each input. */
  readonly sources: readonly StatisticsSource[];
  /** Of each input, where one holds taken rows. */
  readonly taken?: readonly (Taken | undefined)[];
  /** Where the weights are: `parameters`, or the copy of them from before the update where the statistics are taken after it. */
  readonly weights: BufferName;
  readonly ring: Ring;
}

const sources = { values: 'read', gradients: 'read', weights: 'read', update: 'read' } as const;
export const momentsKernel = kernel('moments', momentsText, {
  bindings: { ...sources, chunks: 'read', run: 'read', partials: 'read_write' },
  params: { chunks: 'u32', first: 'u32' },
  overrides: { WORKGROUP: 128 },
});
export const momentsCombineKernel = kernel('moments_combine', combineText, {
  bindings: { partials: 'read', tensors: 'read', run: 'read', ring: 'read_write' },
  params: { tensors: 'u32', every: 'u32', rows: 'u32' },
  overrides: { WORKGROUP: 32 },
});
export const clearRowKernel = kernel('clear_row', clearText, {
  bindings: { run: 'read', ring: 'read_write' },
  params: { stride: 'u32', every: 'u32', rows: 'u32' },
});
export const histogramKernel = kernel('histogram', histogramText, {
  // Written out, because bundlers keep an unused object that contains a spread.
  bindings: { values: 'read', gradients: 'read', weights: 'read', update: 'read', chunks: 'read', edges: 'read', run: 'read', ring: 'read_write' },
  params: { chunks: 'u32', blocks: 'u32', bins: 'u32', stride: 'u32', every: 'u32', rows: 'u32' },
  overrides: { LANES: 128 },
});
export const unitActivityKernel = kernel('unit_activity', activityText, {
  bindings: { values: 'read', vec4s: 'read', parts: 'read', run: 'read', ring: 'read_write' },
  params: { parts: 'u32', every: 'u32', rows: 'u32' },
  overrides: { LANES: 256 },
});

const CHUNKS: Source = { file: 'lib/chunks', text: chunksText };
const DOUBLE: Source = { file: 'lib/double', text: doubleText };
const ORDER: Source = { file: 'lib/order', text: orderText };
/** Whether invocations share a piece of work. */
const PER_WORKGROUP: Source = { file: 'lanes/per_workgroup', text: perWorkgroupText };
const PARTIAL_MOMENTS: Source = { file: 'lib/partial_moments', text: partialText };
const ANY: Source = { file: 'sources/any', text: anyText };

/** Elements per workgroup. */
const CHUNK = 4096;
/** Edges that a workgroup of a histogram compares with; the kernel has the same number. */
const EDGES = 20;

/** Marks a chunk, or a part (by its highest bit), whose rows were taken. */
const ALL_BITS = 2 ** 32 - 1;
const HIGHEST_BIT = 2 ** 31;

/** How the chunks of these tensors are counted. */
const chunksSource = (segments: readonly ProbedTensor[]): Source => segments.find(({ taken }) => taken)?.taken?.chunks ?? CHUNKS;

/** The chunks that one dispatch counts. */
interface PartialRange {
  readonly read: Source;
  readonly bindings: Record<keyof typeof sources, PersistentBuffer>;
  readonly segments: readonly ProbedTensor[];
  readonly table: Table;
  readonly chunks: number;
  /** Chunks of the parts before. */
  readonly first: number;
}

type Watching = Pick<Node<StatisticsAttrs>, 'inputs' | 'attrs'>;

/** The watched tensors of a node: its inputs. */
export const segmentsOf = ({ inputs, attrs }: Watching): ProbedTensor[] =>
  inputs.map((value, i) => ({ value, source: attrs.sources[i]!, taken: attrs.taken?.[i] }));

const elementsOf = ({ value, source, taken }: ProbedTensor): number => {
  const size = sizeOf((taken ?? value).type.shape);
  return source === 'moved' ? Math.ceil(size / 4) : size;
};
const chunksOf = (segment: ProbedTensor): number => Math.ceil(elementsOf(segment) / CHUNK);

/**
 * The watched tensors in chunks: all of them in one dispatch; on SwiftShader, which takes every branch, a dispatch per arena. Either gets one more for
 * each further buffer that activations lie in.
 */
function partialRangesOf(
  segments: readonly ProbedTensor[],
  { ring, weights }: StatisticsAttrs,
  choice: KernelChoice,
  words: number,
  bufferOf: (value: Value) => BufferName,
): PartialRange[] {
  const buffers = [...new Set(segments.filter(({ source }) => source === 'activations').map(({ value }) => bufferOf(value)))];
  const ranges = (choice.shares ? (['any'] as const) : ARENAS).flatMap((of) =>
    (of === 'any' || of === 'activations' ? [buffers[0], ...buffers.slice(1)] : [undefined]).map((buffer, i) => ({ of, buffer, i })),
  );
  let first = 0;
  return ranges.flatMap(({ of, buffer, i }): PartialRange[] => {
    const own = segments.flatMap((segment, tensor) => {
      const { source, value } = segment;
      const here = source === 'activations' ? bufferOf(value) === buffer : i === 0;
      return (of === 'any' || arenaOf(source) === of) && here ? [{ segment, tensor }] : [];
    });
    const chunks = own.reduce((n, { segment }) => n + chunksOf(segment), 0);
    if (chunks === 0) return [];
    first += chunks;
    const table: Table = {
      kind: 'table',
      // The ring tells one probe's tensors from another's.
      name: `${ring.name}/chunks/${of}${i || ''}`,
      words: chunks * CHUNK_WORDS,
      fill: (place) =>
        Uint32Array.from(
          own.flatMap(({ segment, tensor }) => {
            const { value, source, taken } = segment;
            const { offset } = place(value);
            const at = (source === 'moved' ? words + offset / 4 : taken ? offset + HEAD : offset) / 4;
            const size = elementsOf(segment);
            const sample = taken ? ALL_BITS : source === 'activations' && value.type.rowsPerSample > 0 ? size / samplesOf(value.type) : 0;
            return Array.from({ length: chunksOf(segment) }, (_, chunk) => [
              at + (chunk * CHUNK) / 4,
              chunk * CHUNK,
              Math.min(CHUNK, size - chunk * CHUNK),
              sample,
              ARENAS.indexOf(arenaOf(source)),
              tensor,
            ]).flat();
          }),
        ),
    };
    const bindings = bindingsOf(segments, weights, of, words, buffer);
    return [
      {
        read: of === 'any' ? ANY : kernelsOf('swiftshader').ONE_ARENA,
        bindings,
        segments: own.map(({ segment }) => segment),
        table,
        chunks,
        first: first - chunks,
      },
    ];
  });
}

/** The buffers of all arenas; those that no probe watches are not bound. `values` is that of the part's source: of activations, the given one. */
function bindingsOf(
  segments: readonly ProbedTensor[],
  weights: BufferName,
  of: Arena | 'any',
  words: number,
  activations: BufferName | undefined,
): PartialRange['bindings'] {
  const before = persistent(weights);
  const watched = (arena: Arena): boolean => segments.some(({ source }) => arenaOf(source) === arena);
  const arenas: Record<Arena, PersistentBuffer> = {
    activations: activations ? persistent(activations) : before,
    gradients: watched('gradients') ? persistent('gradients') : before,
    weights: before,
    update: watched('update') ? storedUpdate(words) : before,
  };
  const { gradients, update } = arenas;
  return { values: arenas[of === 'any' ? 'activations' : of], gradients, weights: before, update };
}

/** Moments of the segments into a ring. Inputs: the watched values. */
export const momentsOp: Op<StatisticsAttrs> = {
  name: 'moments',
  effect: true,
  sampleEvery: ({ ring }) => ring.every,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { ring } = node.attrs;
    const segments = segmentsOf(node);
    const choice = kernelsFor(emit.capabilities);
    const { shares } = choice;
    const lanes = shares ? PER_WORKGROUP : kernelsOf('swiftshader').LANE_PER_INVOCATION;
    const width = choice.lanes === undefined ? {} : { WORKGROUP: choice.lanes };
    const partials = emit.scratch('partials', segments.reduce((n, segment) => n + chunksOf(segment), 0) * PARTIAL_WORDS);
    emit.walk({ reads: node.inputs, apart: [partials] }, (bufferOf) => {
      const parts = partialRangesOf(segments, node.attrs, choice, emit.layout.words, bufferOf);
      for (const { read, bindings, table, chunks, first } of parts)
        emit.dispatch({
          kernel: momentsKernel,
          link: [read, lanes, chunksSource(segments), PARTIAL_MOMENTS, DOUBLE, HIDDEN, GRID, RUN_STATE, NORM, ORDER],
          overrides: width,
          params: { chunks, first },
          bindings: { ...bindings, chunks: table, run: persistent('run'), partials },
          workgroups: shares ? [chunks] : workgroupsFor(chunks, choice.lanes),
        });
      let at = 0;
      const tensors = new Uint32Array(segments.length * 2);
      for (const segment of parts.flatMap((part) => part.segments)) {
        tensors.set([at, chunksOf(segment)], segments.indexOf(segment) * 2);
        at += chunksOf(segment);
      }
      emit.dispatch({
        kernel: momentsCombineKernel,
        link: [lanes, PARTIAL_MOMENTS, DOUBLE, HIDDEN, GRID, RUN_STATE, RING, NORM, ORDER],
        overrides: width,
        params: { tensors: segments.length, ...ringParams(ring) },
        bindings: {
          partials,
          tensors: { kind: 'table', name: `${node.name}/tensors`, words: tensors.length, fill: () => tensors },
          run: persistent('run'),
          ring: ringBuffer(ring),
        },
        workgroups: shares ? [segments.length] : workgroupsFor(segments.length, choice.lanes),
      });
    });
  },
};

/** Zeroes the step's row of a ring of counts, before histograms are added to it. */
export const clearRowOp: Op<{ ring: Ring }> = {
  name: 'clear_row',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { ring } = node.attrs;
    const stride = ring.rowBytes / 4;
    emit.dispatch({
      kernel: clearRowKernel,
      link: [GRID, RUN_STATE, RING],
      params: { stride, ...ringParams(ring) },
      bindings: { run: persistent('run'), ring: ringBuffer(ring) },
      workgroups: workgroupsFor(stride),
    });
  },
};

/** The bits before those of each bin's lower end, of which the first is the smallest number above 0; nothing lies above what fills the last block. */
function edgeTable(edges: readonly number[], words: number): Uint32Array {
  const table = new Uint32Array(words).fill(0x7fffffff);
  table[0] = 0;
  new Uint32Array(Float32Array.from(edges).buffer).forEach((bits, i) => {
    table[i + 1] = bits - 1;
  });
  return table;
}

/** Histograms of |x| of the segments into a ring. At most 63 edges. */
export const histogramOp: Op<StatisticsAttrs & { edges: readonly number[] }> = {
  name: 'histogram',
  effect: true,
  sampleEvery: ({ ring }) => ring.every,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { edges, ring } = node.attrs;
    const choice = kernelsFor(emit.capabilities);
    const bins = edges.length + 1;
    const stride = ring.rowBytes / 4;
    const blocks = Math.ceil(bins / EDGES);
    const segments = segmentsOf(node);
    emit.walk({ reads: node.inputs }, (bufferOf) => {
      for (const { read, bindings, table, chunks } of partialRangesOf(segments, node.attrs, choice, emit.layout.words, bufferOf))
        emit.dispatch({
          kernel: histogramKernel,
          link: [read, chunksSource(segments), GRID, RUN_STATE, RING],
          overrides: lanesOf(choice),
          params: { chunks, blocks, bins, stride, ...ringParams(ring) },
          bindings: {
            ...bindings,
            chunks: table,
            edges: { kind: 'table', name: `${node.name}/edges`, words: blocks * EDGES, fill: () => edgeTable(edges, blocks * EDGES) },
            run: persistent('run'),
            ring: ringBuffer(ring),
          },
          workgroups: [chunks * blocks],
        });
    });
  },
};

export interface ActivityLayer {
  /** Bounds of the output outside which an activation counts as saturated. */
  readonly low: number;
  readonly high: number;
  readonly taken?: Taken | undefined;
}

/** Words of a part in the kernel's table. */
const PART_WORDS = 7;
/** Activations of a part: a workgroup's work. */
const PART_SIZE = 2 ** 20;
/** Rows that the invocations of a workgroup can go through together. */
const MOST_ROWS = 2 ** 23;

/** Units that are counted together. */
export interface ActivityPart {
  /** Index of the layer. */
  readonly layer: number;
  readonly first: number;
  readonly units: number;
}

/** Layers in parts of units, in the order of the ring; small layers are one part. */
export function activityParts(activations: readonly TensorType[]): ActivityPart[] {
  return activations.flatMap((h, layer) => {
    const size = sizeOf(h.shape);
    const { columns: width } = rowsOf(h);
    // Units are read by fours where the width allows it.
    const together = width % 4 === 0 ? 4 : 1;
    const columns = width / together;
    const units = Math.ceil(columns / Math.min(columns, Math.ceil(size / PART_SIZE))) * together;
    return Array.from({ length: Math.ceil(width / units) }, (_, i) => ({ layer, first: i * units, units: Math.min(units, width - i * units) }));
  });
}

/** Counts of dead units and saturated activations of parts of layers into a ring. Inputs: the activations, one for each of the layers. */
export const unitActivityOp: Op<{ layers: readonly ActivityLayer[]; ring: Ring }> = {
  name: 'unit_activity',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { layers, ring } = node.attrs;
    const types = node.inputs.map(({ type }, i) => layers[i]!.taken?.type ?? type);
    for (const [i, h] of node.inputs.entries()) requireTurns(emit.capabilities, `activity of ${h.name}`, 'rows', rowsOf(types[i]!).rows, MOST_ROWS);
    const parts = activityParts(types);
    const trueRows = layers.find(({ taken }) => taken)?.taken?.trueRows ?? TRUE_ROWS;
    emit.walk({ reads: node.inputs }, (bufferOf) => {
      for (const [number, buffer] of [...new Set(node.inputs.map(bufferOf))].entries()) {
        // A part whose activations lie in another buffer has no width here.
        const table: Table = {
          kind: 'table',
          name: `${node.name}/parts${number || ''}`,
          words: parts.length * PART_WORDS,
          fill: (place) => {
            const words = new Uint32Array(parts.length * PART_WORDS);
            const floats = new Float32Array(words.buffer);
            parts.forEach(({ layer, first, units }, i) => {
              const h = node.inputs[layer]!;
              const { low, high, taken } = layers[layer]!;
              if (bufferOf(h) !== buffer) return;
              const { rows, columns, rowsPerSample } = rowsOf(types[layer]!);
              const { offset } = place(h);
              words.set([offset + (taken ? HEAD : 0) + first, columns, units, rows, taken ? HIGHEST_BIT + offset : rowsPerSample], i * PART_WORDS);
              floats.set([low, high], i * PART_WORDS + 5);
            });
            return words;
          },
        };
        emit.dispatch({
          kernel: unitActivityKernel,
          link: [GRID, RUN_STATE, RING, trueRows],
          overrides: lanesOf(kernelsFor(emit.capabilities)),
          params: { parts: parts.length, ...ringParams(ring) },
          bindings: { values: persistent(buffer), vec4s: persistent(buffer), parts: table, run: persistent('run'), ring: ringBuffer(ring) },
          workgroups: [parts.length],
        });
      }
    });
  },
};
