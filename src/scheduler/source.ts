// Which graph a program's plan was made from. A plan is data and holds none; who tests its kernels asks here (src/verify).
import type { Graph } from '../graph/graph.ts';
import type { Plan } from './plan.ts';
import type { ScheduleOptions } from './schedule.ts';

/** A graph, and how it becomes a plan. */
export interface PlanSource {
  /** The graph. */
  readonly graph: Graph;
  /** What its plan was made with, for whatever adapter. */
  readonly options: Omit<ScheduleOptions, 'capabilities'>;
}

export const sourceOf = new WeakMap<Plan, PlanSource>();
