// Weights (parameters and running statistics) in arenas of one layout, shared by the plans that train, evaluate and predict; and the store of a trainer,
// which adds the optimizer's states and the run state.
import { isObject, show, UsageError } from '../errors.ts';
import { Buffers, type Words } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import { destroyedEarly, Readback } from '../gpu/readback.ts';
import type { BufferProvider } from '../gpu/runner.ts';
import type { BufferName } from '../graph/op.ts';
import { type ParameterLayout, unknownPath } from '../layout.ts';
import { type Numbers, toFloats } from '../numbers.ts';
import { LEARNING_RATE_ROWS } from '../ops/batches.ts';
import { LOG_ROW, LOG_ROWS } from '../ops/end_step.ts';
import { type HostTensor, sameShape, shapeText } from '../shape.ts';
import type { Linked } from './links.ts';
import { RUN_BYTES } from './run_state.ts';

export type { HostTensor } from '../shape.ts';

/** A tensor from outside; its shape may be left out. */
export interface HostNumbers {
  /** Its shape; that of the parameter by default. */
  readonly shape?: readonly number[];
  /** Its elements, row-major. */
  readonly data: Numbers;
}

/** Where a tensor lies in an arena, in words. */
export interface Placement {
  readonly arena: BufferName;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** A copy of the tensor at this place of an arena. */
export const tensorIn = (arena: Float32Array, { shape, offset, size }: Omit<Placement, 'arena'>): HostTensor => ({
  shape,
  data: arena.slice(offset, offset + size),
});

/** The numbers of a tensor from outside for a parameter of this shape. Throws UsageError where it says that it has another, DataError for what is no number. */
export function numbersFor(where: string, tensor: HostTensor | HostNumbers, shape: readonly number[]): Float32Array {
  if (!isObject(tensor)) throw new UsageError(`${where}: expected a tensor of { shape, data }, got ${show(tensor)}`);
  const given = tensor.shape;
  if (given !== undefined && !(Array.isArray(given) && given.every(Number.isInteger)))
    throw new UsageError(`${where}: shape: expected a list of sizes, got ${show(given)}`);
  if (given && !sameShape(given, shape)) throw new UsageError(`${where}: expected a tensor of ${shapeText(shape)}, got ${shapeText(given)}`);
  return toFloats(where, tensor.data, { shape });
}

/** Arenas on the device. */
abstract class Arenas implements BufferProvider {
  /** How often they were set otherwise than by steps: what came before cannot be computed again from there. */
  changes = 0;
  protected readonly buffers: Buffers;
  readonly #device: Device;
  readonly #readback: Readback;

  constructor(device: Device) {
    this.#device = device;
    this.buffers = new Buffers(device);
    this.#readback = new Readback(device);
  }

  buffer(name: BufferName): GPUBuffer | undefined {
    return this.buffers.get(name);
  }

  /** Writes whole arenas or parts of them; offset in bytes. */
  write(name: BufferName, data: Words, offset = 0): void {
    this.#device.check();
    this.buffers.write(name, data, offset);
  }

  /** A whole arena, as it is once everything submitted so far has run. */
  async readArena(name: BufferName): Promise<Float32Array> {
    const buffer = this.buffers.get(name);
    if (!buffer) throw destroyedEarly();
    return new Float32Array(await this.#readback.read([{ buffer, offset: 0, size: buffer.size }]));
  }

  /** Where tensors are, by path. */
  abstract homes(): Map<string, Placement>;

  /** Shapes of the tensors, by path. */
  shapes(): Map<string, readonly number[]> {
    return new Map([...this.homes()].map(([path, { shape }]) => [path, shape]));
  }

  /** The tensors by path, all of one instant. */
  async read(): Promise<Map<string, HostTensor>> {
    const homes = this.homes();
    const arenas: Record<string, Promise<Float32Array>> = {};
    for (const { arena } of homes.values()) arenas[arena] ??= this.readArena(arena);
    const tensors = [...homes].map(async ([path, home]): Promise<[string, HostTensor]> => [path, tensorIn(await arenas[home.arena]!, home)]);
    return new Map(await Promise.all(tensors));
  }

  /**
   * Sets tensors by path; nothing is written unless all fit. NaN and infinity are taken as they are. Throws UsageError, and DataError for what is no number.
   */
  set(tensors: ReadonlyMap<string, HostTensor | HostNumbers>): void {
    const homes = this.homes();
    const writes: { placement: Placement; data: Float32Array }[] = [];
    for (const [path, tensor] of tensors) {
      if (typeof path !== 'string') throw new UsageError(`setParameters: expected paths for keys, got ${show(path)}`);
      const placement = homes.get(path) ?? unknownPath(path, [...homes.keys()]);
      const data = numbersFor(path, tensor, placement.shape);
      if (data.length !== placement.size) throw new UsageError(`${path}: expected a tensor of ${shapeText(placement.shape)}, got ${data.length} values`);
      writes.push({ placement, data });
    }
    for (const { placement, data } of writes) this.write(placement.arena, data, placement.offset * 4);
    this.changes++;
  }

  get bytes(): number {
    return this.buffers.bytes;
  }

  /** Frees all (readback.ts says what becomes of pending reads). */
  destroy(pendingEnd = false): void {
    this.buffers.destroy();
    this.#readback.destroy(pendingEnd);
  }
}

/** Parameters and running statistics of a model. */
export class Weights extends Arenas {
  /** Where some of the tensors live in other weights, too. */
  linked: Linked | undefined;
  /** Whether others write here what they share. */
  lent = false;
  readonly layout: ParameterLayout;
  readonly bufferLayout: ParameterLayout;

