// The memory planner against brute force: values alive at the same time never share a word.
import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { mse } from '../../src/nn/losses.ts';
import { Random } from '../../src/random.ts';
import { type Lifetime, planMemory } from '../../src/scheduler/memory.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { f32, sizeOf } from '../../src/shape.ts';
import { kept } from '../fixtures/torch_networks.json';
import { PORTABLE, stepGraph } from '../support/models.ts';
import { IMAGE, NETWORKS, resnet } from '../support/networks.ts';

const value = (id: number, size: number): Value => ({ kind: 'value', id, name: `v${id}`, type: f32(size), origin: 'node' });

function randomLifetimes(random: Random, count: number, steps: number): Lifetime[] {
  return Array.from({ length: count }, (_, id) => {
    const first = random.integer(steps);
    return { value: value(id, random.integer(300)), first, last: Math.min(steps, first + random.integer(random.uniform() < 0.2 ? steps : 5)) };
  });
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))('random lifetimes, seed %i', (seed) => {
  const random = new Random(seed);
  const lifetimes = randomLifetimes(random, 60, 40);
  const { places, words } = planMemory(lifetimes);
  for (const a of lifetimes) {
    const at = places.get(a.value)!.offset;
    const end = at + Math.max(1, sizeOf(a.value.type.shape));
    expect(at % 64).toBe(0);
    expect(end).toBeLessThanOrEqual(words[0]!);
    for (const b of lifetimes) {
      if (a.value.id >= b.value.id || a.last < b.first || b.last < a.first) continue;
      const other = places.get(b.value)!.offset;
      const apart = other >= end || at >= other + Math.max(1, sizeOf(b.value.type.shape));
      expect(apart, `v${a.value.id} [${at}, ${end}) and v${b.value.id} at ${other} are alive together`).toBe(true);
    }
  }
});

test('memory that is free is used again', () => {
  const chain = Array.from({ length: 1000 }, (_, i) => ({ value: value(i, 64), first: i, last: i + 1 }));
  expect(planMemory(chain).words).toEqual([128]);
});

describe('in several buffers', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))('random lifetimes, seed %i', (seed) => {
    const random = new Random(seed);
    const lifetimes = randomLifetimes(random, 60, 40);
    const limit = 4 * (320 + random.integer(800));
    const { places, words } = planMemory(lifetimes, { limit });
    for (const size of words) expect(size * 4).toBeLessThanOrEqual(limit);
    for (const a of lifetimes) {
      const at = places.get(a.value)!;
      const end = at.offset + Math.max(1, sizeOf(a.value.type.shape));
      expect(end).toBeLessThanOrEqual(words[at.buffer]!);
      for (const b of lifetimes) {
        const other = places.get(b.value)!;
        if (a.value.id >= b.value.id || a.last < b.first || b.last < a.first || at.buffer !== other.buffer) continue;
        expect(other.offset >= end || at.offset >= other.offset + Math.max(1, sizeOf(b.value.type.shape)), `v${a.value.id} and v${b.value.id}`).toBe(true);
      }
    }
  });

  test('where one is enough the plan is the same', () => {
    const lifetimes = randomLifetimes(new Random(1), 60, 40);
    const { places, words } = planMemory(lifetimes);
    const together = [lifetimes.map((lifetime) => lifetime.value)];
    expect(planMemory(lifetimes, { limit: words[0]! * 4, together })).toEqual({ places, words });
  });

  test('what should lie together does where there is room', () => {
    const [a, b, c] = [value(0, 128), value(1, 192), value(2, 64)];
    const alive = { first: 0, last: 1 };
    const lifetimes = [a, b, c].map((v) => ({ value: v, ...alive }));
    expect(planMemory(lifetimes, { limit: 1024 }).places.get(c)).toEqual({ buffer: 0, offset: 128 });
    expect(planMemory(lifetimes, { limit: 1024, together: [[b, c]] }).places.get(c)).toEqual({ buffer: 1, offset: 192 });
  });

  test('a value that no buffer holds is refused by name', () => {
    expect(() => planMemory([{ value: value(7, 257), first: 0, last: 0 }], { limit: 1024 })).toThrow(
      new DeviceError('limit', 'v7 needs 1280 bytes, but this device allows 1024 in a buffer: use a smaller batch or width'),
    );
  });
});

describe('of convolutional networks', () => {
  const NETS = { ...NETWORKS, resnet20: resnet(20), resnet110: resnet(110) };
  const inputs = { x: { shape: IMAGE, dtype: 'f32' as const } };
  const bytesOf = (buffers: readonly { readonly bytes: number }[]): number => buffers.reduce((sum, { bytes }) => sum + bytes, 0);

  test.each(Object.entries(NETS))('%s: a step takes little more than what PyTorch keeps for its backward pass alone', (name, model) => {
    const { graph, gradientSlots } = stepGraph(model, { inputs, ...(name === 'unet' ? { loss: mse() } : {}) });
    const bytes = bytesOf(schedule(graph, { capabilities: PORTABLE, gradientSlots }).activations);
    // The batch, all gradients of activations and sums of norms in it: 1.03 times at 110 layers, 1.08 at 20, 1.14 at 10, 0.92 of a U-Net.
    expect(bytes / kept[name as keyof typeof NETS]).toBeLessThan(1.16);
    const all = graph.values.reduce((sum, { origin, type }) => sum + (origin === 'node' ? sizeOf(type.shape) * 4 : 0), 0);
    expect(bytes / all).toBeLessThan(0.4);
  });

  test('an answer takes no more for 110 layers than for 20', () => {
    const [shallow, deep] = [NETS.resnet20, NETS.resnet110].map((model) => {
      const graph = new Graph();
      const { outputs } = model.build(graph, { x: graph.input('x', [8, ...IMAGE], { batch: true }) }, 'infer');
      return bytesOf(schedule(graph, { capabilities: PORTABLE, retain: Object.values(outputs) }).activations);
    });
    expect(deep).toBe(shallow);
  });
});
