// Long work in parts: each submit holds what a device does in a quarter of a second, and waits for the one before it. Loaded when work is long. A dispatch that is
// too long by itself is cut: dispatched in ranges of its workgroups, which are independent of each other, so that the bits are the same.
import gridPartText from '../../shaders/lib/grid_part.wgsl';
import { DeviceError } from '../errors.ts';
import type { Source } from '../kernel.ts';
import { type Buffers, USAGE } from './buffers.ts';
import type { Device } from './device.ts';
import type { PipelineCache } from './pipelines.ts';
import type { Prepared } from './runner.ts';
import { PART_MS, type WorkOrder, workOf } from './work.ts';

/** What stands in place of lib/grid in a dispatch that is cut. */
export const GRID_PART: Source = { file: 'lib/grid_part', text: gridPartText };
/** Workgroups in one dimension that every device allows. */
const MOST_WORKGROUPS = 65535;
const BUFFER = 'first_workgroup';
/** Milliseconds of a part, as long as none was measured: a device may be slower than the slowest that we know, or have others to serve. */
const FIRST_MS = 30;
/** How many times as fast as thought a device may turn out to be at once: one kernel says little about another. */
const MOST_FASTER = 4;
/** The orders of which a part was measured. */
const known = new WeakSet<WorkOrder>();

/** The work of a part. */
const partOf = (order: WorkOrder): number => (known.has(order) ? PART_MS : FIRST_MS) * order.speed;

/** Learns from a part. Too little work says nothing about a slow device. */
function learn(order: WorkOrder, work: number, milliseconds: number): void {
  const speed = Math.min(work / Math.max(1, milliseconds), MOST_FASTER * order.speed);
  if (speed < order.speed && 2 * work < partOf(order)) return;
  order.speed = speed > order.speed || !known.has(order) ? speed : (order.speed + speed) / 2;
  known.add(order);
}

/** Cuts dispatches of a runner. What it makes, it keeps: a pipeline for each kernel that is cut, and one uniform. */
class Cutter {
  readonly #device: Device;
  readonly #cache: PipelineCache;
  readonly #buffers: Buffers;
  #first: { layout: GPUBindGroupLayout; group: GPUBindGroup } | undefined;

  /** The uniform is one of `buffers`. */
  constructor(device: Device, cache: PipelineCache, buffers: Buffers) {
    this.#device = device;
    this.#cache = cache;
    this.#buffers = buffers;
  }

  /**
   * What runs so many workgroups of a dispatch, from the first one on, once that is written; undefined where it has one only, or a grid of its own.
   * Rejects with DeviceError and KernelError, as making a pipeline does.
   */
  async cut({ dispatch, group }: Prepared): Promise<((first: number, count: number) => Prepared) | undefined> {
    const { sources, overrides, workgroups } = dispatch;
    if (countOf(dispatch) === 1 || !sources.some(({ file }) => file === 'lib/grid')) return undefined;
    this.#first ??= await this.#device.attempt(() => this.#makeFirst());
    const { layout, group: part } = this.#first;
    const pipeline = await this.#device.guard(
      this.#cache.pipeline(
        {
          ...dispatch,
          sources: sources.map((source) => (source.file === 'lib/grid' ? GRID_PART : source)),
          // Products of two dimensions are counted through, as where they are folded.
          overrides: 'FOLDED' in overrides ? { ...overrides, FOLDED: 1 } : overrides,
        },
        layout,
      ),
    );
    return (first, count) => {
      // At once: what others write waits for the end of all parts.
      this.#device.gpu.queue.writeBuffer(this.#buffers.get(BUFFER)!, 0, Uint32Array.of(first));
      return {
        pipeline,
        group,
        part,
        dispatch: { ...dispatch, workgroups: [count, 1, 1], work: (workOf(dispatch) * count) / workgroups.reduce((x, y) => x * y) },
      };
    };
  }

  #makeFirst(): { layout: GPUBindGroupLayout; group: GPUBindGroup } {
    const { gpu } = this.#device;
    const buffer = this.#buffers.create(BUFFER, 16, USAGE.UNIFORM | USAGE.COPY_DST);
    const layout = gpu.createBindGroupLayout({ label: BUFFER, entries: [{ binding: 0, visibility: 4 /* GPUShaderStage.COMPUTE */, buffer: {} }] });
    return { layout, group: gpu.createBindGroup({ label: BUFFER, layout, entries: [{ binding: 0, resource: { buffer } }] }) };
  }
}

/** The cutters of runners, by their buffers. */
const cutters = new WeakMap<Buffers, Cutter>();

/** Submits dispatches of a runner in parts, as `submitParts` does. */
export function inParts<Result>(
  all: readonly Prepared[],
  device: Device,
  cache: PipelineCache,
  buffers: Buffers,
  submit: (part: Prepared[], work: number, last: boolean) => Promise<Result>,
  done: () => Promise<void>,
): Promise<Result> {
  let cutter = cutters.get(buffers);
  if (!cutter) {
    cutter = new Cutter(device, cache, buffers);
    cutters.set(buffers, cutter);
  }
  return submitParts(all, device.work, cutter, submit, done);
}

/** Workgroups of a dispatch. */
const countOf = ({ workgroups: [x, y, z] }: Prepared['dispatch']): number => x * y * z;

/** Submits dispatches in their order, as many at a time as are enough, and those that are too much in ranges; resolves with what the last submit brings. */
export async function submitParts<Result>(
  all: readonly Prepared[],
  order: WorkOrder,
  cutter: Pick<Cutter, 'cut'>,
  submit: (part: Prepared[], work: number, last: boolean) => Promise<Result>,
  done: () => Promise<void>,
): Promise<Result> {
  let result!: Result;
  const timed = async (part: Prepared[], last: boolean): Promise<void> => {
    const work = part.reduce((sum, { dispatch }) => sum + workOf(dispatch), 0);
    const begun = performance.now();
    try {
      result = await submit(part, work, last);
      await done();
    } catch (error) {
      throw part.length === 1 && order.exceeds(work) ? ofOneDispatch(error, work) : error;
    }
    learn(order, work, performance.now() - begun);
  };
  for (let at = 0; at < all.length; ) {
    const { dispatch } = all[at]!;
    const work = workOf(dispatch);
    const range = work > partOf(order) ? await cutter.cut(all[at]!) : undefined;
    if (range) {
      at++;
      const count = countOf(dispatch);
      for (let first = 0; first < count; ) {
        // Each by what those before it took.
        const next = Math.min(count - first, MOST_WORKGROUPS, Math.max(1, Math.floor((partOf(order) / work) * count)));
        await timed([range(first, next)], first + next === count && at === all.length);
        first += next;
      }
      continue;
    }
    const part = [all[at++]!];
    for (let sum = work; at < all.length; at++) {
      sum += workOf(all[at]!.dispatch);
      if (sum > partOf(order)) break;
      part.push(all[at]!);
    }
    await timed(part, at === all.length);
  }
  return result;
}

/** The loss of the device in a dispatch that may have taken too long for its driver; any other error as it is. */
function ofOneDispatch(error: unknown, work: number): unknown {
  if (!(error instanceof DeviceError) || error.reason !== 'lost') return error;
  const long = `it was lost in one dispatch of ${work} multiply-adds, which cannot be split and may take longer than the driver lets it (Windows: about 2 s)`;
  return new DeviceError('lost', `${error.message} (${long}: use a smaller batch or smaller tensors)`, { cause: error });
}
