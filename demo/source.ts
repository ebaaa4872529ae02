// Where the runs come from: the engine in a worker, or a recording where there is no WebGPU.
import type { FromWorker, Source } from './protocol.ts';
import { mockSource } from './mock_worker.ts';

/** The source, and whether it is a recording. */
export async function openSource(): Promise<{ source: Source; recorded: boolean }> {
  const live = 'gpu' in navigator ? await openWorker() : null;
  return live ? { source: live, recorded: false } : { source: mockSource(), recorded: true };
}

/** The worker, once it has a device; null where there is none. What it says meanwhile is kept for the first listener. */
async function openWorker(): Promise<Source | null> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const listeners: ((message: FromWorker) => void)[] = [];
  const early: FromWorker[] = [];
  const ready = await new Promise<boolean>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'no_gpu') resolve(false);
      else if (data.type === 'ready') resolve(true);
      if (listeners.length) for (const listener of listeners) listener(data);
      else early.push(data);
    });
    worker.addEventListener('error', () => resolve(false));
  });
  if (!ready) {
    worker.terminate();
    return null;
  }
  return {
    post: (message, transfer) => worker.postMessage(message, transfer ?? []),
    listen(listener) {
      listeners.push(listener);
      for (const message of early.splice(0)) listener(message);
    },
    close: () => worker.terminate(),
  };
}
