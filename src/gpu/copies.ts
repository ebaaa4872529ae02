// Copies on the GPU, outside of plans.
import type { Device } from './device.ts';

/** Copies whole buffers on the GPU, in one submit: each into one of its size. */
export function copyBuffers(device: Device, copies: readonly (readonly [from: GPUBuffer, to: GPUBuffer])[]): void {
  copyRanges(
    device,
    copies.map(([from, to]) => ({ from, fromOffset: 0, to, toOffset: 0, size: from.size })),
  );
}

/** Words of one buffer and where they go in another; offsets and size in bytes. */
export interface RangeCopy {
  readonly from: GPUBuffer;
  readonly fromOffset: number;
  readonly to: GPUBuffer;
  readonly toOffset: number;
  readonly size: number;
}

/** Copies parts of buffers on the GPU, in one submit. */
export function copyRanges({ gpu, work }: Device, copies: readonly RangeCopy[]): void {
  work.write(() => {
    const encoder = gpu.createCommandEncoder();
    for (const { from, fromOffset, to, toOffset, size } of copies) encoder.copyBufferToBuffer(from, fromOffset, to, toOffset, size);
    gpu.queue.submit([encoder.finish()]);
  });
}
