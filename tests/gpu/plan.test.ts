// A plan that was stored runs where its graph was never built: to the same bits, by the names of its values.
import { expect, test } from 'vitest';
import { DataError, DeviceError, UsageError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { Program, type RunOptions } from '../../src/program.ts';
import { Random } from '../../src/random.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { openPlan, storePlan } from '../../src/scheduler/stored.ts';
import { sizeOf } from '../../src/shape.ts';
import { adaptersHere, openGpu, withCapabilities } from '../support/gpu.ts';
import { PORTABLE, SWIFTSHADER, stepGraph } from '../support/models.ts';

function lossGraph(): { graph: Graph; keep: Value[] } {
  const graph = new Graph();
  const x = graph.input('x', [16, 12], { batch: true });
  const { output } = sequential([dense(24), batchNorm(), activation('relu'), dropout(0.3), dense(5)]).build(graph, x, 'train', new Map());
  const labels = graph.input('labels', [16, 1], { dtype: 'i32', batch: true });
  return { graph, keep: [output, softmaxCrossEntropy().build(graph, output, labels)] };
}

async function run(plan: Plan, graph: Graph, outputs: readonly (Value | string)[], options: RunOptions): Promise<Float32Array[]> {
  const { device, cache } = await openGpu();
  const program = await Program.open(device, cache, plan, options);
  const random = new Random(5);
  for (const { name, origin, type } of graph.values)
    if (origin !== 'node')
      program.write(
        name,
        Float32Array.from({ length: sizeOf(type.shape) }, (_, i) => (type.dtype === 'i32' ? i % 5 : random.normal())),
      );
  program.run();
  const read = await program.read(...outputs);
  program.destroy();
  return read;
}

test('an opened plan gives the bits of the plan that was stored', async () => {
  for (const capabilities of await adaptersHere()) {
    const { graph, keep } = lossGraph();
    const plan = schedule(graph, { capabilities, retain: keep });
    const options = { rows: 13, seed: 7 };
    const here = await run(plan, graph, keep, options);
    expect(here.every((values) => values.some((value) => value !== 0))).toBe(true);
    const names = keep.map(({ name }) => name);
    expect(await run(openPlan(storePlan(plan)), graph, names, options)).toEqual(here);
    expect(await run(structuredClone(plan), graph, names, options)).toEqual(here);
  }
});

test('an opened plan checks labels as the program did', async () => {
  const { device, cache } = await openGpu();
  const { graph, keep } = lossGraph();
  const program = await Program.open(device, cache, openPlan(storePlan(schedule(graph, { capabilities: device.capabilities, retain: keep }))));
  expect(() => program.write('labels', new Float32Array(16).fill(5))).toThrow(DataError);
  expect(() => program.write('label', new Float32Array(16))).toThrow('there is no "label" in this plan: it keeps x');
  program.destroy();
});

test('a plan for another device is refused', async () => {
  const { device, cache } = await openGpu();
  const { graph, keep } = lossGraph();
  const open = (plan: Plan, here = PORTABLE): Promise<Program> => Program.open(withCapabilities(device, here), cache, plan);
  const tuned = schedule(graph, { capabilities: SWIFTSHADER, retain: keep });
  await expect(open(tuned)).rejects.toThrow(DeviceError);
  await expect(open(tuned)).rejects.toThrow('this plan was made for another device: its kernels are those of SwiftShader, which this is not: make it again');
  await expect(open(tuned, { ...SWIFTSHADER, subgroupSize: 0 })).rejects.toThrow('it takes subgroups of 4 invocations, here they have none');
  const wide = schedule(graph, { capabilities: PORTABLE, retain: keep });
  await expect(open(wide, { ...PORTABLE, maxWorkgroups: 1 })).rejects.toThrow(/has a grid of \d+ x 1 x 1, and 1 is the most in a direction here/);
});

test('the plan of a training step is refused, with what it lacks', async () => {
  const { device, cache } = await openGpu();
  const step = stepGraph(sequential([dense(3)]), { source: 'dataset' });
  const plan = schedule(step.graph, { capabilities: device.capabilities, gradientSlots: step.gradientSlots });
  const opened = Program.open(device, cache, openPlan(storePlan(plan)));
  await expect(opened).rejects.toThrow(UsageError);
  await expect(opened).rejects.toThrow(/compile: this plan needs learning_rates, data\/x, data\/y, log, which only a trainer provides/);
});
