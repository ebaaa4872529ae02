// Histograms as a probe: what asks for them brings them along, so that a program without them does not carry them.
import { requireInteger, UsageError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { clearRowOp, histogramOp } from '../ops/statistics.ts';

/** Decades from 1e-12 to 1e4: the default edges of histograms. */
export const DECADES: readonly number[] = /* @__PURE__ */ Array.from({ length: 17 }, (_, i) => Number(`1e${i - 12}`));
/** Powers of two from 2^-40 to 2^14. */
export const POWERS_OF_TWO: readonly number[] = /* @__PURE__ */ Array.from({ length: 55 }, (_, i) => 2 ** (i - 40));

export interface HistogramProbe {
  readonly every: number;
  readonly edges: readonly number[];
  /** @internal */
  readonly clear: typeof clearRowOp;
  /** @internal */
  readonly op: typeof histogramOp;
}

/** Histograms of |x| at the steps divisible by `every`. Throws UsageError unless `edges` are 1 to 63 positive numbers in ascending order; decades by default. */
export function histograms({ every, edges = DECADES }: { every: number; edges?: readonly number[] }): HistogramProbe {
  requireInteger('probes.histograms.every', every);
  if (edges.length === 0 || edges.length > LIMITS.histogramEdges || edges.some((edge, i) => !(edge > 0) || (i > 0 && edge <= edges[i - 1]!)))
    throw new UsageError('probes.histograms.edges: expected 1 to 63 positive numbers in ascending order');
  return { every, edges: [...edges], clear: clearRowOp, op: histogramOp };
}
