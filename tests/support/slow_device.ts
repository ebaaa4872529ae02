// A device that does next to nothing in half a second: all work goes in parts, and dispatches are cut.
import type { WorkOrder } from '../../src/gpu/work.ts';

/** Makes an order that of a slow device, until what it returns is called; `part`: the work of a part. */
export function slowDevice(order: WorkOrder, part = 20_000): () => void {
  const slow = { exceeds: { value: () => true, configurable: true }, part: { value: part, configurable: true } };
  Object.defineProperties(order, slow);
  return () => {
    for (const name of Object.keys(slow)) Reflect.deleteProperty(order, name);
  };
}
