// Where a plan keeps a value. Apart from the plan, as only what reads and writes values needs it.
import { requireObject, show, UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import { type PlacedValue, type Plan, requirePlan } from './plan.ts';

/** Made once for each plan. */
const indexes = new WeakMap<Plan, ReadonlyMap<number, PlacedValue>>();

/** Where a value of the graph lies. Throws UsageError where the plan does not keep it. */
export function placeOfValue(plan: Plan, { id, name }: Pick<Value, 'id' | 'name'>): PlacedValue {
  let index = indexes.get(plan);
  if (!index) {
    index = new Map(plan.places.map((placed) => [placed.id, placed]));
    indexes.set(plan, index);
  }
  const placed = index.get(id);
  if (placed?.name === name) return placed;
  throw new UsageError(`${name} is not in this plan: name it in \`outputs\` (\`keep\` of \`schedule\`) to read it`);
}

/**
 * Says where a value lies on the device.
 *
 * @param plan - From `program.plan` or `trainer.plan`.
 * @param value - A value of the graph, or its name.
 * @returns Buffer, offset and size in 32-bit words, and type.
 * @throws UsageError for what is no plan, where the plan does not keep the value, or several by that name.
 * @example
 * const { buffer, offset, size } = placeOf(program.plan, 'x');
 */
export function placeOf(plan: Plan, value: Pick<Value, 'id' | 'name'> | string): PlacedValue {
  requirePlan('placeOf', plan);
  if (typeof value !== 'string') {
    requireObject('value', value, 'a value of this plan, or its name');
    return placeOfValue(plan, value);
  }
  const [placed, ...more] = plan.places.filter(({ name }) => name === value);
  if (!placed) {
    const names = [...new Set(plan.places.map(({ name }) => name))];
    throw new UsageError(`there is no ${show(value)} in this plan: it keeps ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`);
  }
  if (more.length > 0)
    throw new UsageError(`${more.length + 1} values of this plan are named ${show(value)}: give them different names where the graph is built`);
  return placed;
}
