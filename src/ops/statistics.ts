// Statistics of many tensors at once: one segmented reduction per buffer, into the row of a ring that belongs to the step.
import clearText from '../../shaders/clear_row.wgsl';
import histogramText from '../../shaders/histogram.wgsl';
import momentsText from '../../shaders/moments.wgsl';
import combineText from '../../shaders/moments_combine.wgsl';
import activityText from '../../shaders/unit_activity.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Op, Resident, Table } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { RING_ROWS } from './finish.ts';
import { GRID, groupsFor, NORM, ORDER, RUN_STATE, resident } from './kernels.ts';

/** Words of one tensor's statistics; the order is that of `Moments` in moments_combine.wgsl. */
export const MOMENT_WORDS = 12;
/** Elements per invocation. */
const CHUNK = 256;
const PARTIAL_WORDS = 12;

/** A tensor to be watched. */
export interface Segment {
  /** A value of the graph, or the entry of a parameter in an arena. */
  readonly value: Value;
  /** True where the first dimension is the batch: padded rows are left out. */
  readonly batched: boolean;
}

export interface RingAttrs {
  /** The buffer in which all segments lie. */
  readonly source: Resident;
  readonly segments: readonly Segment[];
  /** Index of the first segment in the ring's row, and the row's length in segments. */
  readonly first: number;
  readonly stride: number;
  /** The steps that are looked at: those divisible by it. */
  readonly every: number;
}

export const momentsKernel = kernel('moments', momentsText, {
  bindings: { x: 'read', chunks: 'read', run: 'read', partials: 'read_write' },
  params: { chunks: 'u32' },
  overrides: { WORKGROUP: 64 },
});
export const momentsCombineKernel = kernel('moments_combine', combineText, {
  bindings: { partials: 'read_write', segments: 'read', run: 'read', ring: 'read_write' },
  params: { segments: 'u32', first: 'u32', stride: 'u32', every: 'u32', rows: 'u32' },
  overrides: { WORKGROUP: 4 },
});
export const clearRowKernel = kernel('clear_row', clearText, {
  bindings: { run: 'read', ring: 'read_write' },
  params: { stride: 'u32', every: 'u32', rows: 'u32' },
  overrides: { WORKGROUP: 64 },
});
export const histogramKernel = kernel('histogram', histogramText, {
  bindings: { x: 'read', chunks: 'read', owners: 'read', edges: 'read', run: 'read', ring: 'read_write' },
  params: { chunks: 'u32', edges: 'u32', first: 'u32', stride: 'u32', every: 'u32', rows: 'u32' },
  overrides: { WORKGROUP: 4 },
});
export const unitActivityKernel = kernel('unit_activity', activityText, {
  bindings: { values: 'read', layers: 'read', units: 'read', run: 'read', ring: 'read_write' },
  params: { units: 'u32', stride: 'u32', every: 'u32', rows: 'u32' },
  overrides: { WORKGROUP: 64 },
});

const chunkCount = (size: number): number => Math.ceil(size / CHUNK);

function chunkTable(name: string, attrs: RingAttrs, count: number): Table {
  return {
    kind: 'table',
    name,
    words: count * 4,
    fill: (place) =>
      Uint32Array.from(
        attrs.segments.flatMap(({ value, batched }) => {
          const { offset } = place(value);
          const size = sizeOf(value.type.shape);
          const rowLength = batched ? size / value.type.shape[0]! : 0;
          return Array.from({ length: chunkCount(size) }, (_, i) => [offset + i * CHUNK, i * CHUNK, Math.min(CHUNK, size - i * CHUNK), rowLength]).flat();
        }),
      ),
  };
}

const totalChunks = (attrs: RingAttrs): number => attrs.segments.reduce((n, { value }) => n + chunkCount(sizeOf(value.type.shape)), 0);

/** Moments of the segments into `ring/moments`. Inputs: the watched values. */
export const momentsOp: Op<RingAttrs> = {
  name: 'moments',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { attrs } = node;
    const chunks = totalChunks(attrs);
    // The partial sums have a buffer of their own: the arenas are bound for reading here.
    const partials = resident('keep/partials', chunks * PARTIAL_WORDS * 4);
    emit.dispatch({
      kernel: momentsKernel,
      link: [GRID, RUN_STATE, NORM, ORDER],
      params: { chunks },
      bindings: { x: attrs.source, chunks: chunkTable(`${node.name}/chunks`, attrs, chunks), run: resident('run'), partials },
      workgroups: groupsFor(chunks),
      reads: node.inputs,
    });
    let at = 0;
    const segments = Uint32Array.from(
      attrs.segments.flatMap(({ value }) => {
        const count = chunkCount(sizeOf(value.type.shape));
        at += count;
        return [at - count, count];
      }),
    );
    emit.dispatch({
      kernel: momentsCombineKernel,
      link: [GRID, RUN_STATE, NORM, ORDER],
      params: { segments: attrs.segments.length, first: attrs.first, stride: attrs.stride, every: attrs.every, rows: RING_ROWS },
      bindings: {
        partials,
        segments: { kind: 'table', name: `${node.name}/segments`, words: segments.length, fill: () => segments },
        run: resident('run'),
        ring: resident('ring/moments', attrs.stride * MOMENT_WORDS * 4 * RING_ROWS),
      },
      workgroups: groupsFor(attrs.segments.length, 4),
    });
  },
};

