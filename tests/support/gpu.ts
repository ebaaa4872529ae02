// Graphs on the GPU beside the float64 reference.
import { Device } from '../../src/gpu/device.ts';
import { PipelineCache } from '../../src/gpu/pipelines.ts';
import type { Graph, Value } from '../../src/graph/graph.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import { Program, type ProgramOptions } from '../../src/program.ts';
import { interpret, type Tensor64 } from '../../src/reference/index.ts';
import { expectClose } from './close.ts';
import { ADAPTERS } from './models.ts';

export { expectClose } from './close.ts';

export interface Gpu {
  readonly device: Device;
  readonly cache: PipelineCache;
}

let open: Promise<Gpu> | undefined;

/** One device for a file's tests. */
export function openGpu(): Promise<Gpu> {
  open ??= Device.create().then((device) => ({ device, cache: new PipelineCache(device) }));
  return open;
}

export interface RunOptions extends Omit<ProgramOptions, 'outputs'> {
  /** A device's limit that the test makes smaller than it is. */
  maxWorkgroups?: number;
}

/** Values of a graph, computed on the GPU. */
export async function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor64>,
  outputs: readonly Value[],
  options: RunOptions = {},
): Promise<Map<Value, Float32Array>> {
  const { device, cache } = await openGpu();
  const { maxWorkgroups, ...rest } = options;
  const program = await Program.create(maxWorkgroups === undefined ? device : withCapabilities(device, { maxWorkgroups }), cache, graph, { outputs, ...rest });
  try {
    for (const value of graph.values) {
      const given = inputs.get(value.name);
      if (given && value.origin !== 'node') program.write(value, Float32Array.from(given.data));
    }
    program.run();
    const arrays = await program.read(...outputs);
    return new Map(outputs.map((value, i) => [value, arrays[i]!]));
  } finally {
    program.destroy();
  }
}

/** The kinds of adapter whose kernels run here: those of SwiftShader lose data on other drivers, the portable ones run everywhere. */
export async function adaptersHere(): Promise<readonly Capabilities[]> {
  const { device } = await openGpu();
  return ADAPTERS.filter(({ swiftshader }) => device.capabilities.swiftshader || !swiftshader);
}

/** Those kinds as rows of `describe.each`: what to call the kernels, and whether they are SwiftShader's. */
export const kernelsHere = async (): Promise<[string, boolean][]> =>
  [...new Set((await adaptersHere()).map(({ swiftshader }) => swiftshader))].map((swiftshader) => [
    swiftshader ? 'those of SwiftShader' : 'the portable ones',
    swiftshader,
  ]);

/** The same device, taken for another kind. */
export function withCapabilities(device: Device, capabilities: Partial<Capabilities>): Device {
  const other = { ...device.capabilities, ...capabilities };
  // Its methods run on the device itself, whose private members no other object has.
  return new Proxy(device, {
    get(target, key) {
      if (key === 'capabilities') return other;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Runs a graph on the GPU and in float64 and compares the values. */
export async function expectAsReference(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor64>,
  outputs: readonly Value[],
  tolerance: number,
  options: RunOptions = {},
  floor?: number,
): Promise<void> {
  const expected = interpret(graph, inputs, options.rows === undefined ? {} : { rows: options.rows });
  const got = await runGraph(graph, inputs, outputs, options);
  for (const value of outputs) expectClose(value.name, got.get(value)!, expected.get(value)!.data, tolerance, floor);
}
