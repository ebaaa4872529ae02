// The profiling mode: GPU time of each layer, forward and backward, and of what all layers share. Browsers round the stamps
// (Chrome to 0.1 ms), so single steps say little and means of many are told.
import { type ProfileRow, profile, type Trainer } from '../../src/index.ts';
import { GPU_PARTS, type GpuPart, type GpuTimesMessage } from '../protocol.ts';
import type { Row } from '../rows.ts';

/** Share of a new step in the mean, once there are enough of them. */
const NEW = 0.05;

type Times = Pick<GpuTimesMessage, 'layers' | 'parts'>;

export class GpuTimes {
  private readonly trainer: Trainer;
  private readonly names: readonly string[];
  private mean: Times | null = null;
  private steps = 0;

  constructor(trainer: Trainer, rows: readonly Row[]) {
    this.trainer = trainer;
    this.names = rows.map(({ names }) => names[0]!);
  }

  /** Takes one step with a pass per kernel; resolves with the means in milliseconds. Throws where the device has no timestamps. */
  async measure(): Promise<Times & { steps: number }> {
    const times = attribute(await profile(this.trainer), this.names);
    this.mean ??= times;
    const share = Math.max(NEW, 1 / ++this.steps);
    const towards = (old: number, now: number): number => old + (now - old) * share;
    const { layers, parts } = this.mean;
    this.mean = {
      layers: layers.map((old, l) => towards(old, times.layers[l]!)),
      parts: Object.fromEntries(GPU_PARTS.map((part) => [part, towards(parts[part], times.parts[part])])) as Times['parts'],
    };
    return { steps: this.steps, ...this.mean };
  }
}

/** The times of a step's kernels by row and by part. `names` are the paths of the rows' first layers, the first one first. */
export function attribute(rows: readonly ProfileRow[], names: readonly string[]): Times {
  const places = names.map(placeOf);
  const layers = new Float32Array(names.length);
  const parts = Object.fromEntries(GPU_PARTS.map((part) => [part, 0])) as Times['parts'];
  for (const { label, milliseconds } of rows) {
    const [kernel = '', path = ''] = label.split(' ');
    const part = partOf(kernel, path);
    parts[part] += milliseconds;
    const node = path.replace(/^grad\//, '');
    if ((part !== 'forward' && part !== 'backward') || !/^\d/.test(node)) continue;
    // A node belongs to the last layer that does not stand behind it.
    const place = placeOf(node);
    const owner = places.findLastIndex((layer) => !before(place, layer));
    if (owner >= 0) layers[owner]! += milliseconds;
  }
  return { layers, parts };
}

/** `4.residual/0.dense` is [4, 0]; a part without a number stands at the end of what it is part of. */
function placeOf(path: string): number[] {
  return path.split('/').map((part) => (/^\d/.test(part) ? Number.parseInt(part, 10) : Number.POSITIVE_INFINITY));
}

function before(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < b.length; i++) {
    const at = a[i] ?? Number.POSITIVE_INFINITY;
    if (at !== b[i]) return at < b[i]!;
  }
  return false;
}

/** What a kernel is for, from its name and the path of its node. */
function partOf(kernel: string, path: string): GpuPart {
  if (/^(moments|histogram|unit_activity|clear|copy)/.test(kernel) || path === 'update_of_step') return 'statistics';
  if (kernel === 'dense_weight_grads') return 'weight_gradients';
  if (path.startsWith('grad/')) return 'backward';
  if (/^\d/.test(path) || path === 'loss') return 'forward';
  return 'update';
}
