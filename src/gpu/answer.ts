// The smallest proof that a device works. It stands alone, without imports, since it travels to pages as text.

/** Sends a number to a device and reads it back: `right`, `none` where there is no adapter, or what went wrong. */
export async function answerOfDevice(): Promise<string> {
  try {
    // The first answer can be null while Chrome's GPU process starts.
    const adapter = (await navigator.gpu?.requestAdapter()) ?? (await navigator.gpu?.requestAdapter());
    if (!adapter) return 'none';
    const device = await adapter.requestDevice();
    const buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    device.queue.writeBuffer(buffer, 0, new Uint32Array([20261130]));
    await buffer.mapAsync(GPUMapMode.READ);
    const [got] = new Uint32Array(buffer.getMappedRange());
    device.destroy();
    return got === 20261130 ? 'right' : `wrote 20261130, read ${got}`;
  } catch (error) {
    return String(error);
  }
}
