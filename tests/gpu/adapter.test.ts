import { expect, test } from 'vitest';
import { adapterOf } from '../../src/gpu/request.ts';

test('Chrome gives an adapter, and a buffer comes back as it was written', async () => {
  const adapter = await adapterOf(navigator.gpu);
  const device = await adapter!.requestDevice();
  const sent = Float32Array.of(1.5, -2.25, 1e-30, 3e38);
  const buffer = device.createBuffer({ size: sent.byteLength, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: sent.byteLength, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  device.queue.writeBuffer(buffer, 0, sent);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, sent.byteLength);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  expect([...new Float32Array(staging.getMappedRange())]).toEqual([...sent]);
  device.destroy();
});
