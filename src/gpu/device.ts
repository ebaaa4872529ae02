// The device: asked for with the limits that the adapter offers, its errors kept until the next call surfaces them.
import { DeviceError, FathomError, KernelError } from '../errors.ts';
import type { Capabilities } from '../graph/op.ts';

export interface EngineOptions {
  /** An existing device; the engine does not destroy it. */
  device?: GPUDevice;
  /** Where to ask for an adapter: `navigator.gpu` if absent; in Node, `create([])` of the `webgpu` package. */
  gpu?: GPU;
  /** Which adapter to prefer where there are several. */
  powerPreference?: GPUPowerPreference;
}

/** What is known of the adapter, for people and reports. */
export interface AdapterSummary {
  readonly description: string;
  readonly vendor: string;
  readonly architecture: string;
  /** True for a software adapter: speed there says nothing of a GPU. It chooses no kernels; `Capabilities` do. */
  readonly fallback: boolean;
  /** True where the browser hides what the adapter is (Firefox does): it may be a GPU or not. */
  readonly unknown: boolean;
}

const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupsPerDimension'] as const;

/** How long after a failure that the loss of the device caused the news of the loss may come. */
const LOSS_MS = 100;

/** The adapter, or null where there is none. Chrome's first answer can be null while its GPU process starts: it is asked once more. */
export async function adapterOf(gpu: GPU, options: GPURequestAdapterOptions = {}): Promise<GPUAdapter | null> {
  return (await gpu.requestAdapter(options)) ?? gpu.requestAdapter(options);
}

/** A GPUDevice with its errors and its limits. */
export class Device {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterSummary;
  readonly capabilities: Capabilities;
  /** Resolves with the reason when the device is lost; never rejects. */
  readonly lost: Promise<DeviceError>;
  /** In Node, Dawn lives as long as the GPU object that the device came from: it is held here for that alone. */
  readonly source: GPU | undefined;
  private readonly owned: boolean;
  private failure: FathomError | undefined;
  private readonly waiting = new Set<(error: FathomError) => void>();

  private constructor(gpu: GPUDevice, adapter: AdapterSummary, owned: boolean, source?: GPU) {
    this.gpu = gpu;
    this.source = source;
    this.adapter = adapter;
    this.owned = owned;
    const { subgroupMinSize: least, subgroupMaxSize: most } = gpu.adapterInfo ?? {}; // absent in older browsers
    this.capabilities = {
      swiftshader: isSwiftShader(gpu.adapterInfo),
      subgroupSize: gpu.features.has('subgroups') && least !== undefined && least === most ? least : 0,
      maxWorkgroups: gpu.limits.maxComputeWorkgroupsPerDimension,
      maxBufferBytes: Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize),
    };
    this.lost = gpu.lost.then((info) => {
      const error =
        info.reason === 'destroyed'
          ? new DeviceError('lost', 'the GPU device was destroyed: create a new engine')
          : new DeviceError('lost', `the GPU device was lost (${info.message}): create a new engine and load the last checkpoint`);
      this.fail(error);
      return error;
    });
    gpu.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      const outOfMemory = error.constructor.name === 'GPUOutOfMemoryError';
      this.fail(
        outOfMemory
          ? new DeviceError('out-of-memory', `the GPU is out of memory (${error.message}): use a smaller batch, width or depth`)
          : new KernelError(`the GPU refused a command: ${error.message}`),
      );
    });
  }

  /** Asks for a device. Throws DeviceError: no WebGPU, no adapter, or a device that could not be made. */
  static async create(options: EngineOptions = {}): Promise<Device> {
    if (options.device) return new Device(options.device, summary(options.device.adapterInfo, undefined), false);
    const gpu = options.gpu ?? globalThis.navigator?.gpu;
    if (!gpu)
      throw new DeviceError(
        'no-webgpu',
        'this environment has no WebGPU: use Chrome 121, Safari 26 or Firefox 141 over https, or in Node pass `gpu` from the `webgpu` package',
      );
    const adapter = await adapterOf(gpu, options.powerPreference ? { powerPreference: options.powerPreference } : {});
    if (!adapter)
      throw new DeviceError(
        'no-adapter',
        'WebGPU gave no adapter: update the graphics driver, or start Chrome with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader',
      );
    const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
    const requiredFeatures = (['timestamp-query', 'subgroups'] as GPUFeatureName[]).filter((feature) => adapter.features.has(feature));
    try {
      return new Device(await adapter.requestDevice({ requiredLimits, requiredFeatures }), summary(adapter.info, adapter), true, gpu);
    } catch (cause) {
      throw new DeviceError('failed', `no device: ${String((cause as Error).message ?? cause)}`, { cause });
    }
  }

  /** Keeps an error for the next call, and rejects what is pending. */
  fail(error: FathomError): void {
    this.failure ??= error;
    for (const reject of this.waiting) reject(this.failure);
    this.waiting.clear();
  }

  /** Throws the error that came in since the device was made. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Throws the loss of the device where that is why something failed: a map or a pipeline may fail before the news of the loss comes. */
  async checkLoss(): Promise<void> {
    await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
    this.check();
  }

  /** A promise that rejects as soon as the device fails, so that nothing hangs and none resolves to zeros. */
  async guard<Result>(promise: Promise<Result>): Promise<Result> {
    this.check();
    let reject!: (error: FathomError) => void;
    const failed = new Promise<never>((_, r) => {
      reject = r;
    });
    this.waiting.add(reject);
    try {
      const result = await Promise.race([promise, failed]);
      this.check();
      return result;
    } catch (error) {
      if (!(error instanceof FathomError)) await this.checkLoss();
      throw error;
    } finally {
      this.waiting.delete(reject);
    }
  }

  destroy(): void {
    if (this.owned) this.gpu.destroy();
  }
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

/** All that the browser tells of an adapter, as text. Every part may be empty. */
function infoText(info: GPUAdapterInfo | undefined): string {
  return [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean).join(' ');
}

/** Chrome's own software adapter says so as its architecture, in Dawn's builds for Node as its description too. */
function isSwiftShader(info: GPUAdapterInfo | undefined): boolean {
  return /swiftshader/i.test(infoText(info));
}
