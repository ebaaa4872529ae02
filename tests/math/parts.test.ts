// A work in parts: what a submit holds, dispatches that are cut, and one that nobody can cut in which the device is lost.
import { expect, onTestFinished, test, vi } from 'vitest';
import { DeviceError } from '../../src/errors.ts';
import { submitParts } from '../../src/gpu/parts.ts';
import { countTogether } from '../../src/gpu/profiler.ts';
import type { Prepared } from '../../src/gpu/runner.ts';
import { WorkOrder, workOf } from '../../src/gpu/work.ts';
import { Graph } from '../../src/graph/graph.ts';
import { entry as mseLoss } from '../../src/nn/losses/mse.ts';
import { batchNormOp } from '../../src/ops/batch_norm.ts';
import { gatherRowsOp } from '../../src/ops/batches.ts';
import { sumOp } from '../../src/ops/broadcast.ts';
import { endStepOp } from '../../src/ops/end_step.ts';
import { elementwiseLossOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { max, softmax } from '../../src/ops/public.ts';
import { cumsumOp } from '../../src/ops/scan.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { f32 } from '../../src/shape.ts';

const WORKGROUPS = 100;
const dispatchOf = (work: number, count = WORKGROUPS): Prepared => ({ dispatch: { work, workgroups: [count, 1, 1] } }) as unknown as Prepared;

/** Submits works and tells what each submit held. `speed`: multiply-adds in a millisecond that the device does; cut: whether dispatches can be. */
async function submitted(works: readonly number[], { speed = 1e6, cut = true, lostAt = 0 } = {}): Promise<{ works: number[]; workgroups: number[] }> {
  const told = { works: [] as number[], workgroups: [] as number[] };
  const order = new WorkOrder();
  // The clock is that of the device: only what is submitted takes time.
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const last = await submitParts(
    works.map((work) => dispatchOf(work)),
    order,
    { cut: async ({ dispatch }) => (cut ? (_first, count) => dispatchOf((dispatch.work! * count) / WORKGROUPS, count) : undefined) },
    async (part, work, isLast) => {
      told.works.push(work);
      now += work / speed;
      told.workgroups.push(...part.map(({ dispatch }) => dispatch.workgroups[0]));
      return isLast;
    },
    async () => {
      if (told.works.length === lostAt) throw new DeviceError('lost', 'the GPU device was lost');
    },
  );
  expect(last).toBe(true);
  return told;
}

test('where a dispatch cannot be cut and the device is lost in it, the error has its size and what helps', async () => {
  // A part each, of which one takes 3 s, and the rest.
  const works = [2e8, 2e8, 2e8, 3e9, 1e6, 1e6];
  expect((await submitted(works, { cut: false })).works).toHaveLength(5);
  await expect(submitted(works, { cut: false, lostAt: 4 })).rejects.toMatchObject({
    name: 'DeviceError',
    reason: 'lost',
    message: expect.stringMatching(
      /^the GPU device was lost \(it was lost in one dispatch of 3000000000 multiply-adds, .*use a smaller batch or smaller tensors\)$/,
    ),
  });
  await expect(submitted(works, { cut: false, lostAt: 2 })).rejects.toThrow(/^the GPU device was lost$/);
});

test('a dispatch that is too long is cut: each of its workgroups runs once, and no submit holds more than the device does in a quarter of a second', async () => {
  for (const speed of [1e5, 1e6, 1e7]) {
    const { works, workgroups } = await submitted([1e6, 4e9, 1e6, 1e9], { speed });
    expect(workgroups.reduce((sum, count) => sum + count)).toBe(4 * WORKGROUPS);
    // But for one workgroup, which is never cut.
    expect(Math.max(...works)).toBeLessThanOrEqual(Math.max(250 * speed, 4e9 / WORKGROUPS));
  }
});

test('the first part is small, since the device may be slower than any that we know', async () => {
  const { works } = await submitted([4e9], { speed: 1e5 });
  expect(works[0]).toBeLessThanOrEqual(40e6);
});

test('a profile holds in a submit what a device does in a part, and each dispatch once', () => {
  const dispatches = [1, 1, 9, 1, 1, 1, 1].map((work) => ({ work }));
  const counts: number[] = [];
  for (let at = 0; at < dispatches.length; at += counts.at(-1)!) counts.push(countTogether(dispatches, at, 3));
  expect(counts).toEqual([2, 1, 3, 1]);
  const many = Array.from({ length: 5000 }, () => ({ work: 0 }));
  expect(countTogether(many, 0, 3)).toBe(2048);
});

test('a kernel that walks long rows or columns says how much work it is, and few columns are several workgroups', () => {
  const [tall, columns] = [2 ** 18, 8];
  // A long running sum is refused on any other adapter.
  for (const swiftshader of [true, false]) {
    const graph = new Graph();
    const x = graph.input('x', f32(tall, columns));
    const wide = graph.input('wide', f32(columns, tall));
    const [normed] = graph.apply(batchNormOp, [x, graph.input('gamma', f32(columns)), graph.input('beta', f32(columns))], { epsilon: 1e-5 });
    const retain = [normed!, softmax(wide), max(wide, 1), ...(swiftshader ? graph.apply(cumsumOp, [wide], { axis: 1, reverse: false }) : [])];
    const { dispatches } = schedule(graph, { retain, capabilities: { swiftshader, subgroupSize: 0, maxWorkgroups: 65535, maxBufferBytes: 2 ** 31 } });
    for (const kernel of ['batch_norm', 'softmax', 'reduce_rows', ...(swiftshader ? ['cumsum'] : [])])
      expect(Math.max(...dispatches.filter((each) => each.kernel === kernel).map(workOf)), kernel).toBe(24 * tall * columns);
    // One core would do it all, and nothing could be cut.
    for (const { kernel, workgroups } of dispatches) if (kernel === 'batch_norm') expect(workgroups[0]).toBeGreaterThan(1);
  }
});

test('a product without quads has the work of 16 columns, and more than its sum', () => {
  const graph = new Graph();
  const c = graph.apply(matmulOp, [graph.input('a', f32(2 ** 17, 4)), graph.input('b', f32(4, 3))], {})[0]!;
  const { dispatches } = schedule(graph, { retain: [c], capabilities: { swiftshader: true, subgroupSize: 0, maxWorkgroups: 65535, maxBufferBytes: 2 ** 31 } });
  expect(dispatches.map(workOf)).toEqual([2 ** 17 * 16 * (4 + 24)]);
});

test('sums, losses, the gather of a batch and the end of a step say their work', () => {
  const [tall, columns] = [2 ** 18, 8];
  for (const swiftshader of [true, false]) {
    const graph = new Graph();
    const [x, wide] = [graph.input('x', f32(tall, columns)), graph.input('wide', f32(columns, tall))];
    const batch = graph.apply(gatherRowsOp, [], { data: 'data/x', type: { ...f32(tall, columns), rowsPerSample: 1 }, shuffle: true, ringBatches: 0 })[0]!;
    const [losses] = graph.apply(elementwiseLossOp, [wide, graph.input('targets', f32(columns, tall))], { entry: mseLoss, params: {} });
    graph.apply(endStepOp, [graph.input('losses', f32(tall))], { maxNorm: 0, beta1: 0, beta2: 0 });
    const retain = [batch, losses!, graph.apply(sumOp, [x], { axes: [0], shape: [columns] })[0]!];
    const { dispatches } = schedule(graph, { retain, capabilities: { swiftshader, subgroupSize: 0, maxWorkgroups: 65535, maxBufferBytes: 2 ** 31 } });
    const work = (kernel: string): number => Math.max(...dispatches.filter((each) => each.kernel === kernel).map(workOf));
    // Four columns are summed in the time of one.
    expect(work('sum_axis0')).toBe((24 * tall * columns) / 4);
    expect(work('loss_elementwise')).toBe(4 * 24 * columns * (tall + 8));
    // A part of up to 16 elements for each sample.
    expect(work('gather_rows')).toBe((24 * 16 + 512) * tall);
    expect(work('end_step')).toBe(24 * tall);
    // One core would do it all, and nothing could be cut.
    const [first] = dispatches.filter(({ kernel }) => kernel === 'sum_axis0');
    expect(first!.workgroups[0]).toBeGreaterThan(1);
  }
});
