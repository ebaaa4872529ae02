// The memory planner against brute force: values alive at the same time never share a word.
import { expect, test } from 'vitest';
import type { Value } from '../../src/graph/graph.ts';
import { Random } from '../../src/random.ts';
import { type Lifetime, planMemory } from '../../src/scheduler/memory.ts';
import { f32, sizeOf } from '../../src/shape.ts';

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
  const { offsets, words } = planMemory(lifetimes);
  for (const a of lifetimes) {
    const at = offsets.get(a.value)!;
    const end = at + Math.max(1, sizeOf(a.value.type.shape));
    expect(at % 64).toBe(0);
    expect(end).toBeLessThanOrEqual(words);
    for (const b of lifetimes) {
      if (a.value.id >= b.value.id || a.last < b.first || b.last < a.first) continue;
      const other = offsets.get(b.value)!;
      const apart = other >= end || at >= other + Math.max(1, sizeOf(b.value.type.shape));
      expect(apart, `v${a.value.id} [${at}, ${end}) and v${b.value.id} at ${other} are alive together`).toBe(true);
    }
  }
});

test('memory that is free is used again', () => {
  const chain = Array.from({ length: 1000 }, (_, i) => ({ value: value(i, 64), first: i, last: i + 1 }));
  expect(planMemory(chain).words).toBe(128);
});
