// Reading back through a small ring of staging buffers: the copy is queued at once, the map resolves later, and a loop
// that only queues never waits.
import { UsageError } from '../errors.ts';
import { USAGE } from './buffers.ts';
import { type Device, ofPlatform } from './device.ts';

/** A range to read, in bytes; offset and size multiples of 4. */
export interface ReadRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

export class Readback {
  readonly #device: Device;
  #free: GPUBuffer[] = [];
  readonly #used = new Set<GPUBuffer>();
  #min = 256;
  #destroyed = false;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Sets the minimum size of staging buffers, so that a later, larger read does not allocate. */
  reserve(bytes: number): void {
    this.#min = Math.max(this.#min, Math.min(bytes, this.#device.gpu.limits.maxBufferSize / 2));
  }

  /**
   * Encodes a copy of the ranges, one after the other, and returns what to call once the encoder's commands are submitted:
   * it resolves with the bytes, and rejects if the device fails.
   */
  encode(encoder: GPUCommandEncoder, ranges: readonly ReadRange[]): () => Promise<ArrayBuffer> {
    const bytes = ranges.reduce((sum, range) => sum + range.size, 0);
    if (bytes === 0) return () => Promise.resolve(new ArrayBuffer(0));
    const staging = this.#take(bytes);
    let at = 0;
    for (const { buffer, offset, size } of joined(ranges)) {
      encoder.copyBufferToBuffer(buffer, offset, staging, at, size);
      at += size;
    }
    return async () => {
      try {
        await this.#device.guard(staging.mapAsync(1 /* GPUMapMode.READ */, 0, bytes));
        const copy = staging.getMappedRange(0, bytes).slice(0);
        staging.unmap();
        // Unless it was taken back.
        if (this.#destroyed || !this.#used.has(staging)) staging.destroy();
        else this.#free.push(staging);
        return copy;
      } catch (error) {
        staging.destroy();
        if (!this.#destroyed) throw error;
        // Unless all went with the device.
        this.#device.check();
        throw destroyedEarly(error);
      } finally {
        this.#used.delete(staging);
      }
    };
  }

  /** The bytes of the ranges as they are once everything submitted so far has run. */
  read(ranges: readonly ReadRange[]): Promise<ArrayBuffer> {
    return this.#device.work.inTurn(() => this.submit((encoder) => this.encode(encoder, ranges)));
  }

  /**
   * Submits what `encode` encodes, or throws; resolves with the bytes that are read, once the device has found no fault in it. `known`: it has found none in
   * these commands before, and is not asked again unless there is no staging buffer for so many bytes.
   */
  submit(encode: (encoder: GPUCommandEncoder) => () => Promise<ArrayBuffer>, known?: { readonly bytes: number }): Promise<ArrayBuffer> {
    const { gpu } = this.#device;
    const submit = (): Promise<ArrayBuffer> => {
      const encoder = gpu.createCommandEncoder();
      const arrive = encode(encoder);
      gpu.queue.submit([encoder.finish()]);
      return arrive();
    };
    if (known && (known.bytes === 0 || this.#free.some(({ size }) => size >= known.bytes)))
      try {
        return submit();
      } catch (cause) {
        throw ofPlatform(cause);
      }
    let bytes!: Promise<ArrayBuffer>;
    const accepted = this.#device.attempt(() => {
      bytes = submit();
      // Where the device refuses the commands, that is what is told.
      bytes.catch(() => undefined);
    });
    return accepted.then(() => bytes);
  }

  /** Frees all. Reads that are pending reject, or end where `pendingEnd`: what they copy has been submitted. */
  destroy(pendingEnd = false): void {
    this.#destroyed = true;
    for (const buffer of [...this.#free, ...(pendingEnd ? [] : this.#used)]) buffer.destroy();
    this.#free = [];
    this.#used.clear();
  }

  #take(bytes: number): GPUBuffer {
    const limit = this.#device.gpu.limits.maxBufferSize;
    if (bytes > limit) throw new UsageError(`reading ${bytes} bytes at once is more than this device's ${limit}: read in parts`);
    // The smallest that will do: a small read must not take what the next, larger one needs.
    this.#free.sort((a, b) => a.size - b.size);
    const at = this.#free.findIndex(({ size }) => size >= bytes);
    const buffer = at >= 0 ? this.#free.splice(at, 1)[0]! : this.#make(bytes);
    this.#used.add(buffer);
    return buffer;
  }

  #make(bytes: number): GPUBuffer {
    const size = 2 ** Math.ceil(Math.log2(Math.max(this.#min, bytes)));
    const buffer = this.#device.createBuffer({ label: 'staging', size, usage: USAGE.MAP_READ | USAGE.COPY_DST }, () => {
      this.#used.delete(buffer);
      this.#free = this.#free.filter((free) => free !== buffer);
    });
    return buffer;
  }
}

/** Of what was destroyed while something was asked of it. */
export const destroyedEarly = (cause?: unknown): UsageError => new UsageError('destroyed before its results had arrived: await them first', { cause });

/** Neighboring ranges of one buffer as one copy. */
function joined(ranges: readonly ReadRange[]): ReadRange[] {
  const result: ReadRange[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last && last.buffer === range.buffer && last.offset + last.size === range.offset) result[result.length - 1] = { ...last, size: last.size + range.size };
    else result.push(range);
  }
  return result;
}
