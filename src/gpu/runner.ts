// Runs a plan: buffers, bind groups and pipelines are made once; a group of steps is one pass and one submit, but where that would take too long.
import { UsageError } from '../errors.ts';
import type { BufferName } from '../graph/op.ts';
import { runsWith } from '../groups.ts';
import type { Dispatch, Plan, Range } from '../scheduler/plan.ts';
import { Buffers, USAGE, type Words, writeWords } from './buffers.ts';
import type { Device } from './device.ts';
import { later } from './later.ts';
import type { PipelineCache } from './pipelines.ts';
import { destroyedEarly, Readback, type ReadRange } from './readback.ts';
import { workOf } from './work.ts';

/** A dispatch with what it runs. */
export interface Prepared {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly dispatch: Dispatch;
  /** Of a part of a dispatch: where it begins. */
  readonly part?: GPUBindGroup;
}

/** The dispatches of a step, and their work together. */
interface List extends ReadonlyArray<Prepared> {
  readonly work: number;
  /** Whether the device has found no fault in it. */
  accepted?: boolean;
}

/** Where a plan's persistent buffers come from: the parameter store and the data set. */
export interface BufferProvider {
  /** The buffer of this name, or undefined where the plan must make its own. */
  buffer(name: BufferName): GPUBuffer | undefined;
}

export class Runner {
  readonly plan: Plan;
  readonly device: Device;
  readonly #provider: BufferProvider;
  readonly #cache: PipelineCache;
  readonly #buffers: Buffers;
  readonly #readback: Readback;
  #prepared: Prepared[] = [];
  /** Those of a step, by the groups that run in it. */
  readonly #lists = new Map<string, List>();
  #destroyed = false;

  private constructor(device: Device, plan: Plan, provider: BufferProvider, cache: PipelineCache) {
    this.device = device;
    this.plan = plan;
    this.#provider = provider;
    this.#cache = cache;
    this.#buffers = new Buffers(device);
    this.#readback = new Readback(device);
  }

  /**
   * Makes what the plan needs: its own buffers, all pipelines at once, one bind group per dispatch. Rejects with KernelError or DeviceError.
   */
  static async create(device: Device, plan: Plan, provider: BufferProvider, cache: PipelineCache): Promise<Runner> {
    device.check();
    return device.making(async () => {
      const runner = new Runner(device, plan, provider, cache);
      try {
        await runner.#build();
      } catch (error) {
        runner.destroy();
        throw error;
      }
      return runner;
    });
  }

