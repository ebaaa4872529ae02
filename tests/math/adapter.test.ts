// What an adapter says of itself, and which kernels follow from it.
import { expect, test } from 'vitest';
import { Device } from '../../src/gpu/device.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { PORTABLE, SWIFTSHADER, stepGraph } from '../support/models.ts';

/** A device that only says what it is. */
async function deviceOf(info: Partial<GPUAdapterInfo> | undefined, features: string[] = []): Promise<Device> {
  const limits = { maxComputeWorkgroupsPerDimension: 65535, maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
  const fake = { createBuffer: () => {}, adapterInfo: info, features: new Set(features), limits, lost: new Promise(() => {}), addEventListener: () => {} };
  return Device.create({ device: fake as unknown as GPUDevice });
}

const nothing = { vendor: '', architecture: '', device: '', description: '' };
const llvmpipe = { ...nothing, vendor: '65541', description: 'llvmpipe (LLVM 15.0.6, 256 bits)', isFallbackAdapter: true };
const fours = { subgroupMinSize: 4, subgroupMaxSize: 4 };

/** Every dispatch of a step with all that can be watched, by kernel, modules and overrides. */
function dispatchesOf(capabilities: Capabilities): string[] {
  const layers = [dense(32), batchNorm(), activation('relu'), dense(32), activation('relu'), dense(3)];
  const built = stepGraph(sequential(layers), {
    batch: 64,
    features: 32,
    probes: {
      activity: activity(),
      tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'],
      histograms: histograms({ every: 1 }),
      norms: norms({ every: 1 }),
    },
  });
  const plan = schedule(built.graph, { capabilities, gradientSlots: built.gradientSlots, retain: [built.losses] });
  return plan.dispatches.map((d) => `${d.sources.map((source) => source.file).join('+')} ${JSON.stringify(d.overrides)}`);
}

test.each([
  ['llvmpipe', llvmpipe, true, false],
  ['llvmpipe with subgroups of four', { ...llvmpipe, ...fours }, true, false],
  ["Firefox's llvmpipe, which has no name", { ...nothing, isFallbackAdapter: true }, true, true],
  ['an adapter that tells nothing', nothing, false, true],
  ['a device from before adapterInfo', undefined, false, true],
  ["Microsoft's software adapter", { ...nothing, description: 'Microsoft Basic Render Driver' }, true, false],
  ['a GPU', { ...nothing, vendor: 'nvidia', architecture: 'hopper' }, false, false],
] as const)('%s gets the portable kernels', async (_name, info, fallback, unknown) => {
  const { adapter, capabilities } = await deviceOf(info, ['subgroups']);
  expect(adapter).toMatchObject({ fallback, unknown });
  expect(dispatchesOf(capabilities)).toEqual(dispatchesOf(PORTABLE));
});

test('SwiftShader gets its own', async () => {
  const { adapter, capabilities } = await deviceOf({ ...nothing, ...fours, vendor: 'google', architecture: 'swiftshader' }, ['subgroups']);
  expect(adapter).toMatchObject({ description: 'google swiftshader', fallback: true, unknown: false });
  expect(dispatchesOf(capabilities)).toEqual(dispatchesOf(SWIFTSHADER));
  expect(dispatchesOf(SWIFTSHADER)).not.toEqual(dispatchesOf(PORTABLE));
});

test.each([
  [nothing, 'unknown adapter (the browser hides its name)'],
  [{ ...nothing, isFallbackAdapter: true }, 'unknown software adapter (the browser hides its name)'],
  [{ ...nothing, vendor: 'apple', architecture: 'metal-3' }, 'apple metal-3'],
])('an adapter without a description: %o', async (info, description) => {
  expect((await deviceOf(info)).adapter.description).toBe(description);
});
