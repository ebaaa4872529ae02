// The walk backwards of the prediction of signals: squared norms of gradients, from the factors that the walk forwards has left.
import type { LayerPrediction } from './signal.ts';

/** What the walk forwards leaves of a step: the factor of the squared gradient norm and the layer whose delta stands at its output; or those of a residual block. */
export type Trace = { layer?: LayerPrediction | undefined; factor: number } | { branch: Trace[]; scale: number; through: number; ends: LayerPrediction[] };

export interface GradientNorms {
  /** The squared norm of the gradient at a layer, in proportion to the others of its stretch. */
  normOf(layer: LayerPrediction): number;
  /** Whether two layers are in one stretch: no step that is not known stands between them. */
  together(a: LayerPrediction, b: LayerPrediction): boolean;
}

export function walkBackwards(traces: readonly Trace[]): GradientNorms {
  const found = new Map<LayerPrediction, { norm: number; stretch: number }>();
  let stretch = 0;
  const put = (layer: LayerPrediction, norm: number): void => {
    found.set(layer, { norm, stretch });
  };
  const walk = (list: readonly Trace[], gradient: number): number =>
    list.reduceRight((above, trace) => {
      if ('branch' in trace) {
        for (const layer of trace.ends) put(layer, above);
        const here = stretch;
        const inner = walk(trace.branch, trace.scale ** 2 * above);
        if (stretch === here) return trace.through * above + inner;
      } else {
        if (trace.layer) put(trace.layer, above);
        if (!Number.isNaN(trace.factor)) return trace.factor * above;
      }
      stretch++;
      return 1;
    }, gradient);
  walk(traces, 1);
  return {
    normOf: (layer) => found.get(layer)!.norm,
    together: (a, b) => found.get(a)?.stretch === found.get(b)?.stretch,
  };
}
