// Where a plan comes from: the graph behind its dispatches, also with fewer rows, so that each node can be run by itself beside its float64 twin.
import type { Node, Value } from '../graph/graph.ts';
import type { Plan } from '../scheduler/plan.ts';
import { fusedNodes } from '../scheduler/schedule.ts';
import { type PlanSource, sourceOf } from '../scheduler/source.ts';
import { trainerOf } from '../train/facts_source.ts';
import { buildStepGraph, type StepGraphOptions } from '../train/step_graph.ts';

/** A graph, its nodes after fusion, and what is known of their values. */
export interface Source extends PlanSource {
  /** After fusion. */
  readonly nodes: readonly Node[];
  /** The node that makes a value. */
  readonly makers: ReadonlyMap<Value, Node>;
  /** Of the batch's rows those that are no padding; infinity where every row counts. */
  readonly rows: number;
}

/** More than a tile of 32 rows, and no multiple of it. */
const SMALL_BATCH = 36;
/** Padded rows of a smaller batch. */
const PADDED = 3;

/**
 * The graph of a plan with batches of growing size; the last has the plan's own. Undefined for a plan that was opened from a text: it names no graph.
 */
export function sourcesOf(plan: Plan): Iterable<Source> | undefined {
  const trainer = trainerOf.get(plan);
  if (trainer) return stepSources(trainer.parts.graphOptions);
  const source = sourceOf.get(plan);
  return source && [withNodes(source, Number.POSITIVE_INFINITY)];
}

function* stepSources(options: StepGraphOptions): Iterable<Source> {
  for (let batch = SMALL_BATCH; batch < options.batch; batch *= 4) yield stepSource(options, batch, batch - PADDED);
  yield stepSource(options, options.batch, Math.max(1, options.batch - PADDED));
}

/** The graph of a step for batches of this size, of which `rows` count. */
export function stepSource(options: StepGraphOptions, batch: number, rows: number): Source {
  const { graph, gradientSlots, model, losses } = buildStepGraph({ ...options, batch, ringBatchSize: rows });
  return withNodes({ graph, options: { gradientSlots, retain: [...Object.values(model.outputs), losses] } }, rows);
}

function withNodes(source: PlanSource, rows: number): Source {
  const { nodes } = fusedNodes(source.graph, source.options);
  return { ...source, nodes, makers: new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const))), rows };
}
