// The profiling mode: GPU time of each layer, forward and backward, and of what all layers share. Browsers round the stamps
// (Chrome to 0.1 ms), so single steps say little and means of many are told.
import { Graph, type ProfileRow, profile, type Sequential, type Trainer } from '../../src/index.ts';
import { GPU_PARTS, type GpuPart, type GpuTimesMessage } from '../protocol.ts';
import type { Row } from '../rows.ts';

/** Fraction of a new step in the mean, once there are enough of them. */
const NEW = 0.05;

type Times = Pick<GpuTimesMessage, 'layers' | 'parts'>;

export class GpuTimes {
  private readonly trainer: Trainer;
  private readonly names: readonly string[];
  private readonly nodes: readonly string[];
  private mean: Times | null = null;
  private steps = 0;

  constructor(trainer: Trainer, rows: readonly Row[]) {
    this.trainer = trainer;
    this.names = rows.map(({ names }) => names[0]!);
    this.nodes = nodesOf(trainer.model.description, trainer.model.inputs.x!.shape[0]!);
  }

  /** Takes one step with a pass per kernel; resolves with the means in milliseconds. Throws where the device has no timestamps. */
  async measure(): Promise<Times & { steps: number }> {
    const times = attribute(await profile(this.trainer), this.names, this.nodes);
    this.mean ??= times;
    const fraction = Math.max(NEW, 1 / ++this.steps);
    const towards = (old: number, now: number): number => old + (now - old) * fraction;
    const { layers, parts } = this.mean;
    this.mean = {
      layers: layers.map((old, l) => towards(old, times.layers[l]!)),
      parts: Object.fromEntries(GPU_PARTS.map((part) => [part, towards(parts[part], times.parts[part])])) as Times['parts'],
    };
    return { steps: this.steps, ...this.mean };
  }
}

/** The paths of a model's nodes, in the order of computation. */
export function nodesOf(model: Sequential, features: number): string[] {
  const graph = new Graph();
  // Batch norm takes a multiple of four rows.
  return model.build(graph, graph.input('x', [4, features], { batch: true }), 'train').nodes.map(({ name }) => name);
}

/**
 * The times of a step's kernels by row and by part. `names` are the paths of the rows' first layers, the first one first; `nodes` those of the model's
 * nodes, in the order of computation.
 */
export function attribute(rows: readonly ProfileRow[], names: readonly string[], nodes: readonly string[]): Times {
  const places = names.map((name) => placeOf(name, nodes));
  const layers = new Float32Array(names.length);
  const parts = Object.fromEntries(GPU_PARTS.map((part) => [part, 0])) as Times['parts'];
  for (const { label, milliseconds } of rows) {
    const [kernel = '', path = ''] = label.split(' ');
    const node = nodeOf(path.replace(/^grad\//, ''), nodes);
    const part = partOf(kernel, path, node >= 0);
    parts[part] += milliseconds;
    if ((part !== 'forward' && part !== 'backward') || node < 0) continue;
    // A node belongs to the last layer that begins at it or before it.
    const owner = places.findLastIndex((place) => place <= node);
    if (owner >= 0) layers[owner]! += milliseconds;
  }
  return { layers, parts };
}

/** Where a layer begins among the nodes. A weight that is used again is counted on, as in `dense_1:2`. */
function placeOf(name: string, nodes: readonly string[]): number {
  const [path = ''] = name.split(':');
  const place = nodes.indexOf(path);
  return place >= 0 ? place : nodes.findIndex((node) => node.startsWith(`${path}/`));
}

/** The node that a path is of, as `dense_1/z` in `dense_1/z/db`; -1 where it is none of the model. */
function nodeOf(path: string, nodes: readonly string[]): number {
  for (let part = path; part; part = part.slice(0, Math.max(0, part.lastIndexOf('/')))) {
    const node = nodes.indexOf(part);
    if (node >= 0) return node;
  }
  return -1;
}

/** What a kernel is for, from its name, the path of its node, and whether the model has that node. */
function partOf(kernel: string, path: string, inModel: boolean): GpuPart {
  if (/^(moments|histogram|unit_activity|clear|copy)/.test(kernel) || path === 'update_of_step') return 'statistics';
  if (kernel === 'dense_weight_grads') return 'weight_gradients';
  if (path.startsWith('grad/')) return 'backward';
  if (inModel || path === 'loss') return 'forward';
  return 'update';
}
