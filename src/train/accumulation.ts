// Gradient accumulation: several batches make one step. A function rather than a number, so that bundlers drop it when unused.
import { requireInteger, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import * as LIMITS from '../limits.ts';
import { accumulateOp } from '../ops/accumulate.ts';
import type { Part } from './objective.ts';

/** How many batches make one step, as `accumulate(n)` makes it. */
export interface Accumulation {
  /** Batches of a step. */
  readonly batches: number;
  /** @internal Throws a UsageError where there is no data set, or the losses rule it out. */
  check(parts: readonly Part[], data: unknown): void;
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
    check(parts, data) {
      if (batches === 1) return;
      if (!data) throw new UsageError('accumulate: batches that are given one by one are steps of their own: give `data`');
      if (parts.length > 1 && parts.some(({ weights, loss }) => weights !== undefined || loss.weight))
        throw new UsageError(
          'accumulate: of several losses one weighs its targets, so each is a mean over another number, which is known after the last batch only, when the gradients of all have been added up: make the batch larger, or leave accumulate or the weights out',
        );
    },
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
