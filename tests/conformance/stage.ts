// Runs small graphs on the GPU with the engine's own parts: schedule, Runner, buffers by name.
import { createEngine, type Engine } from '../../src/engine.ts';
import { Buffers } from '../../src/gpu/buffers.ts';
import { Device } from '../../src/gpu/device.ts';
import { PipelineCache } from '../../src/gpu/pipelines.ts';
import { Runner } from '../../src/gpu/runner.ts';
import type { Graph, Value } from '../../src/graph/graph.ts';
import type { BufferName } from '../../src/graph/op.ts';
import { LEARNING_RATE_ROWS } from '../../src/ops/batches.ts';
import { LOG_ROW, LOG_ROWS } from '../../src/ops/end_step.ts';
import { placeOf } from '../../src/scheduler/place_of.ts';
import { planOf } from '../../src/scheduler/schedule.ts';
import { elementsOf, sizeOf } from '../../src/shape.ts';
import { RUN_BYTES, type RunWord, runOffset, startingState } from '../../src/train/run_state.ts';

/** State arenas of the optimizer that keeps most. */
const MOST_STATES = 3;

export interface SessionOptions {
  readonly keep?: readonly Value[];
  readonly gradientSlots?: ReadonlyMap<Value, string>;
  /** True rows of the batch; 1 by default. */
  readonly rows?: number;
}

/** A plan with its buffers, ready to run. */
export class Session {
  private readonly runner: Runner;
  private readonly own: Buffers;

  constructor(runner: Runner, own: Buffers) {
    this.runner = runner;
    this.own = own;
  }

  write(value: Value, data: Float32Array | Uint32Array): void {
    const { buffer, offset } = placeOf(this.runner.plan, value);
    if (data.length > 0) this.runner.write(buffer, data instanceof Float32Array ? elementsOf(value.type, data) : data, offset * 4);
  }

  writeBuffer(name: BufferName, data: Float32Array | Uint32Array): void {
    this.runner.write(name, data);
  }

  run(groups: readonly string[] = []): void {
    void this.runner.run([groups]);
  }

  async read(value: Value): Promise<Float32Array> {
    const { buffer, offset } = placeOf(this.runner.plan, value);
    return new Float32Array(await this.runner.read([{ buffer, offset: offset * 4, size: sizeOf(value.type.shape) * 4 }]));
  }

  readBuffer(name: BufferName, bytes: number): Promise<ArrayBuffer> {
    return this.runner.read([{ buffer: name, offset: 0, size: bytes }]);
  }

  /** A float of the run state: the loss, the norm. */
  async runWord(word: RunWord): Promise<number> {
    return new Float32Array(await this.runner.read([{ buffer: 'run', offset: runOffset(word), size: 4 }]))[0]!;
  }

  destroy(): void {
    this.runner.destroy();
    this.own.destroy();
  }
}

export class Stage {
  readonly engine: Engine;
  private readonly device: Device;
  private readonly cache: PipelineCache;

  private constructor(device: Device, engine: Engine) {
    this.device = device;
    this.engine = engine;
    this.cache = new PipelineCache(device);
  }

  static async create(): Promise<Stage> {
    const device = await Device.create();
    return new Stage(device, await createEngine({ device: device.gpu }));
  }

  get adapter(): string {
    return this.device.adapter.description;
  }

  destroy(): void {
    this.device.destroy();
  }

  /** Schedules a graph and makes its buffers; the run state stands before the first step. */
  async session(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const plan = await planOf(graph, { capabilities: this.device.capabilities, retain: options.keep ?? [], gradientSlots: options.gradientSlots ?? new Map() });
    const rows = options.rows ?? 1;
    const words = plan.layout.words * 4;
    const own = new Buffers(this.device);
    own.create('run', RUN_BYTES);
    own.write('run', startingState({ datasetSize: rows, batch: rows, key: [0, 0], skipNonFinite: true }));
    own.create('log', LOG_ROWS * LOG_ROW.words * 4);
    own.create('learning_rates', LEARNING_RATE_ROWS * 4);
    own.create('parameters', words);
    own.create('buffers', plan.bufferLayout.words * 4);
    for (let i = 0; i < MOST_STATES; i++) own.create(`optimizer/${i}`, words);
    return new Session(await Runner.create(this.device, plan, { buffer: (name) => own.get(name) }, this.cache), own);
  }
}
