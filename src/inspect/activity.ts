// Dead units and saturated activations as a probe: what asks for them brings them along, so that a program without them does not carry them.
import { unitActivityOp } from '../ops/statistics.ts';

export interface ActivityProbe {
  /** @internal */
  readonly op: typeof unitActivityOp;
}

/** Shares of dead units and of saturated activations of every watched layer, at the steps of the full statistics. */
export function activity(): ActivityProbe {
  return { op: unitActivityOp };
}
