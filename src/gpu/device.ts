// The device: its limits, its loss, and what makes things on it, all or none.
import { DeviceError, FathomError, KernelError, requireObject } from '../errors.ts';
import type { Capabilities } from '../graph/op.ts';
import { later } from './later.ts';
import type { PipelineCache } from './pipelines.ts';
import { type EngineOptions, noDevice, requestDevice } from './request.ts';
import { WorkOrder } from './work.ts';

/** What is known of the adapter, for people and reports. */
export interface AdapterSummary {
  /** What the platform calls it; '' where it does not say. */
  readonly description: string;
  /** 'nvidia', 'apple', ...; '' where the platform does not say. */
  readonly vendor: string;
  /** 'ampere', 'metal-3', ...; '' where the platform does not say. */
  readonly architecture: string;
  /** True for a software adapter: its speed says nothing about a GPU. Kernels are not chosen by it but by `Capabilities`. */
  readonly fallback: boolean;
  /** True where the browser hides what the adapter is (Firefox does): it may be a GPU or not. */
  readonly unknown: boolean;
}

/** How long after a failure that the loss of the device caused the news of the loss may come. */
const LOSS_MS = 100;

/** A GPUDevice with its errors and its limits. */
export class Device {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterSummary;
  readonly capabilities: Capabilities;
  /** Resolves with the reason when the device is lost or the engine destroyed; never rejects. */
  readonly lost: Promise<DeviceError>;
  /** In Node, Dawn lives as long as the GPU object that the device came from: it is held here for that alone. */
  readonly source: GPU | undefined;
  /** What it was asked for with. */
  options: EngineOptions;
  /** The engine that has it: another device takes its place when it is lost. */
  engine: { device: Device; cache: PipelineCache } | undefined;
  /** Why it can be used no longer. */
  failure: DeviceError | undefined;
  /** What became of it, without what to do next. */
  fate = '';
  /** Whether it was `destroy` that ended it. */
  destroyed = false;
  /** The order of what is submitted and written. */
  readonly work = new WorkOrder();
  readonly #waiting = new Set<(error: DeviceError) => void>();
  /** How often the device ran out of memory outside of an error scope. */
  #shortages = 0;
  /** What takes back the buffers of the attempt that is being made. */
  #attempted: (() => void)[] | undefined;

  /** Without `source` it came from outside. */
  private constructor(gpu: GPUDevice, adapter: AdapterSummary, options: EngineOptions, source?: GPU) {
    this.gpu = gpu;
    this.source = source;
    this.adapter = adapter;
    this.options = { ...options };
    const { subgroupMinSize: min, subgroupMaxSize: max } = gpu.adapterInfo ?? {}; // absent in older browsers
    this.capabilities = {
      swiftshader: isSwiftShader(gpu.adapterInfo),
      subgroupSize: gpu.features.has('subgroups') && min !== undefined && min === max ? min : 0,
      maxWorkgroups: gpu.limits.maxComputeWorkgroupsPerDimension,
      maxBufferBytes: Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize),
    };
    this.lost = new Promise((resolve) => this.#waiting.add(resolve));
    gpu.lost.then(({ reason, message }) => {
      const fate = reason === 'destroyed' ? 'destroyed' : `lost (${message})`;
      const goOn = source && options.recovery !== false ? 'await another answer and compile programs anew, or ' : '';
      this.fail(`the GPU device was ${fate}`, 'lost', `: ${goOn}create a new engine and load the last checkpoint`);
    });
    // What the engine does is done in scopes of its own, so that other errors are those of others who use the device.
    gpu.addEventListener('uncapturederror', ({ error }) => {
      if (error.constructor.name === 'GPUOutOfMemoryError') this.#shortages++;
    });
  }

  /** Asks for a device. Throws UsageError, or DeviceError: no WebGPU, no adapter, no answer, or a device that could not be made. */
  static async create(options: EngineOptions = {}): Promise<Device> {
    requireObject('createEngine: options', options, 'an object');
    if (Object.keys(options).length > 0) (await later()).requireOptions(options);
    const gpu = options.gpu ?? globalThis.navigator?.gpu;
    if (!gpu && !options.device)
      throw new DeviceError(
        'no-webgpu',
        'this environment has no WebGPU: use Chrome 121, Safari 26 or Firefox 141 over https, or in Node pass `gpu` from the `webgpu` package',
      );
    try {
      if (options.device) return new Device(options.device, summary(options.device.adapterInfo, undefined), options);
      const { device, adapter } = await requestDevice(gpu!, options);
      return new Device(device, summary(adapter.info, adapter), options, gpu);
    } catch (cause) {
      throw noDevice(cause);
    }
  }

