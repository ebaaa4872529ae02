// Copies on the GPU, outside of plans.
import type { Device } from './device.ts';

/** Copies whole buffers on the GPU, in one submit: each into one of its size. */
export function copyBuffers({ gpu }: Device, copies: readonly (readonly [from: GPUBuffer, to: GPUBuffer])[]): void {
  const encoder = gpu.createCommandEncoder();
  for (const [from, to] of copies) encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
  gpu.queue.submit([encoder.finish()]);
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
export function copyRanges({ gpu }: Device, copies: readonly RangeCopy[]): void {
  const encoder = gpu.createCommandEncoder();
  for (const { from, fromOffset, to, toOffset, size } of copies) encoder.copyBufferToBuffer(from, fromOffset, to, toOffset, size);
  gpu.queue.submit([encoder.finish()]);
}
