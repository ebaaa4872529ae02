// A device that does next to nothing in half a second: all work goes in parts, and dispatches are cut.
import { PART_MS, type WorkOrder } from '../../src/gpu/work.ts';

/** Makes an order that of a slow device, until what it returns is called; `part`: the work of a part, once one was measured. */
export function slowDevice(order: WorkOrder, part = 20_000): () => void {
  const { speed } = order;
  const slow = { exceeds: { value: () => true, configurable: true }, speed: { get: () => part / PART_MS, set: () => {}, configurable: true } };
  Object.defineProperties(order, slow);
  return () => {
    Reflect.deleteProperty(order, 'exceeds');
    Object.defineProperty(order, 'speed', { value: speed, writable: true, configurable: true });
  };
}
