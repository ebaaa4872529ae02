// L2 norms as a probe: what asks for them brings them along, so that a program without them does not carry them.
import { requireInteger, requireName } from '../errors.ts';
import { segmentNormOp } from '../ops/finish.ts';
import { NORM_KINDS, type NormKind } from './history.ts';

export interface NormProbe {
  readonly every: number;
  readonly tensors: readonly NormKind[];
  /** @internal */
  readonly op: typeof segmentNormOp;
}

/**
 * L2 norms alone, of every watched layer's delta and weight gradient, at the steps divisible by `every`: much cheaper than the full statistics.
 * Throws UsageError for an `every` that is no positive integer, or another tensor.
 */
export function norms({ every, tensors = NORM_KINDS }: { every: number; tensors?: readonly NormKind[] }): NormProbe {
  requireInteger('probes.norms.every', every);
  for (const kind of tensors) requireName('probes.norms.tensors', kind, NORM_KINDS);
  return { every, tensors: [...tensors], op: segmentNormOp };
}
