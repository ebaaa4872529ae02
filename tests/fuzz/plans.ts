// Plans that were stored.
import { deepStrictEqual, ok } from 'node:assert';
import fc from 'fast-check';
import { differentiate } from '../../src/autodiff.ts';
import { Graph } from '../../src/graph/graph.ts';
import * as ops from '../../src/ops/public.ts';
import { explain } from '../../src/scheduler/explain.ts';
import { planOf } from '../../src/scheduler/schedule.ts';
import { openPlan, storePlan } from '../../src/scheduler/stored.ts';
import { sizeOf } from '../../src/shape.ts';
import { PORTABLE } from '../support/models.ts';
import { edited, jsonEdits, textEdits } from './edits.ts';
import { format } from './format.ts';

/** The plan of a small classifier and its gradients. */
async function storedPlan(): Promise<string> {
  const graph = new Graph();
  const x = graph.input('x', [4, 3], { batch: true });
  const labels = graph.input('labels', [4, 1], { dtype: 'i32', batch: true });
  const loss = ops.crossEntropy(ops.relu(ops.matmul(x, graph.parameter('w', [3, 5]))), labels, {});
  const upstream = graph.input('upstream', loss.type);
  return storePlan(await planOf(graph, { capabilities: PORTABLE, retain: [loss, ...differentiate(loss, upstream).values(), x, labels, upstream] }));
}

const PLAN = await storedPlan();

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

/** The same with the checksum of what it holds: whoever means harm knows how that is made. */
function withChecksum(stored: unknown): unknown {
  try {
    const { format: name, checksum: _, ...body } = stored as Record<string, unknown>;
    const text = JSON.stringify(sorted(body));
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return { format: name, checksum: (hash >>> 0).toString(16).padStart(8, '0'), ...body };
  } catch {
    return stored;
  }
}

let deep: unknown = 1;
for (let i = 0; i < 20_000; i++) deep = [deep];
const changed = (change: (plan: { layout: { entries: { path: string; offset: number; size: number }[] } }) => void): unknown => {
  const plan = JSON.parse(PLAN);
  change(plan);
  return withChecksum(plan);
};

export const plan = format<unknown>({
  cases: fc.oneof(
    { weight: 3, arbitrary: edited<unknown>([JSON.parse(PLAN)], jsonEdits).map(withChecksum) },
    { weight: 1, arbitrary: edited([PLAN], textEdits(['{', '}', '"', ',', '[', '0', '4294967296'])) },
  ),
  read(stored) {
    const opened = openPlan(stored);
    ok(explain(opened).length > 0);
    for (const { entries, words } of [opened.layout, opened.bufferLayout])
      for (const { shape, offset, size } of entries) ok(size === sizeOf(shape) && offset + size <= words);
    deepStrictEqual(openPlan(storePlan(opened)), opened);
  },
  place: /^plan: /,
  found: [
    { ...JSON.parse(PLAN), deep },
    changed(({ layout }) => {
      layout.entries[0]!.offset = 2 ** 30;
    }),
    changed(({ layout }) => {
      layout.entries[0]!.size = 2 ** 30;
    }),
  ],
});
