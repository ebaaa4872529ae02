// GPU time of each dispatch: a pass of its own with a timestamp at either end. Slower than a real step, and browsers round the
// stamps (Chrome to 0.1 ms unless it is told otherwise), so it is a mode of its own and never on by default.
import { UsageError } from '../errors.ts';
import { Buffers, USAGE } from './buffers.ts';
import type { Device } from './device.ts';
import { Readback } from './readback.ts';
import type { Prepared } from './runner.ts';
import { PART_MS, workOf } from './work.ts';

/** What is timed. */
export interface Profiled {
  readonly label: string;
  /** Multiply-adds that it takes the time of. */
  readonly work: number;
  encode(pass: GPUComputePassEncoder): void;
}

/** A dispatch that a runner has prepared. */
export const profiled = ({ dispatch, group, pipeline }: Prepared): Profiled => ({
  label: dispatch.label,
  work: workOf(dispatch),
  encode: (pass) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...dispatch.workgroups);
  },
});

/** The GPU time of one dispatch. */
export interface ProfileRow {
  /** Kernel and path of the node: `matmul_quad dense_3`. */
  readonly label: string;
  /** Between its two timestamps. */
  readonly milliseconds: number;
}

/** Query sets hold at most this many stamps. */
const MOST_STAMPS = 4096;

/**
 * Runs the dispatches once and resolves with the time of each. What is long goes in several submits, as a step does, and nothing comes between them. Rejects
 * with UsageError where the device has no timestamps.
 */
export async function timeDispatches(device: Device, dispatches: readonly Profiled[]): Promise<ProfileRow[]> {
  if (!device.gpu.features.has('timestamp-query'))
    throw new UsageError('profile: this device has no timestamp-query; ask for that feature when making the device, or use another adapter');
  return device.work.inTurn(() => device.work.inParts(() => timeParts(device, dispatches)));
}

/** How many dispatches from the first on are one submit: as many as query sets and a driver allow. */
export function countTogether(dispatches: readonly Pick<Profiled, 'work'>[], first: number, most: number): number {
  let [count, sum] = [0, 0];
  for (const { work } of dispatches.slice(first, first + MOST_STAMPS / 2)) {
    sum += work;
    if (count > 0 && sum > most) break;
    count++;
  }
  return count;
}

async function timeParts(device: Device, dispatches: readonly Profiled[]): Promise<ProfileRow[]> {
  const { gpu } = device;
  const rows: ProfileRow[] = [];
  for (let first = 0; first < dispatches.length; ) {
    const part = dispatches.slice(first, first + countTogether(dispatches, first, PART_MS * device.work.speed));
    first += part.length;
    const readback = new Readback(device);
    const buffers = new Buffers(device);
    let made: GPUQuerySet | undefined;
    try {
      const bytes = await readback.submit((encoder) => {
        const querySet = gpu.createQuerySet({ type: 'timestamp', count: part.length * 2 });
        made = querySet;
        const resolved = buffers.create('timestamps', part.length * 16, 512 /* GPUBufferUsage.QUERY_RESOLVE */ | USAGE.COPY_SRC);
        part.forEach((dispatch, i) => {
          const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: i * 2, endOfPassWriteIndex: i * 2 + 1 } });
          dispatch.encode(pass);
          pass.end();
        });
        encoder.resolveQuerySet(querySet, 0, part.length * 2, resolved, 0);
        return readback.encode(encoder, [{ buffer: resolved, offset: 0, size: part.length * 16 }]);
      });
      const stamps = new BigInt64Array(bytes);
      part.forEach(({ label }, i) => rows.push({ label, milliseconds: Number(stamps[i * 2 + 1]! - stamps[i * 2]!) / 1e6 }));
    } finally {
      made?.destroy();
      buffers.destroy();
      readback.destroy();
    }
  }
  return rows;
}
