// The parameter store: parameters, running statistics, optimizer states and the run state in arenas of one layout, shared by
// the plans that train, evaluate and predict.
import { show, UsageError } from '../errors.ts';
import { Buffers, type Words } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import { Readback } from '../gpu/readback.ts';
import type { Residents } from '../gpu/runner.ts';
import type { ResidentName } from '../graph/op.ts';
import { entryOf, type ParameterLayout } from '../layout.ts';
import { type Numbers, toFloats } from '../numbers.ts';
import { RATE_ROWS } from '../ops/batches.ts';
import { LOG_ROWS } from '../ops/finish.ts';
import { type HostTensor, sameShape, shapeText } from '../shape.ts';
import { RUN_BYTES } from './run_state.ts';

export type { HostTensor } from '../shape.ts';

/** A tensor from outside; its shape may be left out. */
export interface HostNumbers {
  readonly shape?: readonly number[];
  readonly data: Numbers;
}

/** Where a tensor lies in an arena, in words. */
interface Home {
  readonly arena: ResidentName;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** The numbers of a tensor from outside for a parameter of this shape. Throws UsageError where it says that it has another, DataError for what is no number. */
export function numbersFor(where: string, tensor: HostTensor | HostNumbers, shape: readonly number[]): Float32Array {
  if (typeof tensor !== 'object' || tensor === null) throw new UsageError(`${where}: expected a tensor of { shape, data }, got ${show(tensor)}`);
  const given = tensor.shape;
  if (given !== undefined && !(Array.isArray(given) && given.every(Number.isInteger)))
    throw new UsageError(`${where}: shape: expected a list of sizes, got ${show(given)}`);
  if (given && !sameShape(given, shape)) throw new UsageError(`${where}: expected a tensor of ${shapeText(shape)}, got ${shapeText(given)}`);
  return toFloats(where, tensor.data, { shape });
}

export class ParameterStore implements Residents {
  readonly layout: ParameterLayout;
  readonly runningLayout: ParameterLayout;
  readonly states: number;
  readonly #device: Device;
  readonly #buffers: Buffers;
  readonly #readback: Readback;

  constructor(device: Device, layout: ParameterLayout, runningLayout: ParameterLayout, states: number) {
    this.#device = device;
    this.layout = layout;
    this.runningLayout = runningLayout;
    this.states = states;
    this.#buffers = new Buffers(device);
    this.#readback = new Readback(device);
    this.#buffers.create('parameters', layout.words * 4);
    this.#buffers.create('running', runningLayout.words * 4);
    for (let i = 0; i < states; i++) this.#buffers.create(`optimizer/${i}`, layout.words * 4);
    this.#buffers.create('run', RUN_BYTES);
    this.#buffers.create('rates', RATE_ROWS * 4);
    this.#buffers.create('log', LOG_ROWS * 32);
  }

  buffer(name: ResidentName): GPUBuffer | undefined {
    return this.#buffers.get(name);
  }

  /** A buffer of one's own that lives as long as the store. */
  keep(name: ResidentName, bytes: number): GPUBuffer {
    return this.#buffers.get(name) ?? this.#buffers.create(name, bytes);
  }

  /** Writes whole arenas or parts of them; offset in bytes. */
  write(name: ResidentName, data: Words, offset = 0): void {
    this.#device.check();
    this.#buffers.write(name, data, offset);
  }

  /** Parameters and running statistics by path, with `states` also the optimizer's, as `optimizer/0/<path>`; all of one instant. */
  async read(states = false): Promise<Map<string, HostTensor>> {
    const homes = this.#homes(states);
    const names = [...new Set([...homes.values()].map((home) => home.arena))];
    const arenas = new Map((await Promise.all(names.map((name) => this.readArena(name)))).map((arena, i) => [names[i]!, arena]));
    return new Map([...homes].map(([path, { arena, shape, offset, size }]) => [path, { shape, data: arenas.get(arena)!.slice(offset, offset + size) }]));
  }

  /** What `read` brings, by path. */
  shapes(states = false): Map<string, readonly number[]> {
    return new Map([...this.#homes(states)].map(([path, { shape }]) => [path, shape]));
  }

  /** A whole arena, as it is once everything submitted so far has run. */
  async readArena(name: ResidentName): Promise<Float32Array> {
    const buffer = this.#buffers.get(name);
    if (!buffer) throw new UsageError(`the store has no ${name}`);
    return new Float32Array(await this.#readback.read([{ buffer, offset: 0, size: buffer.size }]));
  }

  /** Sets parameters and running statistics by path, with `states` also the optimizer's; nothing is written unless all fit. NaN and infinity are taken as they are. Throws UsageError, and DataError for what is no number. */
  set(tensors: ReadonlyMap<string, HostTensor | HostNumbers>, states = false): void {
    const homes = this.#homes(states);
    const writes: { home: Home; data: Float32Array }[] = [];
    for (const [path, tensor] of tensors) {
      if (typeof path !== 'string') throw new UsageError(`setParameters: expected paths for keys, got ${show(path)}`);
      const home = homes.get(path) ?? { ...entryOf(this.layout, path), arena: 'parameters' };
      const data = numbersFor(path, tensor, home.shape);
      if (data.length !== home.size) throw new UsageError(`${path}: expected a tensor of ${shapeText(home.shape)}, got ${data.length} values`);
      writes.push({ home, data });
    }
    for (const { home, data } of writes) this.write(home.arena, data, home.offset * 4);
  }

  #homes(states: boolean): Map<string, Home> {
    const homes = new Map<string, Home>();
    const add = (arena: ResidentName, layout: ParameterLayout, prefix = ''): void => {
      for (const { path, shape, offset, size } of layout.entries) homes.set(prefix + path, { arena, shape, offset, size });
    };
    add('parameters', this.layout);
    add('running', this.runningLayout);
    for (let i = 0; i < (states ? this.states : 0); i++) add(`optimizer/${i}`, this.layout, `optimizer/${i}/`);
    return homes;
  }

  get bytes(): number {
    return this.#buffers.bytes;
  }

  destroy(): void {
    this.#buffers.destroy();
    this.#readback.destroy();
  }
}
