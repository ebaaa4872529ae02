// Buffers by name: made once, counted, destroyed together.
import { requireFits } from '../layout.ts';
import { roundUp } from '../shape.ts';
import type { Device } from './device.ts';

/** GPUBufferUsage by name; the global is absent in Node until it is installed. */
export const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const;

/** Whatever can be uploaded: views of 32-bit words or bytes. */
export type Words = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** Writes words as they are now; offset in bytes. */
export function writeWords({ gpu, work }: Device, buffer: GPUBuffer, data: Words, offset: number): void {
  const { buffer: words, byteOffset, byteLength } = work.long ? data.slice() : data;
  work.write(() => gpu.queue.writeBuffer(buffer, offset, words as ArrayBuffer, byteOffset, byteLength));
}

export class Buffers {
  readonly #device: Device;
  readonly #byName = new Map<string, GPUBuffer>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Makes a zeroed storage buffer, or the given usage. Throws DeviceError where the device does not allow the size. */
  create(name: string, bytes: number, usage: number = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST): GPUBuffer {
    const size = roundUp(Math.max(bytes, 16), 16);
    const limit = usage & USAGE.STORAGE ? this.#device.capabilities.maxBufferBytes : this.#device.gpu.limits.maxBufferSize;
    requireFits(name, size, limit, 'less data or a smaller model');
    this.#byName.get(name)?.destroy();
    const buffer = this.#device.createBuffer({ label: name, size, usage }, () => this.#byName.delete(name));
    this.#byName.set(name, buffer);
    return buffer;
  }

  get(name: string): GPUBuffer | undefined {
    return this.#byName.get(name);
  }

  /** Takes all buffers of others; one of the same name goes. */
  adopt(others: Buffers): void {
    for (const [name, buffer] of others.#byName) {
      this.#byName.get(name)?.destroy();
      this.#byName.set(name, buffer);
    }
    others.#byName.clear();
  }

  /** Writes words, or bytes, of which the last word is filled up with zeros. Offset in bytes, a multiple of 4. */
  write(name: string, data: Words, offset = 0): void {
    const buffer = this.#byName.get(name)!;
    const more = data.byteLength % 4;
    writeWords(this.#device, buffer, more ? (data as Uint8Array).subarray(0, -more) : data, offset);
    if (!more) return;
    // WebGPU writes whole words: the last bytes are padded with zeros.
    const rest = new Uint8Array(4);
    rest.set((data as Uint8Array).subarray(-more));
    writeWords(this.#device, buffer, rest, offset + data.byteLength - more);
  }

  /** Bytes in all. */
  get bytes(): number {
    let sum = 0;
    for (const buffer of this.#byName.values()) sum += buffer.size;
    return sum;
  }

  destroy(): void {
    for (const buffer of this.#byName.values()) buffer.destroy();
    this.#byName.clear();
  }
}
