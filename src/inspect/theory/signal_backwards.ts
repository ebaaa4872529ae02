// The walk backwards of the prediction of signals: squared norms of gradients, from the traces that the walk forwards has left. A gradient is known at every
// position, summed over channels.
import { everywhere, sumOf } from './moments.ts';
import type { Reflected } from './reflected.ts';
import type { LayerPrediction } from './signal.ts';

/** What the walk forwards leaves of a step or a residual block; `positions` are those of its input. */
export type Trace =
  | {
      readonly positions: number;
      /** The layer whose delta stands at its output. */
      readonly layer?: LayerPrediction | undefined;
      /** The squared gradient at its input from that at its output; NaN where it is not known. */
      back(above: Float64Array): Float64Array;
    }
  | {
      readonly positions: number;
      readonly branch: readonly Trace[];
      readonly scale: number;
      readonly through: number;
      readonly ends: readonly LayerPrediction[];
    }
  /** A block and the activation behind its sum, whose gradient is told by cells of what the trunk holds. `shares` are the probabilities of those before it. */
  | {
      readonly positions: number;
      readonly inside: readonly Trace[];
      readonly scale: number;
      readonly reflected: Reflected;
      readonly shares: Float64Array;
      readonly ends: readonly LayerPrediction[];
    };

export interface GradientNorms {
  /** The squared norm of the gradient at a layer, in proportion to the others of its stretch. */
  normOf(layer: LayerPrediction): number;
  /** Whether two layers are in one stretch: no step that is not known stands between them. */
  together(a: LayerPrediction, b: LayerPrediction): boolean;
}

/** From a gradient at the end that is alike at all of its positions. */
export function walkBackwards(traces: readonly Trace[], positions: number): GradientNorms {
  const found = new Map<LayerPrediction, { norm: number; stretch: number }>();
  let stretch = 0;
  const put = (layer: LayerPrediction, gradient: Float64Array): void => {
    found.set(layer, { norm: sumOf(gradient), stretch });
  };
  const alike = (count: number): Float64Array => everywhere(1 / count, count);
  const walk = (list: readonly Trace[], gradient: Float64Array): Float64Array =>
    list.reduceRight((above, trace) => {
      if ('branch' in trace) {
        for (const layer of trace.ends) put(layer, above);
        const here = stretch;
        const inner = walk(
          trace.branch,
          above.map((value) => trace.scale ** 2 * value),
        );
        if (stretch === here && inner.length === above.length) return above.map((value, p) => trace.through * value + inner[p]!);
      } else if ('reflected' in trace) {
        const masked = trace.reflected.masked(above);
        for (const layer of trace.ends) put(layer, everywhere(masked));
        const here = stretch;
        const inner = walk(trace.inside, everywhere(trace.scale ** 2 * masked));
        if (stretch === here) return trace.reflected.back(above).map((value, cell) => value + trace.shares[cell]! * inner[0]!);
      } else {
        if (trace.layer) put(trace.layer, above);
        const below = trace.back(above);
        if (!below.some(Number.isNaN)) return below;
      }
      stretch++;
      return alike(trace.positions);
    }, gradient);
  walk(traces, alike(positions));
  return {
    normOf: (layer) => found.get(layer)!.norm,
    together: (a, b) => found.get(a)?.stretch === found.get(b)?.stretch,
  };
}
