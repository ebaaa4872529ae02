// Where the runs come from: the engine in a worker, or a recording where there is no WebGPU. The page need not wait for
// the answer: what it says before is passed on when the source is known.
import type { FromWorker, Source, ToWorker } from './protocol.ts';

/** Opens the worker; where it finds no device, a recorded run plays and a `no_gpu` message says so. */
export function openSource(): Source {
  const listeners: ((message: FromWorker) => void)[] = [];
  /** What the page said before the source was known. */
  const said: [ToWorker, Transferable[]][] = [];
  let inner: Source | null = null;
  const tell = (message: FromWorker): void => {
    for (const listener of listeners) listener(message);
  };
  const settle = (source: Source): void => {
    inner = source;
    for (const [message, transfer] of said.splice(0)) source.post(message, transfer);
  };
  const record = async (): Promise<void> => {
    const { recordedSource } = await import('./recorded.ts');
    const source = recordedSource();
    source.listen(tell);
    tell({ type: 'no_gpu', message: '' });
    settle(source);
  };

  if ('gpu' in navigator) {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const close = (): void => worker.terminate();
    const fail = (): void => {
      if (inner) return;
      close();
      void record();
    };
    worker.addEventListener('error', fail);
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'no_gpu') fail();
      else tell(data);
      if (data.type === 'ready')
        settle({ post: (message, transfer) => worker.postMessage(message, transfer ?? []), listen: (listener) => void listeners.push(listener), close });
    });
  } else void Promise.resolve().then(record);

  return {
    post(message, transfer = []) {
      if (inner) inner.post(message, transfer);
      else said.push([message, transfer]);
    },
    listen: (listener) => void listeners.push(listener),
    close: () => inner?.close(),
  };
}