  async #build(): Promise<void> {
    const { dispatches } = this.plan;
    let compiling: Promise<GPUComputePipeline>[] = [];
    const groups = await this.device.attempt(() => {
      this.#makeBuffers();
      const made = dispatches.map((dispatch) => this.#bindGroup(dispatch));
      compiling = dispatches.map((dispatch) => this.#cache.pipeline(dispatch));
      return made;
    });
    // allSettled: a second rejection would otherwise go unhandled while the first is being reported.
    const settled = await this.device.guard(Promise.allSettled(compiling));
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    this.#prepared = dispatches.map((dispatch, i) => ({
      dispatch,
      group: groups[i]!,
      pipeline: (settled[i] as PromiseFulfilledResult<GPUComputePipeline>).value,
    }));
  }

  #makeBuffers(): void {
    const { params, activations, sums, tables, persistentBuffers, layout } = this.plan;
    this.#buffers.create('params', params.length, USAGE.UNIFORM | USAGE.COPY_DST);
    this.#buffers.write('params', params);
    for (const { buffer, bytes } of [...activations, ...sums]) this.#buffers.create(buffer, bytes);
    for (const [name, data] of tables) {
      this.#buffers.create(`table/${name}`, data.byteLength);
      this.#buffers.write(`table/${name}`, data);
    }
    for (const [name, min] of persistentBuffers)
      if (!this.#buffers.get(name) && !this.#provider.buffer(name)) {
        const bytes = name === 'gradients' ? layout.words * 4 : min;
        // Throws.
        if (!bytes) this.#buffer(name);
        this.#buffers.create(name, bytes);
      }
  }

  #bindGroup(dispatch: Dispatch): GPUBindGroup {
    const resource = (range: Range): GPUBufferBinding => {
      const buffer = this.#buffer(range.buffer);
      return range.size === 0 ? { buffer } : { buffer, offset: range.offset, size: range.size };
    };
    const entries: GPUBindGroupEntry[] = dispatch.bindings.map(({ range }, i) => ({ binding: i + 1, resource: resource(range) }));
    if (dispatch.params !== undefined) entries.unshift({ binding: 0, resource: { buffer: this.#buffer('params'), ...dispatch.params } });
    return this.device.gpu.createBindGroup({ label: dispatch.label, layout: this.#cache.layout(dispatch), entries });
  }

  #buffer(name: string): GPUBuffer {
    const buffer = this.#provider.buffer(name as BufferName) ?? this.#buffers.get(name);
    if (!buffer) throw new UsageError(`the plan has no buffer ${name}`);
    return buffer;
  }

  /**
   * Runs one step for each entry of `steps`, which names the probe groups that look at it; one pass, one submit, and several where one would take too long.
   * `ranges` are read once the steps have run, by a copy in the same submit; without any it resolves at once.
   */
  run(steps: readonly (readonly string[])[], ranges: readonly Range[] = []): Promise<ArrayBuffer> {
    this.#alive();
    const { work: order } = this.device;
    const lists = steps.map((groups) => this.#of(groups));
    const work = lists.reduce((sum, list) => sum + list.work, 0);
    return order.inTurn(() => (order.exceeds(work) ? order.inParts(() => this.#submitParts(lists.flat(), ranges)) : this.#submit(lists, work, ranges)));
  }

  #submit(lists: readonly List[], work: number, ranges: readonly Range[]): Promise<ArrayBuffer> {
    this.#alive();
    const read = this.#resolve(ranges);
    const known = lists.every(({ accepted }) => accepted) ? { bytes: ranges.reduce((sum, { size }) => sum + size, 0) } : undefined;
    const begun = performance.now();
    const arriving = this.#readback.submit((encoder) => {
      const pass = encoder.beginComputePass();
      let pipeline: GPUComputePipeline | undefined;
      for (const list of lists)
        for (const p of list) {
          if (p.pipeline !== pipeline) {
            pipeline = p.pipeline;
            pass.setPipeline(pipeline);
          }
          pass.setBindGroup(0, p.group);
          if (p.part) pass.setBindGroup(1, p.part);
          pass.dispatchWorkgroups(...p.dispatch.workgroups);
        }
      pass.end();
      return this.#readback.encode(encoder, read);
    }, known);
    arriving
      .then(() => {
        for (const list of lists) list.accepted = true;
        if (ranges.length > 0) this.device.work.measured(work, performance.now() - begun);
      })
      .catch(() => undefined);
    return arriving;
  }

  async #submitParts(all: readonly Prepared[], ranges: readonly Range[]): Promise<ArrayBuffer> {
    const { inParts } = await later();
    return inParts(
      all,
      this.device,
      this.#cache,
      this.#buffers,
      (part, work, last) => this.#submit([Object.assign(part, { work })], work, last ? ranges : []),
      () => this.done(),
    );
  }

  /** The dispatches of a step that these groups run in. */
  #of(groups: readonly string[]): List {
    const key = groups.join();
    let list = this.#lists.get(key);
    if (!list) {
      const prepared = this.#prepared.filter(({ dispatch }) => runsWith(dispatch.when, groups));
      list = Object.assign(prepared, { work: prepared.reduce((sum, each) => sum + workOf(each.dispatch), 0) });
      this.#lists.set(key, list);
    }
    return list;
  }

  #alive(): void {
    if (this.#destroyed) throw destroyedEarly();
    this.device.check();
  }

  /** One step's prepared dispatches, for callers that encode their own passes (the profiler). */
  prepared(groups: readonly string[]): readonly Prepared[] {
    this.#alive();
    return this.#of(groups);
  }

  /** Writes into one of the plan's buffers or the persistent ones; offset in bytes. */
  write(name: string, data: Words, offset = 0): void {
    this.device.check();
    writeWords(this.device, this.#buffer(name), data, offset);
  }

  /** Prepares for reads of up to this many bytes at once. */
  reserve(bytes: number): void {
    this.#readback.reserve(bytes);
  }

  /** Reads ranges of buffers, in bytes, once everything submitted so far has run. */
  read(ranges: readonly Range[]): Promise<ArrayBuffer> {
    this.#alive();
    return this.#readback.read(this.#resolve(ranges));
  }

  #resolve(ranges: readonly Range[]): ReadRange[] {
    return ranges.map(({ buffer, offset, size }) => ({ buffer: this.#buffer(buffer), offset, size }));
  }

  /** Bytes of the buffers that the runner made. */
  get bytes(): number {
    return this.#buffers.bytes;
  }

  /** Resolves once everything submitted so far has run. */
  async done(): Promise<void> {
    await this.device.guard(this.device.gpu.queue.onSubmittedWorkDone());
  }

  /** Frees all (readback.ts says what becomes of pending reads). */
  destroy(pendingEnd = false): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#buffers.destroy();
    this.#readback.destroy(pendingEnd);
    this.#prepared = [];
    this.#lists.clear();
  }
}
