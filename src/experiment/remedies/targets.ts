// What the targets of a document are: by the facts of its run, or by the document alone where its rows are in it.
import type { RunFacts } from '../../inspect/facts.ts';
import type { Experiment } from '../document.ts';
import { MOST_LEVELS } from '../levels.ts';

/** What remedies ask of targets. */
export interface KnownTargets {
  /** Class numbers, or numbers to be predicted. */
  kind: 'classes' | 'values';
  /** Number of classes, of class numbers. */
  classes?: number;
  /** Rows of each class, or of each value where these are few. */
  counts?: readonly number[];
  /** Those values, in ascending order. */
  values?: readonly number[];
}

/** Undefined where neither the facts nor the document say it. */
export function targetsOf({ data }: Experiment, facts?: RunFacts): KnownTargets | undefined {
  const given = facts?.outputs?.length === 1 ? facts.outputs[0]!.targets : undefined;
  const classes = 'classes' in data ? data.classes : undefined;
  if (given?.kind === 'classes') return { kind: 'classes', ...(given.counts ? { classes: given.counts.length, counts: given.counts } : {}) };
  if (data.source === 'digits') return { kind: 'classes', classes: 10 };
  if (data.source === 'arrays' && data.y.every((y) => typeof y === 'number')) return countedOf(data.y as number[], classes);
  if (given?.kind === 'values') return { kind: 'values', ...(given.values && given.counts ? { values: given.values, counts: given.counts } : {}) };
  return undefined;
}

function countedOf(y: readonly number[], classes: number | undefined): KnownTargets {
  const counts = new Map<number, number>();
  for (const value of y) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (classes !== undefined) return { kind: 'classes', classes, counts: Array.from({ length: classes }, (_, i) => counts.get(i) ?? 0) };
  if (counts.size > MOST_LEVELS) return { kind: 'values' };
  const values = [...counts.keys()].sort((a, b) => a - b);
  return { kind: 'values', values, counts: values.map((value) => counts.get(value)!) };
}
