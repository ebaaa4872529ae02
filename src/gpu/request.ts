// Asking the platform for an adapter and a device: it may fail in any way of its own, or not answer at all.
import { DeviceError } from '../errors.ts';

/** Where `createEngine` gets its device from. */
export interface EngineOptions {
  /** An existing device, which the engine does not destroy; by default it asks for one. */
  device?: GPUDevice;
  /** Where to ask for an adapter: `navigator.gpu` by default; in Node, `create([])` of the `webgpu` package. */
  gpu?: GPU;
  /** Which adapter to prefer where there are several; the browser's choice by default. */
  powerPreference?: 'low-power' | 'high-performance';
  /** Milliseconds that adapter and device may take; 60,000 by default, Infinity for no limit. */
  timeout?: number;
  /** Ends the wait for adapter and device when aborted; none by default. */
  signal?: AbortSignal;
  /** How trainers go on when the device is lost; false for not at all. By default they do, as `RecoveryOptions` says. */
  recovery?: RecoveryOptions | false;
}

/**
 * What happens when the device is lost: a driver that is reset, a computer that sleeps, a tab in the background. Then the engine asks for another one, within its
 * `timeout`, and its trainers go on there from the last copy of their state.
 */
export interface RecoveryOptions {
  /** Milliseconds between two copies of a trainer's state to memory. They are taken while it takes steps, and nothing waits for them. 10,000 by default. */
  every?: number;
  /** Losses without a finished step between them that are survived; the next one is an error. 3 by default. */
  max?: number;
}

/** Of a driver that has to start first, on a busy machine. */
const TIMEOUT = 60_000;

/** What a `setTimeout` takes. */
const MOST_MS = 2 ** 31 - 1;

const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupsPerDimension'] as const;

/** The adapter, or null where there is none. Chrome's first answer can be null while its GPU process starts: it is asked once more. */
export async function adapterOf(gpu: GPU, options: GPURequestAdapterOptions = {}): Promise<GPUAdapter | null> {
  return (await gpu.requestAdapter(options)) ?? gpu.requestAdapter(options);
}

/** A device with the limits that its adapter offers. Rejects with DeviceError, which keeps what the platform said as its cause. */
export async function requestDevice(gpu: GPU, options: EngineOptions): Promise<{ device: GPUDevice; adapter: GPUAdapter }> {
  let over = false;
  const ask = async (): Promise<{ device: GPUDevice; adapter: GPUAdapter }> => {
    const { powerPreference } = options;
    const adapter = await adapterOf(gpu, powerPreference ? { powerPreference } : {});
    if (!adapter)
      throw new DeviceError(
        'no-adapter',
        'WebGPU gave no adapter: update the graphics driver, start Chrome with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader, or give Node a software driver by VK_ICD_FILENAMES',
      );
    const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
    const requiredFeatures = (['timestamp-query', 'subgroups'] as GPUFeatureName[]).filter((feature) => adapter.features.has(feature));
    const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
    // Nobody waits for it any more.
    if (over) device.destroy();
    return { device, adapter };
  };
  try {
    return await withinTime(ask(), options);
  } catch (cause) {
    over = true;
    throw noDevice(cause);
  }
}

/** What the platform threw, as an error of ours. */
export const noDevice = (cause: unknown): DeviceError =>
  cause instanceof DeviceError ? cause : new DeviceError('failed', `no device: ${String((cause as Error | undefined)?.message ?? cause)}`, { cause });

/** The promise, or a DeviceError once time is up or the signal is aborted. */
function withinTime<Result>(promise: Promise<Result>, { timeout = TIMEOUT, signal }: EngineOptions): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const timer =
      timeout === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(
            () => reject(new DeviceError('timeout', `no device: WebGPU gave no answer in ${timeout} ms: reload the page, or restart the browser`)),
            Math.min(timeout, MOST_MS),
          );
    const abort = (): void => reject(new DeviceError('aborted', 'no device: the signal ended the wait for it', { cause: signal?.reason }));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}