/** Zeroes the step's row of a ring of counts, before its histograms or activities are added. */
export const clearRowOp: Op<{ ring: Resident; stride: number; every: number }> = {
  name: 'clear_row',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { ring, stride, every } = node.attrs;
    emit.dispatch({
      kernel: clearRowKernel,
      link: [GRID, RUN_STATE],
      params: { stride, every, rows: RING_ROWS },
      bindings: { run: resident('run'), ring },
      workgroups: groupsFor(stride),
    });
  },
};

/** Edges behind 256 words that say, for each exponent, how many of them lie at or below the smallest value with that exponent. */
function edgeTable(edges: readonly number[]): Float32Array {
  const table = new Float32Array(256 + edges.length);
  const words = new Uint32Array(table.buffer);
  table.set(edges, 256);
  for (let exponent = 1; exponent < 256; exponent++) words[exponent] = edges.filter((_, i) => table[256 + i]! <= 2 ** (exponent - 127)).length;
  return table;
}

/** Histograms of |x| of the segments into `ring/histograms`. At most 63 edges. */
export const histogramOp: Op<RingAttrs & { edges: readonly number[] }> = {
  name: 'histogram',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { attrs } = node;
    const chunks = totalChunks(attrs);
    const bins = attrs.edges.length + 1;
    const owners: Table = {
      kind: 'table',
      name: `${node.name}/owners`,
      words: chunks,
      fill: () => Uint32Array.from(attrs.segments.flatMap(({ value }, i) => Array.from({ length: chunkCount(sizeOf(value.type.shape)) }, () => i))),
    };
    emit.dispatch({
      kernel: histogramKernel,
      link: [GRID, RUN_STATE],
      params: { chunks, edges: attrs.edges.length, first: attrs.first * bins, stride: attrs.stride * bins, every: attrs.every, rows: RING_ROWS },
      bindings: {
        x: attrs.source,
        chunks: chunkTable(`${node.name}/chunks`, attrs, chunks),
        owners,
        edges: { kind: 'table', name: `${node.name}/edges`, words: 256 + attrs.edges.length, fill: () => edgeTable(attrs.edges) },
        run: resident('run'),
        ring: resident('ring/histograms', attrs.stride * bins * 4 * RING_ROWS),
      },
      workgroups: groupsFor(chunks, 4),
      reads: node.inputs,
    });
  },
};

export interface ActivityLayer {
  readonly h: Value;
  /** Bounds of the output outside which an activation counts as saturated. */
  readonly low: number;
  readonly high: number;
}

/** Counts of dead units and saturated activations per layer into `ring/activity`. Inputs: the activations. */
export const unitActivityOp: Op<{ layers: readonly ActivityLayer[]; every: number }> = {
  name: 'unit_activity',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { layers, every } = node.attrs;
    const width = (layer: ActivityLayer): number => sizeOf(layer.h.type.shape) / layer.h.type.shape[0]!;
    const units = layers.flatMap((layer, i) => Array.from({ length: width(layer) }, (_, unit) => [i, unit]).flat());
    const layerTable: Table = {
      kind: 'table',
      name: `${node.name}/layers`,
      words: layers.length * 4,
      fill: (place) => {
        const words = new Uint32Array(layers.length * 4);
        const floats = new Float32Array(words.buffer);
        layers.forEach((layer, i) => {
          words[i * 4] = place(layer.h).offset;
          words[i * 4 + 1] = width(layer);
          floats[i * 4 + 2] = layer.low;
          floats[i * 4 + 3] = layer.high;
        });
        return words;
      },
    };
    emit.dispatch({
      kernel: unitActivityKernel,
      link: [GRID, RUN_STATE],
      params: { units: units.length / 2, stride: layers.length * 2, every, rows: RING_ROWS },
      bindings: {
        values: resident('activations'),
        layers: layerTable,
        units: { kind: 'table', name: `${node.name}/units`, words: units.length, fill: () => Uint32Array.from(units) },
        run: resident('run'),
        ring: resident('ring/activity', layers.length * 8 * RING_ROWS),
      },
      workgroups: groupsFor(units.length / 2),
      reads: node.inputs,
    });
  },
};
