// The parameter store: parameters, running statistics, optimizer states and the run state in arenas of one layout, shared by
// the plans that train, evaluate and predict.
import { UsageError } from '../errors.ts';
import type { ResidentName } from '../graph/op.ts';
import { Buffers, type Words } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import { Readback } from '../gpu/readback.ts';
import type { Residents } from '../gpu/runner.ts';
import type { ParameterLayout } from '../layout.ts';
import { RATE_ROWS } from '../ops/batches.ts';
import { LOG_ROWS } from '../ops/finish.ts';
import { sameShape, shapeText } from '../shape.ts';
import { RUN_BYTES } from './run_state.ts';

/** A tensor on the CPU. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export class ParameterStore implements Residents {
  readonly layout: ParameterLayout;
  readonly runningLayout: ParameterLayout;
  readonly states: number;
  private readonly device: Device;
  private readonly buffers: Buffers;
  private readonly readback: Readback;

  constructor(device: Device, layout: ParameterLayout, runningLayout: ParameterLayout, states: number) {
    this.device = device;
    this.layout = layout;
    this.runningLayout = runningLayout;
    this.states = states;
    this.buffers = new Buffers(device);
    this.readback = new Readback(device);
    this.buffers.create('parameters', layout.words * 4);
    this.buffers.create('running', runningLayout.words * 4);
    for (let i = 0; i < states; i++) this.buffers.create(`optimizer/${i}`, layout.words * 4);
    this.buffers.create('run', RUN_BYTES);
    this.buffers.create('rates', RATE_ROWS * 4);
    this.buffers.create('log', LOG_ROWS * 32);
  }

  buffer(name: ResidentName): GPUBuffer | undefined {
    return this.buffers.get(name);
  }

  /** Writes whole arenas or parts of them; offset in bytes. */
  write(name: ResidentName, data: Words, offset = 0): void {
    this.device.check();
    this.buffers.write(name, data, offset);
  }

  /** Parameters and running statistics by path. */
  async read(): Promise<Map<string, HostTensor>> {
    const [parameters, running] = await Promise.all([this.readArena('parameters'), this.readArena('running')]);
    const result = new Map<string, HostTensor>();
    for (const [layout, arena] of [
      [this.layout, parameters],
      [this.runningLayout, running],
    ] as const)
      for (const { path, shape, offset, size } of layout.entries) result.set(path, { shape, data: arena.slice(offset, offset + size) });
    return result;
  }

  /** A whole arena, as it is once everything submitted so far has run. */
  async readArena(name: ResidentName): Promise<Float32Array> {
    const buffer = this.buffers.get(name);
    if (!buffer) throw new UsageError(`the store has no ${name}`);
    return new Float32Array(await this.readback.read([{ buffer, offset: 0, size: buffer.size }]));
  }

  /** Sets parameters and running statistics by path; nothing is written unless all fit. Throws UsageError. */
  set(tensors: ReadonlyMap<string, HostTensor | { shape?: readonly number[]; data: Float32Array }>): void {
    const writes: { arena: 'parameters' | 'running'; offset: number; data: Float32Array }[] = [];
    for (const [path, { shape, data }] of tensors) {
      const arena = this.runningLayout.has(path) ? 'running' : 'parameters';
      const entry = (arena === 'running' ? this.runningLayout : this.layout).get(path);
      if ((shape && !sameShape(shape, entry.shape)) || data.length !== entry.size)
        throw new UsageError(`${path}: expected a tensor of ${shapeText(entry.shape)}, got ${shape ? shapeText(shape) : `${data.length} values`}`);
      writes.push({ arena, offset: entry.offset * 4, data });
    }
    for (const { arena, offset, data } of writes) this.write(arena, data, offset);
  }

  get bytes(): number {
    return this.buffers.bytes;
  }

  destroy(): void {
    this.buffers.destroy();
    this.readback.destroy();
  }
}