  /** Ends all use of the device and rejects pending calls: it is lost, or it reckons wrong. */
  fail(fate: string, reason: DeviceError['reason'] = 'lost', next = ''): void {
    if (this.failure) return;
    this.fate = fate;
    this.failure = new DeviceError(reason, fate + next);
    for (const tell of this.#waiting) tell(this.failure);
    this.#waiting.clear();
  }

  /** Calls `tell` once the device is lost; returns what takes that back. */
  onLoss(tell: () => void): () => void {
    this.#waiting.add(tell);
    return () => this.#waiting.delete(tell);
  }

  /** Throws where the device is lost. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Throws the loss of the device where that is why something failed: a map or a pipeline may fail before the news of the loss comes. */
  async checkLoss(): Promise<void> {
    await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
    this.check();
  }

  /** A promise that rejects as soon as the device is lost, so that nothing hangs and none resolves to zeros. What the platform rejects with becomes a DeviceError. */
  async guard<Result>(promise: Promise<Result>): Promise<Result> {
    this.check();
    let reject!: (error: DeviceError) => void;
    const failed = new Promise<never>((_, r) => {
      reject = r;
    });
    this.#waiting.add(reject);
    try {
      const result = await Promise.race([promise, failed]);
      this.check();
      return result;
    } catch (error) {
      if (!(error instanceof FathomError)) await this.checkLoss();
      throw ofPlatform(error);
    } finally {
      this.#waiting.delete(reject);
    }
  }

  /** Makes a buffer, as part of an attempt where one is being made: `forget` is called where that fails. Throws DeviceError. */
  createBuffer(wanted: GPUBufferDescriptor, forget: () => void): GPUBuffer {
    try {
      const buffer = this.gpu.createBuffer(wanted);
      this.#attempted?.push(() => {
        buffer.destroy();
        forget();
      });
      return buffer;
    } catch (cause) {
      throw ofPlatform(cause);
    }
  }

  /**
   * Does at once what makes buffers or submits work, and resolves with its result when the device has found no fault in it. Where it throws, or the device
   * has no memory left, the buffers that it made are gone. Error scopes are open while it runs and no longer. Rejects with DeviceError for a lack of memory,
   * with KernelError for what the device does not accept.
   *
   * @throws what `work` throws, at once; a lack of memory as DeviceError.
   */
  attempt<Result>(work: () => Result): Promise<Result> {
    const { gpu } = this;
    this.check();
    const outer = this.#attempted;
    const made: (() => void)[] = [];
    const failed = (error: unknown): never => {
      for (const takeBack of made) takeBack();
      throw ofPlatform(error);
    };
    gpu.pushErrorScope('out-of-memory');
    gpu.pushErrorScope('validation');
    this.#attempted = made;
    let result!: Result;
    let thrown: { error: unknown } | undefined;
    try {
      result = work();
    } catch (error) {
      thrown = { error };
    }
    this.#attempted = outer;
    const scopes = Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
    // Nobody asks for their answer where `work` throws.
    scopes.catch(() => undefined);
    if (thrown) failed(thrown.error);
    return this.guard(scopes)
      .then(([invalid, memory]) => {
        if (memory) throw outOfMemory(memory);
        if (invalid) throw new KernelError(`the GPU refused a command: ${invalid.message}`);
        return result;
      })
      .catch(failed);
  }

  /** Returns what `make` makes. If the device runs out of memory, destroys it and throws a DeviceError. */
  async making<Made extends { destroy(): void }>(make: () => Promise<Made>): Promise<Made> {
    const before = this.#shortages;
    const made = await make();
    if (this.#shortages === before) return made;
    made.destroy();
    throw outOfMemory();
  }

  /** Pending calls reject. The device is destroyed unless it came from outside. */
  destroy(): void {
    this.destroyed = true;
    this.fail('this engine was destroyed', 'lost', ': create a new engine');
    if (this.source) this.gpu.destroy();
  }
}

const outOfMemory = (cause?: { readonly message: string }): DeviceError =>
  new DeviceError('out-of-memory', `the GPU is out of memory${cause ? ` (${cause.message})` : ''}: use a smaller batch, width or depth`, { cause });

/** Converts an error of the platform to one of ours. A RangeError means that there is not enough memory; other errors stay as they are. */
export function ofPlatform(error: unknown): unknown {
  if (error instanceof RangeError) return outOfMemory(error);
  return error instanceof DOMException ? new DeviceError('failed', `the GPU failed: ${error.message}`, { cause: error }) : error;
}

function summary(info: GPUAdapterInfo | undefined, adapter: GPUAdapter | undefined): AdapterSummary {
  const flagged = info?.isFallbackAdapter ?? (adapter as { isFallbackAdapter?: boolean } | undefined)?.isFallbackAdapter ?? false;
  const text = infoText(info);
  const fallback = flagged || /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(text);
  const name = info?.description || `${info?.vendor ?? ''} ${info?.architecture ?? ''}`.trim();
  return {
    description: name || `unknown ${fallback ? 'software ' : ''}adapter (the browser hides its name)`,
    vendor: info?.vendor ?? '',
    architecture: info?.architecture ?? '',
    fallback,
    unknown: text === '',
  };
}

/** Everything the browser reveals about an adapter, as text. Every part may be empty. */
function infoText(info: GPUAdapterInfo | undefined): string {
  return [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean).join(' ');
}

/** Chrome's own software adapter says so as its architecture, in Dawn's builds for Node as its description too. */
function isSwiftShader(info: GPUAdapterInfo | undefined): boolean {
  return /swiftshader/i.test(infoText(info));
}
