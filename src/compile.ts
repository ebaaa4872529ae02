// From a graph, or the plan of one, to a program on an engine.
import { Engine } from './engine.ts';
import { show, UsageError } from './errors.ts';
import { Graph } from './graph/graph.ts';
import { Program, type ProgramOptions, type RunOptions } from './program.ts';
import type { Plan } from './scheduler/plan.ts';

/**
 * Compiles a graph into a program: inputs in, outputs out, no training. In place of the graph it takes the plan of a program that was compiled before, here or
 * elsewhere (`program.plan`, `openPlan`).
 *
 * @param engine - Where it runs.
 * @param options - `outputs`: the values that can be read after a run.
 * @param plan - From `program.plan` or `openPlan`.
 * @param graph - What to compute; its inputs, parameters and buffers can be written.
 * @returns The program, with its parameters at 0.
 * @throws UsageError for what is no engine, graph or plan, and for another option; KernelError where a shader does not compile; DeviceError where the device
 *   has too little memory.
 * @example
 * const graph = new Graph();
 * const x = graph.input('x', [4, 3]);
 * const program = await compile(engine, graph, { outputs: [x] });
 * program.write(x, [[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 0, 0]]);
 * program.run();
 * const [values] = await program.read(x);
 */
export function compile(engine: Engine, graph: Graph, options: ProgramOptions): Promise<Program>;
/** The same from the plan of a program that was compiled before, here or elsewhere (`program.plan`, `openPlan`). */
export function compile(engine: Engine, plan: Plan, options?: RunOptions): Promise<Program>;
export async function compile(engine: Engine, given: Graph | Plan, options?: ProgramOptions | RunOptions): Promise<Program> {
  if (!(engine instanceof Engine)) throw new UsageError(`compile: expected an engine, as createEngine makes it, got ${show(engine)}`);
  if (given instanceof Graph) return engine.make(() => Program.create(engine.device, engine.cache, given, options as ProgramOptions));
  if (typeof given !== 'object' || given === null || !('dispatches' in given))
    throw new UsageError(`compile: expected a graph or a plan, got ${show(given)}${typeof given === 'string' ? ': open a stored plan with openPlan' : ''}`);
  return engine.make(() => Program.open(engine.device, engine.cache, given, options));
}
