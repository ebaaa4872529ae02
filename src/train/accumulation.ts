// Gradient accumulation: several batches make one step. A function rather than a number, so that bundlers drop it when unused.
import { requireInteger, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { LIMITS } from '../limits.ts';
import { accumulateOp } from '../ops/accumulate.ts';

/** How many batches make one step, as `accumulate(n)` makes it. */
export interface Accumulation {
  /** Batches of a step. */
  readonly batches: number;
  /** @internal Replaces the gradients of a batch by the sums over the batches of the step, in the same place. */
  append(graph: Graph, losses: Value, gradientSlots: Map<Value, string>, gradientOf: Map<Value, Value>, weight?: Value): void;
}

/**
 * Lets several batches make one step, whose gradient is the mean over the rows of all of them (over their weights, where the loss weighs its targets): a large
 * batch in the memory of a small one. Batch norm sees each batch by itself and each moves its running statistics, as in PyTorch. Probes of anything but
 * gradients, weights and updates see the last batch.
 *
 * @param batches - Batches per step, from 1.
 * @returns What `createTrainer({ accumulate })` takes.
 * @throws UsageError for what is no positive integer, and for too many.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, batchSize: 32, accumulate: accumulate(4) }); // 128 rows per step
 */
export function accumulate(batches: number): Accumulation {
  requireInteger('accumulate', batches);
  if (batches > LIMITS.accumulate) throw new UsageError(`accumulate: expected at most ${LIMITS.accumulate} batches in a step, got ${batches}`);
  return {
    batches,
    append(graph, losses, gradientSlots, gradientOf, weight) {
      if (batches === 1) return;
      const parameters = [...gradientOf.keys()];
      const sums = graph.apply(
        accumulateOp,
        [...gradientOf.values(), losses, ...(weight ? [weight] : [])],
        { batches, weighted: weight !== undefined },
        'accumulate',
      );
      parameters.forEach((parameter, i) => {
        gradientSlots.set(sums[i]!, parameter.name);
        gradientOf.set(parameter, sums[i]!);
      });
    },
  };
}