  constructor(device: Device, layout: ParameterLayout, bufferLayout: ParameterLayout) {
    super(device);
    this.layout = layout;
    this.bufferLayout = bufferLayout;
    this.buffers.create('parameters', layout.words * 4);
    this.buffers.create('buffers', bufferLayout.words * 4);
  }

  /** False once they were destroyed. */
  get alive(): boolean {
    return this.buffers.get('parameters') !== undefined;
  }

  /** Submits work that reads and changes the weights: what others share comes before it and goes after it. */
  inTurn<Result>(submit: () => Result): Result {
    this.linked?.pull();
    const result = submit();
    this.linked?.push();
    return result;
  }

  override homes(): Map<string, Placement> {
    return new Map([...homesIn('parameters', this.layout), ...homesIn('buffers', this.bufferLayout)]);
  }
}

/** What a trainer keeps on the GPU between steps: weights, which outlive it, the optimizer's states, the run state. */
export class ParameterStore extends Arenas {
  /** Replaced where other groups need another layout (set_groups.ts). */
  weights: Weights;
  /** Arenas in the layout of the parameters: the optimizer's states, and the average of the weights where there is one. */
  readonly states: readonly BufferName[];

  constructor(device: Device, weights: Weights, states: readonly BufferName[]) {
    super(device);
    this.weights = weights;
    this.states = states;
    for (const state of states) this.buffers.create(state, this.layout.words * 4);
    this.buffers.create('run', RUN_BYTES);
    this.buffers.create('learning_rates', LEARNING_RATE_ROWS * 4);
    this.buffers.create('log', LOG_ROWS * LOG_ROW.words * 4);
  }

  get layout(): ParameterLayout {
    return this.weights.layout;
  }

  get bufferLayout(): ParameterLayout {
    return this.weights.bufferLayout;
  }

  override buffer(name: BufferName): GPUBuffer | undefined {
    return super.buffer(name) ?? this.weights.buffer(name);
  }

  override write(name: BufferName, data: Words, offset = 0): void {
    if (super.buffer(name)) super.write(name, data, offset);
    else this.weights.write(name, data, offset);
  }

  override readArena(name: BufferName): Promise<Float32Array> {
    return super.buffer(name) ? super.readArena(name) : this.weights.readArena(name);
  }

  /** Creates another buffer that lives as long as the store. */
  retain(name: BufferName, bytes: number): GPUBuffer {
    return super.buffer(name) ?? this.buffers.create(name, bytes);
  }

  /** Takes these buffers in the place of those of their names, and the weights whose layout they have. */
  adopt(weights: Weights, buffers: Buffers): void {
    this.buffers.adopt(buffers);
    this.weights = weights;
  }

  /** Those of the weights, and the optimizer's states as `optimizer/0/<path>`. */
  override homes(): Map<string, Placement> {
    return new Map([...this.weights.homes(), ...this.states.flatMap((state) => [...homesIn(state, this.layout, `${state}/`)])]);
  }
}

function homesIn(arena: BufferName, { entries }: ParameterLayout, prefix = ''): Map<string, Placement> {
  return new Map(entries.map(({ path, shape, offset, size }) => [prefix + path, { arena, shape, offset, size }]));
}
